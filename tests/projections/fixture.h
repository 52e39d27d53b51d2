#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/payloads.h"
#include "projections/all_projections.h"
#include "projections/projector.h"
#include "projections/views.h"
#include "tests/support/memory_log.h"

// What the tests of this layer share: a directory that goes away, a log filled from plain payloads, and read models over it.

namespace civiclog {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// An event to be written.
struct Happening {
  StreamId stream;
  Payload payload;
  Actor actor;
  std::optional<Timestamp> occurred_at;
};

LogId some_log();
ByteArray<16> bytes_of(uint8_t number);
template <typename SomeId>
SomeId id_of(uint8_t number) { return SomeId{make_uuid_v4(bytes_of(number))}; }
WordRef word(uint8_t number);

std::unique_ptr<MemoryLog> empty_log(LogId id = some_log());
Position write(EventLog& log, const Happening& happening);
Position write_raw(EventLog& log, const StreamId& stream, std::string type, uint16_t schema, std::string payload);
std::unique_ptr<MemoryLog> log_of(const std::vector<Happening>& history, LogId id = some_log());

std::unique_ptr<Views> fresh_views(const std::filesystem::path& directory, LogId log = some_log());
std::unique_ptr<Views> reopened(const std::filesystem::path& directory, LogId log = some_log());

// Fails the test unless it holds.
std::unique_ptr<Projector> projector_of(const EventLog& log, Views& views, Projections projections = all_projections(),
                                        ProjectorOptions options = {});
void catch_up(Projector& projector, Position goal);
void build(const EventLog& log, Views& views, Position goal, ProjectorOptions options = {});

// Every byte of the read models that answer readers: "projection/latest/key" -> value, in hexadecimal.
std::map<std::string, std::string> all_bytes(const Views& views);

// From the environment (CIVICLOG_SEED) or the system; printed.
uint64_t printed_seed();

}  // namespace civiclog
