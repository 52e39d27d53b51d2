#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "installation/head_acceptance.h"
#include "installation/installation.h"
#include "events/payload_codec.h"
#include "replay-tools/verify_record.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/scratch_directory.h"

// A short life of an installation, told again and again, with the disk failing at another call each time: made, opened, words and
// ballots written, read models built and built anew, words erased, closed, opened again. Then the power goes, and what a disk may
// forget is forgotten. Afterwards everything that was acknowledged is there, or the start is refused with a sentence that says
// what to do; nothing is there by half.
//
// Usually each kind of fault meets about kCallsPerKind calls, evenly spread from a random one on; CIVICLOG_ALL_FAULTS=1 takes every
// call, CIVICLOG_FAULT=KIND:NUMBER (as printed) one.

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kCallsPerKind = 12;

std::atomic<int64_t> now_ms{1'700'000'000'000};
Clock clock() {
  return [] { return Timestamp{now_ms.fetch_add(7)}; };
}

// What was promised.
struct Promised {
  bool made = false;                   // The directory.
  std::set<std::string> organisations; // Their slugs; each with a word for its name.
  std::set<CommandId> commands;
  Position head;
  bool erased = false;                 // Ben's words.
  bool closed = false;                 // Everything, without an error.
};

class Life {
 public:
  Life(const fs::path& path, FaultyDisk& disk) : path_(path) {
    options_.clock = clock();
    options_.disk = {disk.env(), &disk.file_calls()};
  }

  void live() {
    const Result<DataDirectory> data = DataDirectory::create(path_, options_.disk);
    if (!data) return;
    promised.made = true;
    if (!first_session(*data)) return;
    promised.closed = second_session(*data);
  }

  Promised promised;
  std::string failure;

 private:
  bool submit(Installation& to, const std::string& key, Issuer issuer, Command command) {
    const CommandId id = command_id_of("sweep", key);
    const auto done = to.commands().submit_and_wait({id, issuer, std::move(command), {}, {}});
    if (!done) {
      failure = done.error().message;
      return false;
    }
    promised.commands.insert(id);
    promised.head = std::max(promised.head, done->last);
    return true;
  }
  bool submit_organisation(Installation& to, const std::string& slug) {
    if (!submit(to, slug, issued_by_system(), RegisterOrganisation{slug, "Name of " + slug})) return false;
    promised.organisations.insert(slug);
    return true;
  }
  static ParticipantId person(uint64_t number) {
    ByteArray<16> bytes{};
    bytes[15] = static_cast<uint8_t>(number);
    return ParticipantId{make_uuid_v4(bytes)};
  }
  bool join(Installation& to, uint64_t number) {
    const std::string key = std::to_string(number);
    return submit(to, "join" + key, issued_by_system(), Join{person(number), ""}) &&
           submit(to, "verify" + key, issued_by_system(), VerifyParticipant{person(number), "eid", "eid of " + key});
  }
  bool hold_a_vote(Installation& to) {
    const TopicId topic = topic_id_of("tram");
    const OrganisationId city = organisation_id_of("city");
    const ContributionId opinion{person(9).uuid};
    const Issuer ana = issued_by(person(1)), ben = issued_by(person(2));
    return join(to, 1) && join(to, 2) && join(to, 3) && submit(to, "role", issued_by_system(), GrantRole{city, person(1), Role::kProcessOwner}) &&
           submit(to, "launch", ana, LaunchTopic{city, "tram", "Line 4", "Where should it stop?", ""}) &&
           submit(to, "rules", ana, SetRules{topic, {Secrecy::kPseudonymous, false, {ContributionKind::kOpinion}}, {}}) &&
           submit(to, "phases", ana, DefinePhases{topic, {{PhaseKind::kVote, {true, true, true}, {0}, {4'000'000'000'000}}}}) &&
           submit(to, "open", ana, OpenPhase{topic, 0, "Now."}) &&
           submit(to, "opinion", ben, SubmitContribution{opinion, topic, ContributionKind::kOpinion, "", "At the school.", "", ""}) &&
           submit(to, "vote1", issued_by(person(3)), CastBallot{opinion, 1, Choice::kAgree}) &&
           submit(to, "vote2", ben, CastBallot{opinion, 1, Choice::kDisagree});
  }
  bool first_session(const DataDirectory& data) {
    const auto opened = Installation::open(data, options_);
    if (!opened) return false;
    Installation& node = **opened;
    return submit_organisation(node, "city") && hold_a_vote(node) && node.catch_up();
  }
  // The words of the newest event that has any.
  static std::vector<WordId> newest_words(Installation& node) {
    const auto events = node.log().read({}, kMaxReadBatch);
    std::vector<WordId> out;
    for (const StoredEvent& event : events ? *events : std::vector<StoredEvent>()) {
      const std::vector<WordRef> words = words_of(decode_payload(event).value());
      if (!words.empty()) out = {words.front().id};
    }
    return out;
  }
  // Opening moves everything into table files, and erasing a single word compacts them.

