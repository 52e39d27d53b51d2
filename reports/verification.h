#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "events/rocks_log.h"
#include "projections/projection.h"
#include "projections/views.h"
#include "reports/findings.h"
#include "reports/view_check.h"
#include "reports/word_check.h"
#include "vault/vault.h"

// The whole of an installation, checked without believing any part of it: every event (checksum, place, commit, time,
// payload, ballots against the voter's one before), every index row, every word against its commitment, every box against its
// rules and its key, every read model against the log. Changes nothing. Reads everything about twice; memory is bounded
// (about a third of a GiB at ten million events, nearly all of it the choices that stand). One thread; may run
// beside a writer over secondaries.

namespace civiclog {

enum class Verdict { kHolds, kFailed, kTampered };
const char* name_of(Verdict verdict);

struct VerificationInput {
  const RocksLog& log;
  // Everything in the log up to here has its words in the vault; later events may have come since it was opened.
  Position complete;
  const Vault* vault = nullptr;  // nullptr: could not be opened, which is the caller's finding.
  const Views* views = nullptr;  // The same.
  const Projections& projections;
};

struct Verification {
  LogId log;
  Position head;
  uint64_t events = 0;  // Readable ones.
  uint64_t commits = 0;
  uint64_t streams = 0;
  WordCounts words;
  std::vector<CheckedView> views;
  Findings findings;

  Verdict verdict() const;
};

using VerificationProgress = std::function<void(std::string_view phase, uint64_t done, uint64_t total)>;

// `findings` are those the caller has already: it goes on with them.
Verification verify_installation(const VerificationInput& input, Findings findings, const VerificationProgress& progress = {});

}  // namespace civiclog
