#include "events/log_check.h"

#include <algorithm>

#include <fmt/format.h>
#include <rocksdb/snapshot.h>

#include "base/check.h"
#include "base/crypto.h"
#include "events/log_store.h"
#include "events/row_fingerprint.h"

namespace civiclog {
namespace {

constexpr uint64_t kProgressEvery = 65'536;

std::string key_of(const StreamId& stream, Version version) {
  return fmt::format("stream {} version {}", stream.text(), version.value);
}
std::string key_of(CommandId command) { return fmt::format("command {}", command.text()); }
std::string key_of(Position position) { return fmt::format("event {}", position.value); }

class Check {
 public:
  Check(const LogStore& store, const CheckProgress& progress, const LogCheckVisitor& visitor)
      : store_(store), progress_(progress), visitor_(visitor), key_(random_array<16>()) {
    if (store.has_snapshots()) snapshot_.emplace(&store.db());
  }

  Result<LogCheck> run();

 private:
  std::unique_ptr<rocksdb::Iterator> rows(Family family);
  std::optional<std::string> get(Family family, const std::string& key);
  void find(Position position, std::string key, std::string sentence);
  bool is_full() const { return out_.has_more; }
  void step();

  void scan_events();
  void scan_event(Position position, std::string_view bytes);
  void tell_unreadable(Position from, Position to);
  void check_order(const Envelope& e);
  void scan_streams();
  void check_head(rocksdb::Iterator& heads, const StreamId& stream, StreamHead expected);
  void scan_commands();
  void name_missing_rows();
  void name_wrong_stream_rows();
  void name_wrong_command_rows();

  const LogStore& store_;
  const CheckProgress& progress_;
  const LogCheckVisitor& visitor_;
  std::optional<rocksdb::ManagedSnapshot> snapshot_;
  const ByteArray<16> key_;
  LogCheck out_;
  uint64_t steps_ = 0;
  std::optional<Envelope> previous_;
  RowFingerprint streams_expected_{key_};
  RowFingerprint streams_found_{key_};
  RowFingerprint commands_expected_{key_};
  RowFingerprint commands_found_{key_};
};

Result<LogCheck> Check::run() {
  const std::unique_ptr<rocksdb::Iterator> last = rows(Family::kEvents);
  last->SeekToLast();
  if (!last->status().ok()) return store_error(last->status(), "Could not read the end of the log");
  if (last->Valid()) {
    const std::optional<Position> head = parse_event_key(last->key().ToStringView());
    if (!head) return corrupt("The last row of the log is under a key that is no position: restore the log from its backup.");
    out_.head = *head;
  }
  scan_events();
  scan_streams();
  scan_commands();
  if (streams_expected_ != streams_found_ || commands_expected_ != commands_found_) {
    name_missing_rows();
    name_wrong_stream_rows();
    name_wrong_command_rows();
  }
  return std::move(out_);
}

std::unique_ptr<rocksdb::Iterator> Check::rows(Family family) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_ ? snapshot_->snapshot() : nullptr;
  options.fill_cache = false;
  options.total_order_seek = true;
  return std::unique_ptr<rocksdb::Iterator>(store_.db().NewIterator(options, store_.family(family)));
}

std::optional<std::string> Check::get(Family family, const std::string& key) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_ ? snapshot_->snapshot() : nullptr;
  std::string value;
  return store_.db().Get(options, store_.family(family), key, &value).ok() ? std::optional(std::move(value)) : std::nullopt;
}

void Check::find(Position position, std::string key, std::string sentence) {
  if (out_.findings.size() >= kMaxFindings) {
    out_.has_more = true;
    return;
  }
  out_.findings.push_back({position, std::move(key), std::move(sentence)});
}

void Check::step() {
  // Events and stream rows are as many; commands and heads are at most as many.
  if (++steps_ % kProgressEvery == 0 && progress_) progress_(steps_, std::max(steps_, 4 * out_.head.value));
}

