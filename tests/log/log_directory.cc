#include "tests/log/log_directory.h"

namespace civiclog {

LogId new_log_id() { return {make_uuid_v4(random_array<16>())}; }

std::unique_ptr<RocksLog> must_create(const std::filesystem::path& path, RocksLogOptions options) {
  Result<std::unique_ptr<RocksLog>> log = RocksLog::create(path, new_log_id(), std::move(options));
  if (!log) ADD_FAILURE() << log.error().message;
  return log ? std::move(*log) : nullptr;
}

std::unique_ptr<RocksLog> must_open(const std::filesystem::path& path, RocksLogOptions options) {
  Result<std::unique_ptr<RocksLog>> log = RocksLog::open(path, std::move(options));
  if (!log) ADD_FAILURE() << log.error().message;
  return log ? std::move(*log) : nullptr;
}

Error refusal_of(const std::filesystem::path& path, RocksLogOptions options) {
  const Result<std::unique_ptr<RocksLog>> log = RocksLog::open(path, std::move(options));
  EXPECT_FALSE(log.has_value());
  return log ? Error{} : log.error();
}

void expect_sound(const RocksLog& log) {
  const Result<LogCheck> check = log.check_indexes();
  ASSERT_TRUE(check.has_value()) << check.error().message;
  EXPECT_EQ(check->head, log.head());
  EXPECT_EQ(check->events, log.head().value);
  EXPECT_FALSE(check->has_more);
  for (const LogFinding& finding : check->findings) {
    ADD_FAILURE() << finding.position.value << " " << finding.key << " " << finding.sentence;
  }
}

}  // namespace civiclog