  bool second_session(const DataDirectory& data) {
    const auto opened = Installation::open(data, options_);
    if (!opened) return false;
    Installation& node = **opened;
    if (!submit_organisation(node, "town")) return false;
    if (!submit(node, "erase", issued_by(person(2)), EraseWords{person(2).uuid, {}, person(2).uuid, false, ErasureReason::kSubjectRequest})) {
      return false;
    }
    if (!node.catch_up()) return false;
    promised.erased = true;
    const EraseWords name{Uuid{}, newest_words(node), organisation_id_of("town").uuid, true, ErasureReason::kSubjectRequest};
    if (!submit(node, "erase name", issued_by_system(), name)) return false;
    if (!node.projector().rebuild("comments") || !node.catch_up()) return false;
    return submit_organisation(node, "village") && node.log().failure().empty();
  }

  const fs::path path_;
  InstallationOptions options_;
};

class FaultSweep : public testing::TestWithParam<FaultKind> {
 protected:
  // True when the fault met a call.
  bool live_and_check(uint64_t number, std::mt19937* luck) {
    SCOPED_TRACE(fmt::format("CIVICLOG_FAULT={}:{}", static_cast<int>(GetParam()), number));
    ScratchDirectory scratch;
    FaultyDisk disk(scratch.path() / "aside");
    const fs::path path = scratch.path() / "data";
    now_ms = 1'700'000'000'000;
    Life life(path, disk);
    disk.plan(GetParam(), number);
    life.live();
    const std::string fired = disk.fired();
    SCOPED_TRACE("fault: " + fired);
    disk.power_loss(luck);
    check(path, life.promised, fired);
    return !fired.empty();
  }
  // A lie can take anything that rests on it; that is to be said, not to be prevented.
  static void expect_a_sentence(const std::string& said) {
    bool helps = false;
    for (const char* advice : {"restore", "backup", "rebuild", "accept-head", "begin again", "create the log again", "make it again",
                               "make the log again", "init", "start again"}) {
      helps |= said.find(advice) != std::string::npos;
    }
    EXPECT_TRUE(helps) << said;
    EXPECT_EQ(said.find("Corruption:"), std::string::npos) << said;
  }
  void check(const fs::path& path, const Promised& promised, const std::string& fired) {
    const bool lied = GetParam() == FaultKind::kLyingSync;
    const Result<DataDirectory> data = DataDirectory::find(path);
    if (!data) {
      EXPECT_TRUE(!promised.made || lied) << data.error().message;
      return expect_a_sentence(data.error().message);
    }
    const Result<Verification> verified = verify_record(*data);
    const bool holds = verified && verified->verdict() == Verdict::kHolds;
    InstallationOptions options;
    options.clock = clock();
    auto opened = Installation::open(*data, options);
    if (!opened) {
      // What can be computed anew may have to be.
      EXPECT_TRUE(lied) << opened.error().message;
      EXPECT_FALSE(holds) << "verification holds, but starting says: " << opened.error().message;
      ++refused_;
      return expect_a_sentence(opened.error().message);
    }
    if (!holds) report(verified);
    Installation& node = **opened;
    const bool head_lied = lied && fired.ends_with("/head");
    if (!lied || head_lied) {
      EXPECT_GE(node.log().head(), promised.head);
      for (const CommandId& command : promised.commands) EXPECT_TRUE(node.log().find_command(command).value().has_value());
    }
    const Status caught_up = node.catch_up();
    EXPECT_TRUE(caught_up) << caught_up.error().message;
    check_words(node, promised);
    const Result<LogCheck> indexes = node.log().check_indexes();
    ASSERT_TRUE(indexes) << indexes.error().message;
    const auto again = node.commands().submit_and_wait(
        {command_id_of("sweep", "after"), issued_by_system(), RegisterOrganisation{"after", "After all"}, {}, {}});
    EXPECT_TRUE(again) << again.error().message;
  }
  static void report(const Result<Verification>& verified) {
    ADD_FAILURE() << "it starts, but verification does not hold";
    if (!verified) {
      ADD_FAILURE() << verified.error().message;
      return;
    }
    for (const Finding& finding : verified->findings.listed()) ADD_FAILURE() << finding.subject << ": " << finding.sentence;
  }
  static void check_words(Installation& node, const Promised& promised) {
    size_t organisations = 0;
    const auto events = node.log().read({}, kMaxReadBatch);
    ASSERT_TRUE(events) << events.error().message;
    for (const StoredEvent& event : *events) {
      const Payload payload = decode_payload(event).value();
      organisations += std::holds_alternative<OrganisationRegistered>(payload) ? 1 : 0;
      for (const WordRef& ref : words_of(payload)) {
        if (!ref.is_given()) continue;
        const auto word = node.vault().get(ref.id);
        ASSERT_TRUE(word) << word.error().message;
        EXPECT_NE(word->state, WordState::kNotHere) << "a commit without its word at " << event.envelope.position.value;
        if (!word->content) continue;
        EXPECT_EQ(commit_to_word(word->content->salt, ref.id, word->content->text), ref.commitment);
      }
    }
    EXPECT_GE(organisations, promised.organisations.size());
  }