// Goes on when there are more findings than can be listed: the visitor has its own.
void Check::scan_events() {
  Position expected{1};
  std::unique_ptr<rocksdb::Iterator> row = rows(Family::kEvents);
  row->Seek(event_key(expected));
  while (expected <= out_.head) {
    if (!row->Valid()) {
      CHECK(!row->status().ok());  // The last one is at head.
      find(expected, key_of(expected), fmt::format("could not be read: {}", row->status().ToString()));
      tell_unreadable(expected, expected);
      previous_.reset();
      expected = expected.next();
      row = rows(Family::kEvents);
      row->Seek(event_key(expected));
      continue;
    }
    const std::optional<Position> found = parse_event_key(row->key().ToStringView());
    if (!found) {
      find({}, to_hex(row->key().ToStringView()), "is a key among the events that is no position");
      row->Next();
      continue;
    }
    if (*found != expected) {
      find(expected, key_of(expected), fmt::format("is missing, the next one is {}", found->value));
      tell_unreadable(expected, Position{found->value - 1});
      previous_.reset();
      expected = *found;
    }
    scan_event(expected, row->value().ToStringView());
    expected = expected.next();
    row->Next();
    step();
  }
  if (previous_ && previous_->commit_index + 1 != previous_->commit_size) {
    find(previous_->position, key_of(previous_->position), "is the last one, but its commit has more events");
  }
}

// As a reader is told it.
void Check::tell_unreadable(Position from, Position to) {
  for (Position position = from; visitor_.unreadable && position <= to; position = position.next()) {
    const Result<StoredEvent> event = store_.event(position);
    if (event) visitor_.event(*event);
    else visitor_.unreadable(position, event.error());
  }
}

void Check::scan_event(Position position, std::string_view bytes) {
  const Result<StoredEvent> event = store_.check(std::string(bytes), position);
  if (!event) {
    find(position, key_of(position), event.error().message);
    if (visitor_.unreadable) visitor_.unreadable(position, event.error());
    previous_.reset();
    return;
  }
  if (visitor_.event) visitor_.event(*event);
  const Envelope& e = event->envelope;
  check_order(e);
  ++out_.events;
  if (e.commit_index == 0) ++out_.commits;
  streams_expected_.add(stream_row_key(e.stream, e.stream_version), position.value);
  if (e.commit_index == 0) commands_expected_.add(command_key(e.command), position.value);
  previous_ = e;
}

void Check::check_order(const Envelope& e) {
  if (!previous_) {
    if (e.position.value == 1 && e.commit_index != 0) {
      find(e.position, key_of(e.position), "is the first one, but not the first of its commit");
    }
    return;
  }
  const Envelope& before = *previous_;
  if (e.recorded_at < before.recorded_at) find(e.position, key_of(e.position), "was recorded before the one before it");
  const bool continues = before.commit_index + 1 < before.commit_size;
  const bool is_same = e.command == before.command && e.body_digest == before.body_digest && e.commit_size == before.commit_size &&
                       e.commit_index == before.commit_index + 1 && e.recorded_at == before.recorded_at;
  if (continues ? !is_same : e.commit_index != 0) find(e.position, key_of(e.position), "does not fit the commit of the one before it");
}

void Check::scan_streams() {
  const std::unique_ptr<rocksdb::Iterator> heads = rows(Family::kHeads);
  heads->SeekToFirst();
  const std::unique_ptr<rocksdb::Iterator> row = rows(Family::kStreams);
  std::optional<StreamId> current;
  StreamHead last;
  for (row->SeekToFirst(); row->Valid() && !is_full(); row->Next()) {
    const std::optional<StreamRowKey> key = parse_stream_row_key(row->key().ToStringView());
    const std::optional<Position> position = parse_position_value(row->value().ToStringView());
    if (!key || !position) {
      find({}, to_hex(row->key().ToStringView()), "is a damaged row of the streams' index");
      continue;
    }
    if (current != key->stream) {
      if (current) check_head(*heads, *current, last);
      current = key->stream;
      last = {};
      ++out_.streams;
    }
    if (key->version != last.version.next() || *position <= last.position) {
      find(*position, key_of(key->stream, key->version),
           fmt::format("follows version {} at position {}", last.version.value, last.position.value));
    }
    last = {key->version, *position};
    streams_found_.add(row->key().ToStringView(), position->value);
    step();
  }
  if (current && !is_full()) check_head(*heads, *current, last);
  for (; heads->Valid() && !is_full(); heads->Next()) {
    find({}, to_hex(heads->key().ToStringView()), "is a head of a stream that has no events");
  }
  if (!row->status().ok()) find({}, "streams", fmt::format("could not be read: {}", row->status().ToString()));
  if (!heads->status().ok()) find({}, "heads", fmt::format("could not be read: {}", heads->status().ToString()));
}

