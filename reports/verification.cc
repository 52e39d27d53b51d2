#include "reports/verification.h"

#include <optional>

#include "events/payload_codec.h"
#include "reports/box_check.h"
#include "reports/event_check.h"
#include "reports/index_check.h"

namespace civiclog {
namespace {

CheckProgress in_phase(std::string_view phase, const VerificationProgress& progress) {
  if (!progress) return {};
  return [phase, &progress](uint64_t done, uint64_t total) { progress(phase, done, total); };
}

// What is asked of each event, whoever reads them.
LogCheckVisitor questions(const VerificationInput& input, EventCheck& events, std::optional<WordCheck>& words, Findings& findings) {
  LogCheckVisitor visitor;
  visitor.event = [&](const StoredEvent& event) {
    const Result<Payload> payload = decode_payload(event);
    events.event(event.envelope, payload ? &*payload : nullptr);
    if (!payload) return findings.add(event.envelope.position, subject_of(event.envelope.position), payload.error());
    if (words) words->event(event.envelope, *payload);
    if (const auto* opened = std::get_if<BoxOpened>(&*payload)) {
      check_box(input.log, input.vault, event.envelope, *opened, findings);
    }
  };
  visitor.unreadable = [&](Position position, const Error& error) { events.unreadable(position, error); };
  return visitor;
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds: return "holds";
    case Verdict::kFailed: return "failed";
    case Verdict::kTampered: return "tampered";
  }
  return "unknown";
}

Verdict Verification::verdict() const {
  if (findings.tampering() > 0) return Verdict::kTampered;
  return findings.total() > 0 ? Verdict::kFailed : Verdict::kHolds;
}

Verification verify_installation(const VerificationInput& input, Findings findings, const VerificationProgress& progress) {
  Verification out;
  out.log = input.log.id();
  out.head = input.log.head();
  out.findings = std::move(findings);
  {
    EventCheck events(out.findings);
    std::optional<WordCheck> words;
    if (input.vault != nullptr) words.emplace(input.log, *input.vault, input.complete, out.findings);
    const Result<LogCheck> indexes =
        check_indexes(input.log, out.findings, in_phase("log", progress), questions(input, events, words, out.findings));
    if (!indexes) out.findings.add({}, "log", indexes.error());
    if (indexes) out.streams = indexes->streams;
    events.finish();
    if (words) {
      words->finish(in_phase("words", progress));
      out.words = words->counts();
    }
    out.events = events.events();
    out.commits = events.commits();
  }
  if (input.views != nullptr) {
    out.views = check_views(input.log, *input.views, input.projections, out.findings, in_phase("read models", progress));
  }
  return out;
}

}  // namespace civiclog
