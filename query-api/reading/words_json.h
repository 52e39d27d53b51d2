#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/id.h"
#include "base/result.h"
#include "events/vocabulary.h"
#include "vault/vault.h"

// Words, joined from the vault while an answer is made. What an answer shows is one of
//
//   null                        no word was given
//   {"text": "..."}             the word
//   {"state": "erased"}         erased for ever
//   {"state": "not_yet_here"}   its event is here, the word is still on its way
//   {"state": "hidden"}         not shown today, and why: "hidden", "rejected", "withdrawn", "pending", or "withheld"
//
// and never an empty text for a missing one. One per request; one thread.

namespace civiclog {

class Words {
 public:
  explicit Words(const Vault& vault) : vault_(vault) {}

  // `withheld`: the status today for which it is not shown. An error is kept for status(), and null is returned.
  boost::json::value show(WordId word, std::optional<ItemStatus> withheld = {});
  // For words that are never shown to the public.
  static boost::json::value withhold(WordId word);

  // The first error met; checked once when the answer is complete.
  const Status& status() const { return status_; }
  // Names what has become of the words shown so far: changes when one of them is erased, withheld, or arrives, none of which
  // needs an event of the resource itself.
  std::string revision() const;

 private:
  boost::json::value note(WordId word, std::string_view state);

  const Vault& vault_;
  Status status_;
  std::string noted_;
};

}  // namespace civiclog
