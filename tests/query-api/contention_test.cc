#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "installation/installation.h"
#include "installation/observer.h"
#include "query-api/api.h"
#include "query-api/door/door.h"
#include "tests/query-api/load_client.h"
#include "tests/query-api/load_record.h"
#include "tests/support/scratch_directory.h"

// Everything in the service that is shared between threads, at the same time: clients who write on hot and spread contributions
// and erase words, readers, those who wait for a position, those who look at the metrics, read models that are rebuilt, an
// observer beside the writer, and a stop in the middle of it. For ThreadSanitizer, and that what was answered is right all the same.

namespace civiclog {
namespace {

using namespace std::chrono_literals;

constexpr size_t kWriters = 12;
constexpr size_t kReaders = 4;
constexpr auto kTime = 3s;

// A service in this process, as civicd is put together.
class Service {
 public:
  explicit Service(const DataDirectory& directory) : key_(InstallationKey::read_or_make(directory.path()).value()) {
    InstallationOptions options;
    options.on_error = [](const Error& error) { ADD_FAILURE() << error.message; };
    installation_ = Installation::open(directory, std::move(options)).value();
    installation_->start_following();
    KeySet keys;
    EXPECT_TRUE(keys.add_installation_key(key_.id(), key_.public_key()));
    GateOptions gate;
    gate.per_subject = gate.per_address = {.burst = kMaxBurst, .interval = 10us};
    gate_ = std::make_unique<Gate>(gate, std::move(keys), installation_->vault().index_key(), system_now);
    ReadSideOptions side;
    side.log = [](std::string_view sentence) { ADD_FAILURE() << sentence; };
    api_ = std::make_unique<Api>(*installation_, std::move(side), gate_.get());
    DoorOptions door;
    door.threads = 4;
    door_ = Door::start(door, [this](const HttpRequest& request) { return api_->handle(request); }).value();
  }

  uint16_t port() const { return door_->port(); }
  Installation& installation() { return *installation_; }
  void stop() {
    api_->begin_stop();
    door_->drain_and_stop(10s);
    door_.reset();
    installation_->stop_following();
    api_.reset();
    installation_.reset();
  }

 private:
  const InstallationKey key_;
  std::unique_ptr<Installation> installation_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Door> door_;
};

// Until the connection ends: lists, waits for what is to come, moments of the past, what an ETag was given for, and metrics.
uint64_t read_until_cut(const LoadTown& town, uint16_t port, uint32_t seed) {
  std::mt19937 random(seed);
  RawClient client(port);
  uint64_t answers = 0;
  uint64_t position = town.founded().back().answer.position;
  while (true) {
    const std::string topic = LoadTown::kTopicPath;
    const std::string at = std::to_string(position);
    const std::string next = std::to_string(position + 1);
    const std::array<std::string, 7> targets = {topic + "/results", topic + "/results?as_of=" + at, topic + "/contributions?min_position=" + at,
                                                topic + "/activity?wait=1&min_position=" + next, "/v1/events?limit=20&after=" + at,
                                                "/metrics", "/readyz"};
    const std::string& target = targets[random() % targets.size()];
    if (!client.send(town.get_request(target))) return answers;
    const std::optional<RawResponse> response = client.read_response();
    if (!response) return answers;
    EXPECT_TRUE(response->status == 200 || response->status == 503) << target << " " << response->body;
    const uint64_t seen = answer_of(*response).position;
    position = std::max(position, seen);
    ++answers;
  }
}

// As a tool does beside a running service. Returns how often it looked.
uint64_t observe_until(const std::atomic<bool>& done, const DataDirectory& directory) {
  uint64_t looks = 0;
  const std::unique_ptr<Observer> observer = Observer::open(directory).value();
  Position before;
  do {
    const Status refreshed = observer->refresh();
    EXPECT_TRUE(refreshed) << refreshed.error().message;
    const Position head = observer->log().head();
    EXPECT_GE(head, before) << "what was there has gone";
    for (const GenerationRecord& record : observer->views().generations()) EXPECT_LE(record.checkpoint, head) << record.projection;
    const auto events = observer->log().read(before, kMaxReadBatch);
    EXPECT_TRUE(events) << events.error().message;
    EXPECT_TRUE(!events || events->size() == std::min<size_t>(head.value - before.value, kMaxReadBatch)) << "a hole after " << before.value;
    before = head;
    ++looks;
  } while (!done);
  return looks;
}

TEST(Contention, Writers_readers_waiters_rebuilds_erasures_and_an_observer_go_on_beside_each_other_until_a_stop_between_them) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  ScratchDirectory scratch;
  const DataDirectory directory = DataDirectory::create(scratch.path() / "data").value();
  Service service(directory);
  LoadTown town(directory.path());
  town.found(service.port());
  std::vector<std::unique_ptr<LoadClient>> clients;
  for (size_t i = 0; i < kWriters; ++i) clients.push_back(std::make_unique<LoadClient>(town, i, seed + static_cast<uint32_t>(i)));

  std::atomic<bool> done{false};
  std::atomic<uint64_t> reads{0};
  uint64_t rebuilds = 0;
  uint64_t observed = 0;
  {
    std::vector<std::jthread> threads;
    const uint16_t port = service.port();
    for (const auto& client : clients) threads.emplace_back([&client, port] { client->act_until_cut(port); });
    for (size_t i = 0; i < kReaders; ++i) {
      threads.emplace_back([&, i, port] { reads += read_until_cut(town, port, seed + 100 + static_cast<uint32_t>(i)); });
    }
    threads.emplace_back([&] {
      const std::vector<std::string> names = service.installation().projector().names();
      for (; !done; ++rebuilds) {
        const Status begun = service.installation().projector().rebuild(names[rebuilds % names.size()]);
        EXPECT_TRUE(begun) << begun.error().message;
        std::this_thread::sleep_for(150ms);
      }
    });
    threads.emplace_back([&] { observed = observe_until(done, directory); });
    std::this_thread::sleep_for(kTime);
    done = true;
    threads.pop_back();
    threads.pop_back();
    service.stop();
  }
  std::cout << town.counts().acknowledged << " acts, " << reads << " answers to readers, " << rebuilds << " rebuilds, observed " << observed
            << " times\n";
  EXPECT_GT(town.counts().acknowledged, kWriters);
  EXPECT_GT(reads, kReaders);
  EXPECT_GT(rebuilds, 0u);
  EXPECT_GT(observed, 0u);

  Service again(directory);
  town.set_head_at_start(again.installation().log().head().value);
  for (const auto& client : clients) client->settle(again.port());
  for (const auto& client : clients) client->check_own_choices(again.port(), again.installation().log().head().value);
  again.stop();
  EXPECT_EQ(town.counts().found_committed, 0u) << "acts were committed and their clients not told";
  ExpectedCommands expected;
  expect_commands(expected, town.founded());
  for (const auto& client : clients) expect_commands(expected, client->acknowledged());
  check_record(directory.path(), expected);
}

}  // namespace
}  // namespace civiclog
