#include "reports/box_check.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "events/payload_codec.h"

namespace civiclog {
namespace {

// docs/event-format.md, box-opened.
Digest fingerprint_of(const Key& key) {
  return sha256(ByteWriter().raw("civiclog/box-key/v1").u8(0).raw(view(key)).bytes());
}

struct BoxStory {
  Digest rules{};  // Of the rules in force at the opening.
  bool closed = false;
};

Result<BoxStory> story_of(const EventLog& log, const Envelope& opening, BoxId box) {
  const Result<std::vector<StoredEvent>> events = log.read_stream(opening.stream, kNone);
  if (!events) return events.error();
  // The opening itself must be in it; where the index has lost rows, nothing can be said about the rules.
  if (events->size() < opening.stream_version.value) return corrupt("the stream of the topic is not complete");
  BoxStory story{rules_hash(Rules{})};
  for (const StoredEvent& event : *events) {
    const Result<Payload> payload = decode_payload(event);
    if (!payload) return payload.error();
    if (const auto* rules = std::get_if<RulesSet>(&*payload); rules != nullptr && event.envelope.position < opening.position) {
      story.rules = rules_hash(rules->rules);
    }
    if (const auto* closed = std::get_if<BoxClosed>(&*payload)) story.closed = story.closed || closed->box == box;
  }
  return story;
}

}  // namespace

void check_box(const EventLog& log, const Vault* vault, const Envelope& envelope, const BoxOpened& opened, Findings& findings) {
  const std::string subject = fmt::format("ballot box {}", opened.box.text());
  const Result<BoxStory> story = story_of(log, envelope, opened.box);
  // A stream that cannot be read is the events' and the indexes' finding.
  if (story && story->rules != opened.rules_hash) {
    findings.add(FindingKind::kTampering, envelope.position, subject, "was not opened under the rules that were in force");
  }
  if (vault == nullptr) return;
  const std::optional<Key> key = vault->box_key(opened.box);
  if (key && fingerprint_of(*key) != opened.key_fingerprint) {
    findings.add(FindingKind::kTampering, envelope.position, subject,
                 "has another key in the vault than the one it was opened with");
  }
  if (key) return;
  if (story && story->closed) {
    findings.note(fmt::format("the key of the {} is not in the vault: it was destroyed, or lost", subject));
    return;
  }
  findings.add(FindingKind::kDamage, envelope.position, subject, "is open, but its key is not in the vault: nobody can vote");
}

}  // namespace civiclog
