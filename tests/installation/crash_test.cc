#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "installation/installation.h"
#include "tests/support/scratch_directory.h"

// kill -9 at random moments while commands with words go through vault, log and read models. Afterwards every
// acknowledged command is there once, every word a commit mentions opens its commitment, words without a commit are
// collected, and the read models catch up. The killed process is this same program, started anew with "--writer": a process that
// has opened a RocksDB cannot fork another that uses one.

namespace civiclog {
namespace {

constexpr int kCycles = 8;

int cycles() {
  const char* asked = std::getenv("CIVICLOG_KILL_CYCLES");
  return asked != nullptr ? std::max(1, std::atoi(asked)) : kCycles;
}

// Registers organisations with names from several threads until it is killed, and writes the number of each acknowledged
// one to the pipe.
[[noreturn]] void write_until_killed(const char* data, uint64_t first, int pipe) {
  const auto directory = DataDirectory::find(data);
  if (!directory) ::_exit(2);
  auto opened = Installation::open(*directory);
  if (!opened) ::_exit(3);
  Installation& installation = **opened;
  installation.start_following();
  std::vector<std::thread> writers;
  for (uint64_t lane = 0; lane < 4; ++lane) {
    writers.emplace_back([&, lane] {
      for (uint64_t number = first + lane;; number += 4) {
        const std::string slug = "city-" + std::to_string(number);
        const auto done = installation.commands().submit_and_wait(
            {command_id_of("crash", slug), issued_by_system(), RegisterOrganisation{slug, "Name of " + slug}, {}, {}});
        if (!done) ::_exit(4);
        if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(5);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  ::_exit(6);
}

std::set<uint64_t> run_and_kill(const DataDirectory& directory, uint64_t first, std::chrono::microseconds after) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::string path = directory.path().string();
  const std::string from = std::to_string(first);
  const std::string end = std::to_string(ends[1]);
  const char* arguments[] = {"installation_test", "--writer", path.c_str(), from.c_str(), end.c_str(), nullptr};
  const pid_t child = ::fork();
  if (child == 0) {
    ::fcntl(ends[1], F_SETFD, 0);
    ::execv("/proc/self/exe", const_cast<char* const*>(arguments));
    ::_exit(7);
  }
  ::close(ends[1]);
  std::set<uint64_t> acknowledged;
  uint64_t number = 0;
  EXPECT_EQ(::read(ends[0], &number, sizeof number), static_cast<ssize_t>(sizeof number)) << "the child wrote nothing";
  acknowledged.insert(number);
  std::thread killer([&] {
    std::this_thread::sleep_for(after);
    ::kill(child, SIGKILL);
  });
  while (::read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number)) acknowledged.insert(number);
  killer.join();
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
  ::close(ends[0]);
  return acknowledged;
}

void check(const DataDirectory& directory, const std::set<uint64_t>& acknowledged) {
  auto opened = Installation::open(directory);
  ASSERT_TRUE(opened) << opened.error().message;
  Installation& installation = **opened;
  std::map<std::string, int> slugs;
  std::set<WordId> mentioned;
  for (Position done; done < installation.log().head();) {
    const auto events = installation.log().read(done, kMaxReadBatch);
    ASSERT_TRUE(events) << events.error().message;
    for (const StoredEvent& event : *events) {
      const Payload payload = decode_payload(event).value();
      ++slugs[std::get<OrganisationRegistered>(payload).slug];
      for (const WordRef& ref : words_of(payload)) {
        mentioned.insert(ref.id);
        const auto word = installation.vault().get(ref.id);
        ASSERT_TRUE(word);
        ASSERT_EQ(word->state, WordState::kPresent) << "a commit without its word at " << event.envelope.position.value;
        EXPECT_EQ(commit_to_word(word->content->salt, ref.id, word->content->text), ref.commitment);
      }
    }
    done = events->back().envelope.position;
  }
  for (const auto& [slug, count] : slugs) EXPECT_EQ(count, 1) << slug;
  for (const uint64_t number : acknowledged) {
    EXPECT_TRUE(slugs.contains("city-" + std::to_string(number))) << "an acknowledged command is lost: " << number;
  }
  ASSERT_TRUE(collect_orphans(installation.log(), installation.vault(), {system_now().ms + 1'000}, 0));
  ASSERT_TRUE(installation.vault().for_each_word([&](WordId word, const WordLookup&) {
    EXPECT_TRUE(mentioned.contains(word)) << "an orphan was not collected";
    return Status{};
  }));
  const Status caught_up = installation.catch_up();
  EXPECT_TRUE(caught_up) << caught_up.error().message;
}

TEST(Crash, After_kill_9_at_any_moment_log_vault_and_views_agree_and_nothing_acknowledged_is_lost) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  ScratchDirectory scratch;
  const DataDirectory directory = DataDirectory::create(scratch.path() / "data").value();
  std::set<uint64_t> acknowledged;
  for (int cycle = 0; cycle < cycles(); ++cycle) {
    acknowledged.merge(run_and_kill(directory, static_cast<uint64_t>(cycle) * 1'000'000, std::chrono::microseconds(random() % 200'000)));
    check(directory, acknowledged);
    if (HasFailure()) return;
  }
  EXPECT_GT(acknowledged.size(), static_cast<size_t>(cycles()));
}

}  // namespace

int run_writer(char** arguments) {
  write_until_killed(arguments[2], std::stoull(arguments[3]), std::stoi(arguments[4]));
}

}  // namespace civiclog

int main(int count, char** arguments) {
  if (count == 5 && std::string(arguments[1]) == "--writer") return civiclog::run_writer(arguments);
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
