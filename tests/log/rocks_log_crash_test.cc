#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/log/log_directory.h"

// Another process writes and is killed. It is this same program, started anew with "--writer": a process that has
// opened a RocksDB cannot fork another that uses one.

namespace civiclog {
namespace {

constexpr size_t kInFlight = 64;
// Then a new one, so that many cycles do not become slower and slower.
constexpr int kCyclesPerLog = 10;

struct Acknowledgement {
  CommandId command;
  Position first;
  Position last;
};
static_assert(sizeof(Acknowledgement) == 32);

// Appends until it is killed. Each acknowledged commit goes to the pipe from its completion.
int run_writer(const char* directory, int acknowledgements) {
  Result<std::unique_ptr<RocksLog>> log = RocksLog::open(directory);
  if (!log) {
    ::write(STDERR_FILENO, log.error().message.data(), log.error().message.size());
    return 3;
  }
  std::atomic<size_t> in_flight{0};
  const StreamId shared = new_stream();
  const auto append_for_ever = [&] {
    std::mt19937 random(std::random_device{}());
    AppendRequest last = writing(new_stream());
    for (;;) {
      while (in_flight >= kInFlight) std::this_thread::yield();
      // Now and then a client that lost its answer asks again.
      if (random() % 8 != 0) last = writing(random() % 2 == 0 ? shared : new_stream(), 1 + random() % 3, random() % 400);
      ++in_flight;
      (*log)->append(last, [&, command = last.command](const Result<Appended>& answer) {
        --in_flight;
        if (!answer) ::_exit(4);
        const Acknowledgement done{command, answer->first, answer->last};
        if (::write(acknowledgements, &done, sizeof done) != sizeof done) ::_exit(5);
      });
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(append_for_ever);
  append_for_ever();
  return 0;
}

struct Writer {
  pid_t pid = -1;
  int acknowledgements = -1;
};

Writer start_writer(const std::filesystem::path& directory) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::string end = std::to_string(ends[1]);
  const std::string path = directory.string();
  const char* arguments[] = {"rocks_log_crash_test", "--writer", path.c_str(), end.c_str(), nullptr};
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::fcntl(ends[1], F_SETFD, 0);
    ::execv("/proc/self/exe", const_cast<char* const*>(arguments));
    ::_exit(6);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

// Everything until the writer's end is closed; a torn last one does not count.
std::vector<Acknowledgement> read_to_end(int fd) {
  std::vector<Acknowledgement> out;
  std::string bytes;
  char chunk[65'536];
  ssize_t count = 0;
  while ((count = ::read(fd, chunk, sizeof chunk)) > 0) bytes.append(chunk, static_cast<size_t>(count));
  out.resize(bytes.size() / sizeof(Acknowledgement));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(Acknowledgement));
  return out;
}

void kill_and_reap(const Writer& writer) {
  ::kill(writer.pid, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(writer.pid, &status, 0), writer.pid);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself with " << WEXITSTATUS(status);
}

void expect_acknowledged(const EventLog& log, const std::vector<Acknowledgement>& all) {
  for (const Acknowledgement& one : all) {
    const auto record = log.find_command(one.command);
    ASSERT_TRUE(record.has_value() && record->has_value()) << one.command.text() << " at " << one.first.value << " is lost";
    ASSERT_EQ((*record)->first, one.first);
    ASSERT_EQ((*record)->last, one.last);
  }
}

int cycles() {
  const char* wanted = std::getenv("CIVICLOG_KILL_CYCLES");
  return wanted != nullptr ? std::max(1, std::atoi(wanted)) : 15;
}

TEST(RocksLogCrash, Every_acknowledged_commit_is_there_once_after_each_kill) {
  const auto seed = std::random_device{}();
  fmt::print("seed {}, {} cycles\n", seed, cycles());
  std::mt19937 random(seed);
  size_t acknowledged = 0;
  std::unique_ptr<LogDirectory> directory;
  std::vector<Acknowledgement> all;
  Position before;
  for (int cycle = 0; cycle < cycles(); ++cycle) {
    SCOPED_TRACE(fmt::format("seed {} cycle {}", seed, cycle));
    if (cycle % kCyclesPerLog == 0) {
      directory = std::make_unique<LogDirectory>();
      must_create(directory->path());
      all.clear();
      before = {};
    }
    const Writer writer = start_writer(directory->path());
    std::vector<Acknowledgement> fresh;
    std::thread reader([&] { fresh = read_to_end(writer.acknowledgements); });
    // Also while it is still opening.
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 700));
    kill_and_reap(writer);
    reader.join();
    ::close(writer.acknowledgements);
    const auto log = must_open(directory->path());
    ASSERT_NE(log, nullptr);
    EXPECT_GE(log->head(), before);
    before = log->head();
    all.insert(all.end(), fresh.begin(), fresh.end());
    acknowledged += fresh.size();
    expect_acknowledged(*log, all);
    expect_sound(*log);
    if (HasFailure()) return;
  }
  fmt::print("{} acknowledgements\n", acknowledged);
  EXPECT_GT(acknowledged, 0u);
}

TEST(RocksLogCrash, A_second_process_is_refused_and_may_read_beside) {
  const LogDirectory directory;
  must_create(directory.path());
  const Writer writer = start_writer(directory.path());
  Acknowledgement first;
  ASSERT_EQ(::read(writer.acknowledgements, &first, sizeof first), static_cast<ssize_t>(sizeof first));
  std::thread reader([&] { read_to_end(writer.acknowledgements); });
  const Error error = refusal_of(directory.path());
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.rule, "in_use");
  EXPECT_NE(error.message.find("in use by another process"), std::string::npos) << error.message;
  const auto secondary = RocksLog::open_secondary(directory.path());
  EXPECT_TRUE(secondary.has_value()) << secondary.error().message;
  if (secondary) {
    expect_acknowledged(**secondary, {first});
    uint64_t seen = 0;
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE((*secondary)->catch_up().has_value());
      while (seen < (*secondary)->head().value) {
        const auto batch = (*secondary)->read({seen}, 1'000);
        ASSERT_TRUE(batch.has_value()) << batch.error().message;
        seen += batch->size();
      }
    }
    expect_sound(**secondary);
  }
  kill_and_reap(writer);
  reader.join();
  ::close(writer.acknowledgements);
  EXPECT_NE(must_open(directory.path()), nullptr);
}

}  // namespace
}  // namespace civiclog

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--writer") == 0) return civiclog::run_writer(argv[2], std::atoi(argv[3]));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
