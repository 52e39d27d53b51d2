#include "replay-tools/polis_people.h"

#include <algorithm>
#include <numeric>

#include "commands/secrets.h"

namespace civiclog {
namespace {

// The voters by their tags, to be found by them.
class VotersByTag {
 public:
  explicit VotersByTag(const std::vector<Tag>& voters) : voters_(voters), order_(voters.size()) {
    std::iota(order_.begin(), order_.end(), 0u);
    std::ranges::sort(order_, {}, [this](uint32_t index) { return voters_[index]; });
  }
  const std::vector<uint32_t>& order() const { return order_; }
  std::optional<uint32_t> find(Tag tag) const {
    const auto found = std::ranges::lower_bound(order_, tag, {}, [this](uint32_t index) { return voters_[index]; });
    if (found == order_.end() || voters_[*found] != tag) return std::nullopt;
    return *found;
  }

 private:
  const std::vector<Tag>& voters_;
  std::vector<uint32_t> order_;
};

}  // namespace

Result<PolisPeople> PolisPeople::of(const TopicHistory& history, const Vault& vault) {
  PolisPeople people;
  people.given_.assign(history.voters.size(), -1);
  for (const TopicStatement& statement : history.statements) {
    const auto person = history.imported.find(statement.author);
    if (person != history.imported.end()) people.authors_[statement.author] = person->second.number;
  }
  if (history.box && !history.import_source.empty()) {
    if (Status taken = people.take_imported(history, vault); !taken) return taken.error();
  }
  for (const auto& [participant, person] : history.imported) people.next_ = std::max(people.next_, person.number + 1);
  people.number_voters(history);
  return people;
}

Status PolisPeople::take_imported(const TopicHistory& history, const Vault& vault) {
  const std::optional<Key> key = vault.box_key(history.box->box);
  if (!key || box_key_fingerprint(*key) != history.box->key_fingerprint) {
    return incompatible("the key of this topic's ballot box is missing or another one, so imported voters cannot be told; "
                        "restore the vault that belongs to this log");
  }
  // Words lie in the order of their ids.
  std::vector<ImportedPerson> people;
  people.reserve(history.imported.size());
  for (const auto& [participant, person] : history.imported) {
    if (!person.identity.is_nil()) people.push_back(person);
  }
  std::ranges::sort(people, {}, &ImportedPerson::identity);
  const VotersByTag voters(history.voters);
  for (const ImportedPerson& person : people) {
    const Result<WordLookup> found = vault.get(person.identity);
    if (!found) return found.error();
    if (found->state != WordState::kPresent) continue;
    if (const auto voter = voters.find(ballot_tag(*key, found->content->text))) given_[*voter] = person.number;
  }
  return {};
}

void PolisPeople::number_voters(const TopicHistory& history) {
  const VotersByTag voters(history.voters);
  for (const uint32_t index : voters.order()) {
    if (given_[index] < 0) given_[index] = next_++;
  }
  std::vector<uint32_t> by_number(given_.size());
  std::iota(by_number.begin(), by_number.end(), 0u);
  std::ranges::sort(by_number, {}, [this](uint32_t index) { return given_[index]; });
  rank_.resize(given_.size());
  number_.resize(given_.size());
  for (uint32_t rank = 0; rank < by_number.size(); ++rank) {
    rank_[by_number[rank]] = rank;
    number_[rank] = given_[by_number[rank]];
  }
  given_ = {};
}

int64_t PolisPeople::number_of_author(const Uuid& author) {
  const auto [place, is_new] = authors_.try_emplace(author, next_);
  if (is_new) ++next_;
  return place->second;
}

}  // namespace civiclog
