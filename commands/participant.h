#pragma once

#include <string>

#include "base/result.h"
#include "commands/command.h"
#include "commands/fact.h"

// Participants: a random pseudonym, and (in the vault) the verified identity from which ballot tags are computed. Pure.

namespace civiclog {

struct ParticipantState {
  bool exists = false;
  bool erased = false;  // All words of this participant are gone, the identity among them.
  WordRef identity;     // not given: not verified

  bool is_verified() const { return identity.is_given() && !erased; }
};

void evolve(ParticipantState& state, const Fact& fact);

Result<Decision> decide(const Join& command, const Issuer& issuer, const ParticipantState& participant);
Result<Decision> decide(const VerifyParticipant& command, const Issuer& issuer, const ParticipantState& participant);

// Erases words, in the stream of the participant or organisation they belong to. A participant may erase their own; for
// others it takes the system. `words_are_the_subjects`: every listed word was written by the subject.
Result<Decision> decide(const EraseWords& command, const Issuer& issuer, bool subject_exists, bool words_are_the_subjects);

}  // namespace civiclog
