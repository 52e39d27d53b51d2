#include "query-api/reading/words_json.h"

#include "base/crypto.h"
#include "query-api/reading/json_values.h"

namespace civiclog {
namespace {

boost::json::value state_json(std::string_view state) {
  boost::json::object out;
  out["state"] = text_json(state);
  return out;
}

}  // namespace

boost::json::value Words::note(WordId word, std::string_view state) {
  noted_.append(view(word.uuid.bytes)).append(state).push_back('\0');
  return state_json(state);
}

boost::json::value Words::show(WordId word, std::optional<ItemStatus> withheld) {
  if (word.is_nil() || !status_) return nullptr;
  if (withheld) return note(word, name_of(*withheld));
  const Result<WordLookup> found = vault_.get(word);
  if (!found) {
    status_ = found.error();
    return nullptr;
  }
  if (found->state == WordState::kErased) return note(word, "erased");
  if (found->state == WordState::kNotHere) return note(word, "not_yet_here");
  boost::json::object out;
  out["text"] = text_json(found->content->text);
  return out;
}

std::string Words::revision() const {
  return noted_.empty() ? "0" : to_hex(view(sha256(noted_)).substr(0, 6));
}

boost::json::value Words::withhold(WordId word) {
  if (word.is_nil()) return nullptr;
  return state_json("withheld");
}

}  // namespace civiclog