  int refused_ = 0;
};

TEST_P(FaultSweep, Nothing_acknowledged_is_lost_and_nothing_is_there_by_half) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  if (const char* one = std::getenv("CIVICLOG_FAULT"); one != nullptr) {
    const std::string text = one;
    if (text.starts_with(std::to_string(static_cast<int>(GetParam())) + ":")) live_and_check(std::stoull(text.substr(text.find(':') + 1)), nullptr);
    return;
  }
  uint64_t calls = 0;
  {
    ScratchDirectory scratch;
    FaultyDisk disk(scratch.path() / "aside");
    disk.plan(GetParam(), UINT64_MAX);
    Life life(scratch.path() / "data", disk);
    life.live();
    ASSERT_TRUE(life.promised.closed) << life.failure;
    calls = disk.calls(GetParam());
  }
  const bool all = std::getenv("CIVICLOG_ALL_FAULTS") != nullptr;
  const uint64_t step = all ? 1 : std::max<uint64_t>(1, calls / kCallsPerKind);
  uint64_t runs = 0;
  for (uint64_t number = 1 + random() % step; number <= calls; number += step, ++runs) {
    // Of every second power cut, a random part survives.
    live_and_check(number, runs % 2 == 1 ? &random : nullptr);
    if (HasFailure() && !all) break;
  }
  RecordProperty("calls", static_cast<int>(calls));
  fmt::print("{}: {} calls, {} runs, {} refused to start\n", name_of(GetParam()), calls, runs, refused_);
}

TEST(FaultSentences, A_log_whose_disk_lied_is_refused_by_its_head_and_accepting_what_is_left_goes_on) {
  ScratchDirectory scratch;
  FaultyDisk disk(scratch.path() / "aside");
  InstallationOptions options;
  options.disk = {disk.env(), &disk.file_calls()};
  const DataDirectory data = DataDirectory::create(scratch.path() / "data", options.disk).value();
  const auto organisation = [](const std::string& slug) {
    return CommandRequest{command_id_of("sweep", slug), issued_by_system(), RegisterOrganisation{slug, "A city"}, {}, {}};
  };
  disk.plan(FaultKind::kLyingSync, 1, [](const std::string& path) { return path.find("/log/") != std::string::npos && path.ends_with(".log"); });
  {
    const auto owner = std::move(Installation::open(data, options).value());
    for (const char* slug : {"city", "town"}) ASSERT_TRUE(owner->commands().submit_and_wait(organisation(slug)));
  }
  ASSERT_NE(disk.fired(), "");
  disk.power_loss();
  const auto refused = Installation::open(data);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "lost_tail");
  for (const char* part : {"ends at position 0", "up to 2 were acknowledged", "restore the log from its backup", "accept-head"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
  const auto accepted = accept_present_head(data);
  ASSERT_TRUE(accepted) << accepted.error().message;
  EXPECT_EQ(accepted->head, Position{0});
  EXPECT_EQ(accepted->acknowledged, Position{2});
  const auto again = Installation::open(data);
  ASSERT_TRUE(again) << again.error().message;
  for (const char* slug : {"city", "town"}) {
    const auto done = (*again)->commands().submit_and_wait(organisation(slug));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_FALSE(done->repeated);
  }
  EXPECT_TRUE((*again)->catch_up());
}

INSTANTIATE_TEST_SUITE_P(Kinds, FaultSweep, testing::ValuesIn(kFaultKinds), [](const auto& tested) {
  std::string name = name_of(tested.param);
  std::ranges::replace(name, ' ', '_');
  return name;
});

}  // namespace
}  // namespace civiclog
