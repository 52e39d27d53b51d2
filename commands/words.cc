#include "commands/words.h"

#include <algorithm>

#include "base/text.h"

namespace civiclog {
namespace {

Status check_source_text(const std::string& text) {
  if (text.size() > kMaxVaultTextBytes) return invalid_argument("a text of the source is too long");
  if (!is_valid_utf8(text)) return invalid_argument("a text of the source is not valid UTF-8");
  if (text.find('\0') != std::string::npos) return invalid_argument("a text of the source has a NUL byte");
  return {};
}

bool is_participants_own(const Command& command, const Issuer& issuer) {
  if (issuer.is_system()) return false;
  if (const auto* submit = std::get_if<SubmitContribution>(&command)) {
    return submit->kind != ContributionKind::kPolicy;
  }
  return std::holds_alternative<ReviseContribution>(command) ||
         std::holds_alternative<WithdrawContribution>(command) ||
         std::holds_alternative<PostComment>(command) || std::holds_alternative<EditComment>(command) ||
         std::holds_alternative<FlagContent>(command);
}

}  // namespace

Status check_texts(Command& command, bool keep_source_bytes) {
  for (Text* text : texts_of(command)) {
    if (keep_source_bytes) {
      if (Status status = check_source_text(text->text); !status) return status;
      continue;
    }
    Result<std::string> normal = normalise_text(text->text, "a text");
    if (!normal) return normal.error();
    text->text = std::move(*normal);
  }
  return {};
}

std::vector<WordDraft> assign_words(Command& command) {
  std::vector<WordDraft> drafts;
  for (Text* text : texts_of(command)) {
    text->word = {};
    if (text->text.empty()) continue;
    WordDraft draft{WordId{make_uuid_v4(random_array<16>())}, random_array<32>(), text->text};
    text->word = {draft.id, commit_to_word(draft.salt, draft.id, draft.text)};
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

StreamId word_author(const Command& command, const Issuer& issuer, const std::vector<StreamCheck>& checks) {
  if (const auto* verify = std::get_if<VerifyParticipant>(&command)) return stream_of(verify->participant);
  if (is_participants_own(command, issuer)) return stream_of(issuer.participant);
  const auto organisation = std::ranges::find_if(
      checks, [](const StreamCheck& check) { return check.stream.kind == StreamKind::kOrganisation; });
  return organisation != checks.end() ? organisation->stream : stream_of(issuer.participant);
}

}  // namespace civiclog