void Check::check_head(rocksdb::Iterator& heads, const StreamId& stream, StreamHead expected) {
  const std::string key = stream.key();
  for (; heads.Valid() && heads.key().compare(key) < 0 && !is_full(); heads.Next()) {
    find({}, to_hex(heads.key().ToStringView()), "is a head of a stream that has no events");
  }
  if (!heads.Valid() || heads.key() != key) {
    find(expected.position, stream.text(), "has no head");
    return;
  }
  if (parse_stream_head_value(heads.value().ToStringView()) != expected) {
    find(expected.position, stream.text(),
         fmt::format("has a head that is not version {} at position {}", expected.version.value, expected.position.value));
  }
  heads.Next();
  step();
}

void Check::scan_commands() {
  const std::unique_ptr<rocksdb::Iterator> row = rows(Family::kCommands);
  for (row->SeekToFirst(); row->Valid() && !is_full(); row->Next()) {
    const std::optional<Position> position = parse_position_value(row->value().ToStringView());
    if (!parse_command_key(row->key().ToStringView()) || !position) {
      find({}, to_hex(row->key().ToStringView()), "is a damaged row of the commands' index");
      continue;
    }
    commands_found_.add(row->key().ToStringView(), position->value);
    step();
  }
  if (!row->status().ok()) find({}, "commands", fmt::format("could not be read: {}", row->status().ToString()));
}

void Check::name_missing_rows() {
  for (Position position{1}; position <= out_.head && !is_full(); position = position.next()) {
    const Result<StoredEvent> event = store_.event(position);
    if (!event) continue;  // scan_events() has said so.
    const Envelope& e = event->envelope;
    const std::string expected = position_value(position);
    if (get(Family::kStreams, stream_row_key(e.stream, e.stream_version)) != expected) {
      find(position, key_of(e.stream, e.stream_version), "does not lead to its event");
    }
    if (e.commit_index == 0 && get(Family::kCommands, command_key(e.command)) != expected) {
      find(position, key_of(e.command), "does not lead to its first event");
    }
  }
}

void Check::name_wrong_stream_rows() {
  const std::unique_ptr<rocksdb::Iterator> row = rows(Family::kStreams);
  for (row->SeekToFirst(); row->Valid() && !is_full(); row->Next()) {
    const std::optional<StreamRowKey> key = parse_stream_row_key(row->key().ToStringView());
    const std::optional<Position> position = parse_position_value(row->value().ToStringView());
    if (!key || !position) continue;
    const Result<StoredEvent> event = store_.event(*position);
    const bool fits = event && event->envelope.stream == key->stream && event->envelope.stream_version == key->version;
    if (!fits) find(*position, key_of(key->stream, key->version), "leads to an event that is not this one");
  }
}

void Check::name_wrong_command_rows() {
  const std::unique_ptr<rocksdb::Iterator> row = rows(Family::kCommands);
  for (row->SeekToFirst(); row->Valid() && !is_full(); row->Next()) {
    const std::optional<CommandId> command = parse_command_key(row->key().ToStringView());
    const std::optional<Position> position = parse_position_value(row->value().ToStringView());
    if (!command || !position) continue;
    const Result<StoredEvent> event = store_.event(*position);
    const bool fits = event && event->envelope.command == *command && event->envelope.commit_index == 0;
    if (!fits) find(*position, key_of(*command), "leads to an event that is not its first");
  }
}

}  // namespace

Result<LogCheck> check_log(const LogStore& store, const CheckProgress& progress, const LogCheckVisitor& visitor) {
  return Check(store, progress, visitor).run();
}

}  // namespace civiclog
