#pragma once

#include <vector>

#include "base/result.h"
#include "commands/command.h"
#include "commands/fact.h"
#include "events/event_log.h"
#include "vault/vault.h"

// From the texts of a command to words in the vault. Pure but for the random ids and salts.

namespace civiclog {

// Texts under the rules for free text: NFC, no control characters; or, when the source's bytes are kept, valid UTF-8
// without NUL. kInvalidArgument otherwise.
Status check_texts(Command& command, bool keep_source_bytes);

struct WordDraft {
  WordId id;
  Salt salt{};
  std::string text;
};

// Gives every text that is not empty a fresh word. Called anew for each attempt.
std::vector<WordDraft> assign_words(Command& command);

// Whose words they are: a participant's own contributions, comments and flags are the participant's, an identity is that of
// whom it identifies, and all official acts are the organisation's (the one among the streams the decision stands on).
StreamId word_author(const Command& command, const Issuer& issuer, const std::vector<StreamCheck>& checks);

}  // namespace civiclog
