#include "reports/standing_choices.h"

#include <fmt/format.h>

#include "base/crypto.h"

namespace civiclog {
namespace {

constexpr size_t kFirstSlots = 1'024;  // A power of two, as every later size.
constexpr uint64_t kChoiceBits = 3;

// The finaliser of MurmurHash3: each bit of the input moves half of the output.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

std::optional<Choice> choice_in(uint64_t slot) {
  const uint64_t bits = slot & kChoiceBits;
  return bits == 0 ? std::nullopt : std::optional(static_cast<Choice>(bits));
}

std::string name_or_none(std::optional<Choice> choice) { return choice ? std::string(name_of(*choice)) : "none"; }

}  // namespace

StandingChoices::StandingChoices() : key_(random_array<16>()), slots_(kFirstSlots) {}

std::optional<StandingChoices::Act> StandingChoices::act_of(const Payload& payload) {
  if (const auto* cast = std::get_if<BallotCast>(&payload)) return Act{cast->contribution, {}, cast->choice};
  if (const auto* changed = std::get_if<BallotChanged>(&payload)) {
    return Act{changed->contribution, changed->previous, changed->choice};
  }
  if (const auto* again = std::get_if<BallotReaffirmed>(&payload)) return Act{again->contribution, again->choice, again->choice};
  if (const auto* withdrawn = std::get_if<BallotWithdrawn>(&payload)) return Act{withdrawn->contribution, withdrawn->previous, {}};
  return std::nullopt;
}

uint64_t StandingChoices::hash(const StreamId& stream, ContributionId contribution) const {
  ByteReader key(view(key_));
  uint64_t out = key.u64();
  const uint64_t lane = key.u64();
  for (const Uuid& id : {stream.id, stream.tag, contribution.uuid}) {
    ByteReader in(view(id.bytes));
    out = mix(out ^ in.u64()) + lane;
    out = mix(out ^ in.u64()) + lane;
  }
  out &= ~kChoiceBits;
  return out == 0 ? kChoiceBits + 1 : out;
}

size_t StandingChoices::place_of(uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t place = mix(hash) & mask;
  while (slots_[place] != 0 && (slots_[place] & ~kChoiceBits) != hash) place = (place + 1) & mask;
  return place;
}

void StandingChoices::grow() {
  std::vector<uint64_t> old(slots_.size() * 2);
  old.swap(slots_);
  for (const uint64_t slot : old) {
    if (slot != 0) slots_[place_of(slot & ~kChoiceBits)] = slot;
  }
}

std::optional<std::string> StandingChoices::apply(const Envelope& envelope, const Payload& payload) {
  const std::optional<Act> act = act_of(payload);
  if (!act || full_) return std::nullopt;
  const uint64_t key = hash(envelope.stream, act->contribution);
  size_t place = place_of(key);
  if (slots_[place] == 0) {
    if (used_ >= kMaxChoices) {
      full_ = true;
      return std::nullopt;
    }
    if (++used_ * 4 > slots_.size() * 3) {
      grow();
      place = place_of(key);
    }
  }
  const std::optional<Choice> standing = choice_in(slots_[place]);
  slots_[place] = key | (act->after ? static_cast<uint64_t>(*act->after) : 0);
  if (standing == act->before) {
    const bool same = std::holds_alternative<BallotChanged>(payload) && act->before == act->after;
    return same ? std::optional<std::string>("changes a choice to the one it was") : std::nullopt;
  }
  return fmt::format("says that this voter's choice on the contribution {} was {} before it, but by the events before it is {}",
                     act->contribution.text(), name_or_none(act->before), name_or_none(standing));
}

}  // namespace civiclog
