#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "events/event_log.h"
#include "projections/projection.h"
#include "projections/view_snapshot.h"

// Stand-ins for tests: a projection that does what it is told, and a log that reads what it is told.

namespace civiclog {

struct CountRow {
  uint64_t events = 0;
  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.events); }
};

// Counts events, `version` for each; so versions differ in their bytes.
class CountingProjection final : public Projection {
 public:
  // `damaged_at`: where it finds its row damaged, while that is not zero.
  explicit CountingProjection(uint32_t version = 1, std::shared_ptr<std::atomic<uint64_t>> damaged_at = {})
      : version_(version), damaged_at_(std::move(damaged_at)) {}

  std::string_view name() const override { return "counting"; }
  uint32_t version() const override { return version_; }
  void apply(const RecordedEvent& event, ViewWriter& rows) const override {
    CountRow row = rows.row<CountRow>("C").value_or(CountRow{});
    row.events += version_;
    rows.put_row("C", row);
    // A row of one byte is not a CountRow: reading it again reports the damage.
    if (damaged_at_ && *damaged_at_ == event.position().value) {
      rows.put("C", "!");
      static_cast<void>(rows.row<CountRow>("C"));
    }
  }
  RowDescription describe(std::string_view, std::string_view value) const override {
    const auto row = decode_row<CountRow>(value);
    return {"count", row ? std::to_string(row->events) : "unreadable"};
  }

 private:
  const uint32_t version_;
  const std::shared_ptr<std::atomic<uint64_t>> damaged_at_;
};

struct CountQueries {
  static constexpr const char* kProjection = "counting";
  explicit CountQueries(ViewReader found) : reader(std::move(found)) {}
  uint64_t count() const { return reader.row<CountRow>("C").value().value_or(CountRow{}).events; }
  ViewReader reader;
};

// Another log, with reads of its own.
class OddLog final : public EventLog {
 public:
  using Read = std::function<Result<std::vector<StoredEvent>>(Position after, size_t limit)>;
  OddLog(EventLog& real, Read read) : real_(real), read_(std::move(read)) {}

  void append(AppendRequest request, Completion completion) override { real_.append(std::move(request), std::move(completion)); }
  Result<std::vector<StoredEvent>> read(Position after, size_t limit) const override { return read_(after, limit); }
  Result<std::vector<StoredEvent>> read_stream(StreamId stream, Version after) const override { return real_.read_stream(stream, after); }
  Result<Version> stream_version(StreamId stream) const override { return real_.stream_version(stream); }
  Result<std::optional<CommandRecord>> find_command(CommandId command) const override { return real_.find_command(command); }
  Position head() const override { return real_.head(); }
  bool wait_past(Position position, Deadline deadline, std::stop_token stop) const override { return real_.wait_past(position, deadline, stop); }
  LogId id() const override { return real_.id(); }

 private:
  EventLog& real_;
  Read read_;
};

}  // namespace civiclog
