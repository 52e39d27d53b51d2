#include "tests/projections/fixture.h"

#include <cstdlib>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "events/payload_codec.h"

namespace civiclog {

TemporaryDirectory::TemporaryDirectory()
    : path_(std::filesystem::temp_directory_path() / ("civiclog-projections-" + to_hex(view(random_array<8>())))) {
  std::filesystem::create_directories(path_);
}
TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ByteArray<16> bytes_of(uint8_t number) {
  ByteArray<16> bytes{};
  bytes.fill(number);
  return bytes;
}

LogId some_log() { return id_of<LogId>(200); }

WordRef word(uint8_t number) {
  WordRef ref;
  ref.id = id_of<WordId>(number);
  ref.commitment.fill(number);
  return ref;
}

std::unique_ptr<MemoryLog> empty_log(LogId id) {
  auto now = std::make_shared<std::atomic<int64_t>>(1'700'000'000'000);
  return std::make_unique<MemoryLog>(id, MemoryLogOptions{.clock = [now] { return Timestamp{*now += 1'000}; }, .queue = {}});
}

Position write_raw(EventLog& log, const StreamId& stream, std::string type, uint16_t schema, std::string payload) {
  AppendRequest request;
  request.command = CommandId{make_uuid_v4(random_array<16>())};
  request.events.push_back({stream, std::move(type), schema, std::move(payload), acting_system(), {}});
  const Result<Appended> appended = append_and_wait(log, std::move(request));
  EXPECT_TRUE(appended) << (appended ? "" : appended.error().message);
  return appended ? appended->last : Position{};
}

Position write(EventLog& log, const Happening& happening) {
  const EncodedPayload payload = encode_payload(happening.payload);
  AppendRequest request;
  request.command = CommandId{make_uuid_v4(random_array<16>())};
  request.events.push_back({happening.stream, payload.type, payload.schema, payload.bytes, happening.actor, happening.occurred_at});
  const Result<Appended> appended = append_and_wait(log, std::move(request));
  EXPECT_TRUE(appended) << (appended ? "" : appended.error().message);
  return appended ? appended->last : Position{};
}

std::unique_ptr<MemoryLog> log_of(const std::vector<Happening>& history, LogId id) {
  auto log = empty_log(id);
  for (const Happening& happening : history) write(*log, happening);
  return log;
}

std::unique_ptr<Views> reopened(const std::filesystem::path& directory, LogId log) {
  Result<std::unique_ptr<Views>> views = Views::open(directory, log);
  EXPECT_TRUE(views) << (views ? "" : views.error().message);
  return views ? std::move(*views) : nullptr;
}

std::unique_ptr<Views> fresh_views(const std::filesystem::path& directory, LogId log) {
  const Status created = Views::create(directory, log);
  EXPECT_TRUE(created) << (created ? "" : created.error().message);
  return reopened(directory, log);
}

std::unique_ptr<Projector> projector_of(const EventLog& log, Views& views, Projections projections, ProjectorOptions options) {
  Result<std::unique_ptr<Projector>> projector = Projector::create(log, views, std::move(projections), options);
  EXPECT_TRUE(projector) << (projector ? "" : projector.error().message);
  return projector ? std::move(*projector) : nullptr;
}

void catch_up(Projector& projector, Position goal) {
  const Status status = projector.catch_up_to(goal);
  EXPECT_TRUE(status) << (status ? "" : status.error().message);
}

void build(const EventLog& log, Views& views, Position goal, ProjectorOptions options) {
  catch_up(*projector_of(log, views, all_projections(), options), goal);
}

std::map<std::string, std::string> all_bytes(const Views& views) {
  std::map<std::string, std::string> out;
  const ViewSnapshot snapshot = views.snapshot();
  for (const auto& projection : all_projections()) {
    const Result<ViewReader> reader = snapshot.reader(projection->name());
    if (!reader) {
      ADD_FAILURE() << reader.error().message;
      continue;
    }
    for (const bool history : {false, true}) {
      const std::string prefix = std::string(projection->name()) + (history ? "/history/" : "/latest/");
      const Status scanned = reader->scan_all(history, {}, [&](std::string_view key, std::string_view value) {
        out.emplace(prefix + to_hex(key), to_hex(value));
        return true;
      });
      EXPECT_TRUE(scanned);
    }
  }
  return out;
}

uint64_t printed_seed() {
  const char* given = std::getenv("CIVICLOG_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "seed " << seed << " (CIVICLOG_SEED=" << seed << " repeats this run)\n";
  return seed;
}

}  // namespace civiclog
