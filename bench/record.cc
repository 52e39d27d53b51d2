#include "bench/record.h"

#include <atomic>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/stopwatch.h"
#include "installation/installation.h"
#include "replay-tools/command_stream.h"
#include "replay-tools/country.h"

namespace civiclog {
namespace {

constexpr uint64_t kSeed = 1;
constexpr uint64_t kEvents = 1'000'000;
constexpr uint64_t kEventsOfTiny = 3'000;
constexpr Timestamp kBegins{1'704'067'200'000};  // 2024-01-01T00:00:00Z

void make_history(Installation& installation, uint64_t events, std::atomic<int64_t>& clock) {
  const ReportProgress silent;
  CommandStream stream(installation.commands(), silent);
  Country country(kSeed, events, kBegins);
  for (uint64_t made = 0; made < events && !stream.failed();) {
    CountryAct act = country.next();
    clock = act.time.ms;
    made += act.events;
    stream.send({command_id_of("country", act.key), act.issuer, std::move(act.command), {}, act.time}, act.key);
  }
  const Status done = stream.finish();
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  CHECK(done.has_value());
}

std::unique_ptr<MadeRecord> make_record(uint64_t events) {
  auto made = std::make_unique<MadeRecord>();
  const Result<DataDirectory> data = DataDirectory::create(made->path());
  CHECK(data.has_value());
  // The country's own time: words and ids are made by it too.
  const auto clock = std::make_shared<std::atomic<int64_t>>(kBegins.ms);
  InstallationOptions options;
  options.clock = [clock] { return Timestamp{clock->load()}; };
  const Result<std::unique_ptr<Installation>> installation = Installation::open(*data, options);
  CHECK(installation.has_value());
  const Stopwatch watch;
  make_history(**installation, events, *clock);
  made->seconds = watch.seconds();
  made->cpu_seconds = watch.cpu_seconds();
  made->events = (*installation)->log().head().value;
  CHECK((*installation)->catch_up().has_value());
  return made;
}

}  // namespace

DataDirectory MadeRecord::data() const {
  Result<DataDirectory> found = DataDirectory::find(path());
  CHECK(found.has_value());
  return *std::move(found);
}

const MadeRecord& SharedRecord::get() {
  if (!made_) made_ = make_record(tiny_ ? kEventsOfTiny : kEvents);
  return *made_;
}

}  // namespace civiclog
