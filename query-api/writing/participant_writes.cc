#include <fmt/format.h>

#include "query-api/writing/routes.h"

namespace civiclog {
namespace {

constexpr size_t kMaxListedWords = 1'000;

// People join for themselves; the installation names whom it lets in.
Result<Command> join(Writing& writing) {
  const Issuer& issuer = writing.caller.issuer;
  const Need need = issuer.is_system() ? Need::kRequired : Need::kOptional;
  ParticipantId participant = writing.fields.id_of<struct NameParticipant>("participant", need);
  if (participant.is_nil()) participant = issuer.participant;
  return Join{participant, writing.fields.text("source_id", Need::kOptional)};
}

Result<Command> verify(Writing& writing) {
  const Result<Uuid> participant = writing.id_in_path("participant");
  if (!participant) return participant.error();
  return VerifyParticipant{ParticipantId{*participant}, writing.fields.text("method"), writing.fields.text("identity")};
}

// Either all words of the subject ("everything": true), whose key is destroyed, or those that are listed.
Result<Command> erase(Writing& writing) {
  Fields& fields = writing.fields;
  EraseWords erasure;
  erasure.subject = fields.id("subject", writing.caller.issuer.is_system() ? Need::kRequired : Need::kOptional);
  if (erasure.subject.is_nil()) erasure.subject = writing.caller.issuer.participant.uuid;
  erasure.subject_is_organisation = fields.flag("subject_is_organisation", Need::kOptional);
  if (fields.flag("everything", Need::kOptional)) erasure.author = erasure.subject;
  fields.texts("words", kMaxListedWords, [&](const std::string& text, const std::string& pointer) {
    const std::optional<Uuid> id = parse_uuid(text);
    if (!id || id->is_nil()) return fields.fail("field_invalid", "This must be the id of a word, a UUID.", pointer);
    erasure.words.push_back(WordId{*id});
  }, Need::kOptional);
  erasure.reason = fields.named("reason", kMaxErasureReason, std::optional(ErasureReason::kSubjectRequest));
  return erasure;
}

}  // namespace

WriteRoutes participant_writes() {
  return {{.method = Method::kPost, .pattern = "/v1/participants", .command = join, .creates = true, .bootstraps = true},
          {.method = Method::kPost, .pattern = "/v1/participants/{participant}/verification", .command = verify, .bootstraps = true},
          {.method = Method::kPost, .pattern = "/v1/erasures", .command = erase, .bootstraps = true}};
}

}  // namespace civiclog
