#include "reports/index_check.h"

namespace civiclog {
namespace {

// Whether the index has, of the event itself, rows that are there and can be read.
FindingKind kind_of_row(const RocksLog& log, Position position) {
  if (position.value == 0 || position > log.head()) return FindingKind::kDamage;
  const Result<StoredEvent> event = read_one(log, position);
  if (!event) return kind_of(event.error());
  const Envelope& e = event->envelope;
  const Result<std::optional<CommandRecord>> command = log.find_command(e.command);
  if (!command) return kind_of(command.error());
  if (!*command) return FindingKind::kDamage;
  const Result<std::vector<StoredEvent>> stream = log.read_stream(e.stream, Version{e.stream_version.value - 1});
  if (!stream) return kind_of(stream.error());
  if (stream->empty()) return FindingKind::kDamage;
  const Result<Version> head = log.stream_version(e.stream);
  if (!head) return kind_of(head.error());
  return *head == kNone ? FindingKind::kDamage : FindingKind::kTampering;
}

}  // namespace

Result<LogCheck> check_indexes(const RocksLog& log, Findings& findings, const CheckProgress& progress, const LogCheckVisitor& visitor) {
  Result<LogCheck> check = log.check_indexes(progress, visitor);
  if (!check) return check;
  for (const LogFinding& finding : check->findings) {
    const bool about_event = finding.key.starts_with("event ");
    if (about_event && findings.names(finding.position)) continue;
    findings.add(kind_of_row(log, finding.position), finding.position, finding.key, finding.sentence);
  }
  if (check->has_more) findings.note("the indexes of the log have more faults than are listed");
  return check;
}

}  // namespace civiclog
