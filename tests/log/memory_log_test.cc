#include "tests/support/memory_log.h"

#include "tests/log/conformance.h"

namespace civiclog {
namespace {

class MemoryLogUnderTest final : public LogUnderTest {
 public:
  explicit MemoryLogUnderTest(LogSettings settings)
      : options_{settings.clock, settings.queue},
        log_(std::make_unique<MemoryLog>(LogId{make_uuid_v4(random_array<16>())}, options_)) {}
  EventLog& log() override { return *log_; }
  void stop() override { log_->stop(); }
  void reopen() override { log_ = std::make_unique<MemoryLog>(log_->id(), options_, log_->stop_and_take()); }

 private:
  MemoryLogOptions options_;
  std::unique_ptr<MemoryLog> log_;
};

INSTANTIATE_TEST_SUITE_P(MemoryLog, LogConformance, testing::Values(LogMaker{[](LogSettings settings) {
                           return std::make_unique<MemoryLogUnderTest>(std::move(settings));
                         }}));

}  // namespace
}  // namespace civiclog
