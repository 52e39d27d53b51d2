#include "commands/participant.h"

#include <algorithm>

namespace civiclog {
namespace {

constexpr size_t kMaxErasedWords = 1'000;
constexpr size_t kMaxMethodSize = 64;

}  // namespace

void evolve(ParticipantState& state, const Fact& fact) {
  if (std::holds_alternative<ParticipantJoined>(fact.payload)) {
    state.exists = true;
  } else if (const auto* verified = std::get_if<ParticipantVerified>(&fact.payload)) {
    state.identity = verified->identity;
  } else if (const auto* erased = std::get_if<WordsErased>(&fact.payload)) {
    const bool identity_listed = std::ranges::find(erased->words, state.identity.id) != erased->words.end();
    if (!erased->author.is_nil()) state.erased = true;
    if (state.identity.is_given() && identity_listed) state.identity = {};
  }
}

Result<Decision> decide(const Join& command, const Issuer& issuer, const ParticipantState& participant) {
  if (!issuer.is_system() && issuer.participant != command.participant) {
    return rejected("not_yours", "nobody joins for somebody else");
  }
  if (command.participant.is_nil() || command.source_id.size() > kMaxSourceIdSize) {
    return rejected("participant_invalid", "a participant needs an id, and a source id of at most 256 bytes");
  }
  if (participant.exists) return rejected("participant_exists", "this participant has joined already");
  const Actor actor = issuer.is_system() ? acting_system() : acting_participant(command.participant, Role::kCitizen);
  return Decision{{stream_of(command.participant), {ParticipantJoined{command.source_id}, actor}}};
}

Result<Decision> decide(const VerifyParticipant& command, const Issuer& issuer, const ParticipantState& participant) {
  if (!issuer.is_system()) return rejected("role_missing", "only the installation verifies participants");
  if (!participant.exists) return rejected("participant_unknown", "this participant has not joined");
  if (participant.erased) return rejected("participant_erased", "this participant has been erased");
  if (participant.identity.is_given()) return rejected("participant_verified", "this participant is verified already");
  if (command.method.empty() || command.method.size() > kMaxMethodSize) {
    return rejected("method_invalid", "name the method of verification in at most 64 bytes");
  }
  if (!command.identity.word.is_given()) return rejected("text_missing", "a verification needs an identity");
  return Decision{
      {stream_of(command.participant), {ParticipantVerified{command.method, command.identity.word}, acting_system()}}};
}

Result<Decision> decide(const EraseWords& command, const Issuer& issuer, bool subject_exists, bool words_are_the_subjects) {
  if (!subject_exists) return rejected("subject_unknown", "the participant or organisation these words belong to is not known");
  const bool own = !command.subject_is_organisation && issuer.participant.uuid == command.subject;
  if (!issuer.is_system() && !own) return rejected("not_yours", "only the installation erases words of somebody else");
  if (command.author.is_nil() && command.words.empty()) return rejected("nothing_to_erase", "name an author or words to erase");
  if (!command.author.is_nil() && command.author != command.subject) {
    return rejected("author_mismatch", "the author must be the subject itself");
  }
  if (!words_are_the_subjects) return rejected("author_mismatch", "a listed word was not written by the subject");
  if (command.words.size() > kMaxErasedWords) return rejected("too_many_words", "erase at most 1,000 words at once");
  const Actor actor =
      issuer.is_system() ? acting_system() : acting_participant(issuer.participant, Role::kCitizen);
  const StreamId stream = command.subject_is_organisation ? stream_of(OrganisationId{command.subject})
                                                          : stream_of(ParticipantId{command.subject});
  return Decision{{stream, {WordsErased{command.author, command.words, command.reason}, actor}}};
}

}  // namespace civiclog
