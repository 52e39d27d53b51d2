#include "commands/command_handler.h"

#include <atomic>
#include <future>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "commands/word_keeping.h"
#include "events/payload_codec.h"
#include "tests/commands/gated_log.h"
#include "tests/support/memory_log.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

class CommandHandlerTest : public testing::Test {
 protected:
  CommandHandlerTest()
      : vault_(std::move(Vault::create(scratch_.path() / "vault", log_.id()).value())),
        handler_(std::make_unique<CommandHandler>(gate_, *vault_, system_now)) {}

  static CommandId next_id() { return command_id_of("test", std::to_string(++ids_)); }
  CommandRequest request(Issuer issuer, Command command, CommandId id = next_id()) {
    return {id, issuer, std::move(command), {}, {}};
  }
  Result<Appended> ask(Issuer issuer, Command command) { return handler_->submit_and_wait(request(issuer, std::move(command))); }
  void must(Issuer issuer, Command command) {
    const Result<Appended> result = ask(issuer, std::move(command));
    ASSERT_TRUE(result) << result.error().rule << ": " << result.error().message;
  }
  std::future<Result<Appended>> start(Issuer issuer, Command command, CommandId id = next_id()) {
    auto promise = std::make_shared<std::promise<Result<Appended>>>();
    handler_->submit(request(issuer, std::move(command), id), [promise](Result<Appended> r) { promise->set_value(std::move(r)); });
    return promise->get_future();
  }
  ParticipantId join(uint8_t n) {
    const ParticipantId id{Uuid{{1, n}}};
    must(issued_by_system(), Join{id, ""});
    must(issued_by_system(), VerifyParticipant{id, "eid", "person " + std::to_string(n)});
    return id;
  }
  void open_topic(Secrecy secrecy = Secrecy::kPseudonymous) {
    must(issued_by_system(), RegisterOrganisation{"city", "City"});
    must(issued_by_system(), LaunchTopic{city_, "tram", "Tram", "Where to?", ""});
    must(issued_by_system(), SetRules{topic_, {secrecy, false, {ContributionKind::kOpinion}}, {}});
    must(issued_by_system(), DefinePhases{topic_, {{PhaseKind::kVote, {true, true, true}, {0}, {1}}}});
    must(issued_by_system(), OpenPhase{topic_, 0, {}});
  }
  void submit_idea(ParticipantId author, ContributionId id) {
    must(issued_by(author), SubmitContribution{id, topic_, ContributionKind::kOpinion, "Bench", "At every stop", {}, ""});
  }
  std::vector<Payload> payloads() const {
    std::vector<Payload> out;
    const auto events = log_.read({}, kMaxReadBatch);
    for (const StoredEvent& event : *events) out.push_back(decode_payload(event).value());
    return out;
  }

  inline static std::atomic<uint64_t> ids_{0};
  const OrganisationId city_ = organisation_id_of("city");
  const TopicId topic_ = topic_id_of("tram");
  const ContributionId idea_{Uuid{{2, 1}}};
  ScratchDirectory scratch_;
  MemoryLog log_{LogId{make_uuid_v4(random_array<16>())}};
  GatedLog gate_{log_};
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<CommandHandler> handler_;
};

TEST_F(CommandHandlerTest, The_same_command_again_gets_the_first_answer_and_writes_nothing) {
  const CommandId id = next_id();
  const Result<Appended> first = handler_->submit_and_wait(request(issued_by_system(), RegisterOrganisation{"city", "City"}, id));
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->repeated);
  const Result<Appended> again = handler_->submit_and_wait(request(issued_by_system(), RegisterOrganisation{"city", "City"}, id));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->first, first->first);
  EXPECT_EQ(log_.head(), first->last);
}

TEST_F(CommandHandlerTest, The_same_id_with_another_body_or_issuer_is_refused) {
  const CommandId id = next_id();
  ASSERT_TRUE(handler_->submit_and_wait(request(issued_by_system(), RegisterOrganisation{"city", "City"}, id)));
  const auto other = handler_->submit_and_wait(request(issued_by_system(), RegisterOrganisation{"city", "Town"}, id));
  EXPECT_EQ(other.error().code, ErrorCode::kCommandReused);
  const auto stranger = handler_->submit_and_wait(request(issued_by({Uuid{{1}}}), RegisterOrganisation{"city", "City"}, id));
  EXPECT_EQ(stranger.error().code, ErrorCode::kCommandReused);
}

TEST_F(CommandHandlerTest, A_rejection_is_not_remembered) {
  open_topic();
  const ParticipantId ana = join(1);
  const CommandId id = next_id();
  EXPECT_FALSE(handler_->submit_and_wait(request(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree}, id)));
  submit_idea(ana, idea_);
  EXPECT_TRUE(handler_->submit_and_wait(request(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree}, id)));
}

TEST_F(CommandHandlerTest, Two_of_the_same_command_at_once_write_one_commit) {
  open_topic();
  const ParticipantId ana = join(1);
  submit_idea(ana, idea_);
  const Position before = log_.head();
  gate_.close();
  const CommandId id = next_id();
  auto first = start(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree}, id);
  auto second = start(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree}, id);
  auto other = start(issued_by(ana), CastBallot{idea_, 1, Choice::kDisagree}, id);
  EXPECT_EQ(other.get().error().code, ErrorCode::kCommandReused);
  gate_.open();
  const Result<Appended> a = first.get(), b = second.get();
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->first, b->first);
  EXPECT_TRUE(b->repeated);
  EXPECT_EQ(log_.head(), before.next());
}

TEST_F(CommandHandlerTest, Hundreds_of_commands_on_one_stream_are_under_way_at_once_and_each_stands_on_the_one_before) {
  open_topic();
  const ParticipantId ana = join(1);
  submit_idea(ana, idea_);
  gate_.close();
  std::vector<std::future<Result<Appended>>> answers;
  const Choice turns[] = {Choice::kAgree, Choice::kAgree, Choice::kDisagree, Choice::kPass};
  for (size_t i = 0; i < 400; ++i) answers.push_back(start(issued_by(ana), CastBallot{idea_, 1, turns[i % 4]}));
  while (gate_.held() < 400) std::this_thread::yield();
  gate_.open();
  for (auto& answer : answers) ASSERT_TRUE(answer.get());
  size_t cast = 0, changed = 0, reaffirmed = 0;
  std::optional<Choice> current;
  for (const Payload& payload : payloads()) {
    if (const auto* first = std::get_if<BallotCast>(&payload)) {
      ++cast;
      current = first->choice;
    } else if (const auto* same = std::get_if<BallotReaffirmed>(&payload)) {
      ++reaffirmed;
      EXPECT_EQ(same->choice, *current);
    } else if (const auto* change = std::get_if<BallotChanged>(&payload)) {
      ++changed;
      EXPECT_EQ(change->previous, *current);
      current = change->choice;
    }
  }
  EXPECT_EQ(cast, 1u);
  EXPECT_EQ(reaffirmed, 100u);
  EXPECT_EQ(changed, 299u);
}

TEST_F(CommandHandlerTest, A_rejection_that_rests_on_events_under_way_waits_for_them_and_is_decided_anew_when_they_fail) {
  open_topic();
  const ParticipantId ana = join(1), ben = join(2);
  submit_idea(ben, idea_);
  gate_.close();
  auto withdrawal = start(issued_by(ben), WithdrawContribution{idea_, {}});
  auto vote = start(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree});
  while (gate_.held() < 1) std::this_thread::yield();
  EXPECT_EQ(vote.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  gate_.fail_held({ErrorCode::kUnavailable, "the disk is full", "log_stopped"});
  EXPECT_EQ(withdrawal.get().error().code, ErrorCode::kUnavailable);
  const Result<Appended> voted = vote.get();
  EXPECT_TRUE(voted) << voted.error().message;
}

TEST_F(CommandHandlerTest, An_unknown_outcome_is_told_and_a_retry_finds_out) {
  open_topic();
  const ParticipantId ana = join(1);
  submit_idea(ana, idea_);
  gate_.close();
  const CommandId id = next_id();
  auto vote = start(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree}, id);
  while (gate_.held() < 1) std::this_thread::yield();
  gate_.fail_held({ErrorCode::kOutcomeUnknown, "the flush timed out", "outcome_unknown"});
  EXPECT_EQ(vote.get().error().code, ErrorCode::kOutcomeUnknown);
  EXPECT_TRUE(start(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree}, id).get());
}

TEST_F(CommandHandlerTest, A_log_that_moved_on_without_the_handler_is_read_again) {
  open_topic();
  const ParticipantId ana = join(1);
  submit_idea(ana, idea_);
  AppendRequest foreign;
  foreign.command = next_id();
  const EncodedPayload revised = encode_payload(ContributionRevised{topic_, 2, false, {}, {}});
  foreign.events = {{stream_of(idea_), revised.type, revised.schema, revised.bytes, acting_system(), {}}};
  ASSERT_TRUE(append_and_wait(log_, foreign));
  const Result<Appended> stale = ask(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree});
  EXPECT_EQ(stale.error().rule, "version_conflict") << "decided again on version 2";
  EXPECT_TRUE(ask(issued_by(ana), CastBallot{idea_, 2, Choice::kAgree}));
}

// Voters and a moderator race on several threads; whatever the order in the log turns out to be, no vote stands behind the hide.
TEST_F(CommandHandlerTest, When_hide_and_vote_race_no_vote_stands_after_the_hide) {
  open_topic();
  std::vector<ParticipantId> voters;
  for (uint8_t n = 1; n <= 8; ++n) voters.push_back(join(n));
  const ParticipantId author = join(50);
  for (uint8_t round = 0; round < 20; ++round) {
    const ContributionId idea{Uuid{{3, round}}};
    submit_idea(author, idea);
    std::vector<std::jthread> threads;
    for (const ParticipantId voter : voters) {
      threads.emplace_back([&, voter] { (void)ask(issued_by(voter), CastBallot{idea, 1, Choice::kAgree}); });
    }
    threads.emplace_back([&] {
      EXPECT_TRUE(ask(issued_by_system(), DecideModeration{{Uuid{{4, round}}}, {topic_, idea, {}}, ModerationAction::kHide,
                                                           Ground::kSpam, "An advertisement.", "house-rules/1", false}));
    });
  }
  std::set<ContributionId> hidden;
  const auto events = log_.read({}, kMaxReadBatch);
  for (const StoredEvent& event : *events) {
    const Payload payload = decode_payload(event).value();
    if (std::holds_alternative<ContributionModerated>(payload)) hidden.insert({event.envelope.stream.id});
    const auto* cast = std::get_if<BallotCast>(&payload);
    EXPECT_TRUE(cast == nullptr || !hidden.contains(cast->contribution));
  }
  EXPECT_EQ(hidden.size(), 20u);
}

TEST_F(CommandHandlerTest, Every_word_of_a_commit_is_in_the_vault_under_its_commitment) {
  open_topic();
  submit_idea(join(1), idea_);
  size_t words = 0;
  for (const Payload& payload : payloads()) {
    for (const WordRef& ref : words_of(payload)) {
      const Result<WordLookup> found = vault_->get(ref.id);
      ASSERT_TRUE(found);
      ASSERT_EQ(found->state, WordState::kPresent);
      EXPECT_EQ(commit_to_word(found->content->salt, ref.id, found->content->text), ref.commitment);
      ++words;
    }
  }
  EXPECT_EQ(words, 6u) << "organisation name, topic title and summary, identity, idea title and body";
}

TEST_F(CommandHandlerTest, A_rejected_or_failed_command_leaves_no_word_behind) {
  open_topic();
  const ParticipantId ana = join(1);
  EXPECT_FALSE(ask(issued_by(ana), SubmitContribution{idea_, topic_, ContributionKind::kPolicy, "t", "b", {}, ""}));
  gate_.close();
  auto failing = start(issued_by(ana), SubmitContribution{idea_, topic_, ContributionKind::kOpinion, "t", "lost body", {}, ""});
  while (gate_.held() < 1) std::this_thread::yield();
  gate_.fail_held({ErrorCode::kUnavailable, "stopped", "log_stopped"});
  EXPECT_FALSE(failing.get());
  size_t present = 0;
  ASSERT_TRUE(vault_->for_each_word([&](WordId, const WordLookup&) { return ++present, Status{}; }));
  size_t mentioned = 0;
  for (const Payload& payload : payloads()) mentioned += words_of(payload).size();
  EXPECT_EQ(present, mentioned);
}

TEST_F(CommandHandlerTest, A_bad_text_is_refused_before_anything_is_decided) {
  open_topic();
  const Position before = log_.head();
  const Result<Appended> bad = ask(issued_by_system(), RegisterOrganisation{"town", std::string("a\tb")});
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(log_.head(), before);
}

TEST_F(CommandHandlerTest, Texts_are_normalised_but_those_of_a_source_are_kept) {
  ASSERT_TRUE(handler_->submit_and_wait(request(issued_by_system(), RegisterOrganisation{"a", "Cafe\xCC\x81"})));
  ASSERT_TRUE(handler_->submit_and_wait(request(issued_by_system(), RegisterOrganisation{"b", "Cafe\xCC\x81\t"}), true));
  std::vector<std::string> names;
  for (const Payload& payload : payloads()) names.push_back(vault_->get(words_of(payload).at(0).id)->content->text);
  EXPECT_EQ(names, (std::vector<std::string>{"Caf\xC3\xA9", "Cafe\xCC\x81\t"}));
}

TEST_F(CommandHandlerTest, The_same_person_has_the_same_tag_after_deleting_and_making_the_account_again) {
  open_topic();
  const ParticipantId first = join(1);
  submit_idea(join(2), idea_);
  must(issued_by(first), CastBallot{idea_, 1, Choice::kAgree});
  const ParticipantId second{Uuid{{1, 99}}};
  must(issued_by_system(), Join{second, ""});
  must(issued_by_system(), VerifyParticipant{second, "eid", "person 1"});
  must(issued_by(second), CastBallot{idea_, 1, Choice::kDisagree});
  EXPECT_TRUE(std::holds_alternative<BallotChanged>(payloads().back())) << "one person, one choice";
}

TEST_F(CommandHandlerTest, A_vote_decided_in_the_batch_that_verified_its_voter_finds_the_identity) {
  open_topic();
  submit_idea(join(1), idea_);
  const ParticipantId fresh{Uuid{{1, 60}}};
  for (int round = 0; round < 2; ++round) {
    auto joined = start(issued_by_system(), Join{fresh, ""});
    auto verified = start(issued_by_system(), VerifyParticipant{fresh, "eid", "person 60"});
    auto voted = start(issued_by(fresh), CastBallot{idea_, 1, Choice::kAgree});
    EXPECT_EQ(static_cast<bool>(joined.get()), round == 0);
    EXPECT_EQ(static_cast<bool>(verified.get()), round == 0);
    EXPECT_TRUE(voted.get());
  }
}

TEST_F(CommandHandlerTest, A_box_key_that_is_not_the_one_of_the_opening_lets_nobody_vote) {
  open_topic();
  const ParticipantId ana = join(1);
  submit_idea(ana, idea_);
  BoxId box;
  for (const Payload& payload : payloads()) {
    if (const auto* opened = std::get_if<BoxOpened>(&payload)) box = opened->box;
  }
  ASSERT_TRUE(vault_->destroy_box_key(box));
  EXPECT_EQ(ask(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree}).error().code, ErrorCode::kIncompatible);
}

TEST_F(CommandHandlerTest, Erased_words_are_erased_here_when_the_log_says_so_and_no_count_changes) {
  open_topic();
  const ParticipantId ana = join(1);
  submit_idea(ana, idea_);
  must(issued_by(ana), CastBallot{idea_, 1, Choice::kAgree});
  const Position before = log_.head();
  must(issued_by(ana), EraseWords{ana.uuid, {}, ana.uuid, false, ErasureReason::kSubjectRequest});
  ASSERT_TRUE(apply_erasures(log_, *vault_));
  EXPECT_EQ(vault_->erasures_applied(), log_.head());
  for (const Payload& payload : payloads()) {
    if (const auto* idea = std::get_if<ContributionSubmitted>(&payload)) {
      EXPECT_EQ(vault_->get(idea->body.id)->state, WordState::kErased);
    }
  }
  EXPECT_EQ(log_.head(), before.next()) << "one event, and nothing about ballots";
  ASSERT_TRUE(apply_erasures(log_, *vault_)) << "again changes nothing";
}

TEST_F(CommandHandlerTest, Following_erasures_ends_early_when_asked_to_stop_and_goes_on_later) {
  join(1);
  std::stop_source stop;
  stop.request_stop();
  const Position before = vault_->erasures_applied();
  ASSERT_LT(before, log_.head());
  ASSERT_TRUE(apply_erasures(log_, *vault_, stop.get_token()));
  EXPECT_EQ(vault_->erasures_applied(), before);
  ASSERT_TRUE(apply_erasures(log_, *vault_));
  EXPECT_EQ(vault_->erasures_applied(), log_.head());
}

TEST_F(CommandHandlerTest, Words_without_a_commit_are_collected_and_those_with_one_are_kept) {
  open_topic();
  submit_idea(join(1), idea_);
  const Word orphan{{Uuid{{7}}}, city_.uuid, random_array<32>(), "never committed", next_id()};
  ASSERT_TRUE(vault_->put({&orphan, 1}, system_now()));
  const Result<Collected> young = collect_orphans(log_, *vault_, system_now());
  ASSERT_TRUE(young);
  EXPECT_EQ(young->removed, 0u);
  const Result<Collected> old = collect_orphans(log_, *vault_, {system_now().ms + kOrphanAgeMs + 1});
  ASSERT_TRUE(old);
  EXPECT_EQ(old->removed, 1u);
  EXPECT_EQ(vault_->get(orphan.id)->state, WordState::kNotHere);
  for (const Payload& payload : payloads()) {
    for (const WordRef& ref : words_of(payload)) EXPECT_EQ(vault_->get(ref.id)->state, WordState::kPresent);
  }
}

TEST_F(CommandHandlerTest, A_clock_that_jumps_forward_makes_no_word_an_orphan) {
  const Word under_way{{Uuid{{7}}}, city_.uuid, random_array<32>(), "its commit is still to come", next_id()};
  ASSERT_TRUE(vault_->put({&under_way, 1}, system_now()));
  std::atomic<int> looks{0};
  WordKeeper keeper(log_, *vault_, [&] {
    ++looks;
    return Timestamp{system_now().ms + (looks > 2 ? 10 * kOrphanAgeMs : 0)};  // Jumps once the keeper has begun.
  }, [](const Error&) {});
  const int before = looks;
  for (int i = 0; i < 200 && looks < before + 3; ++i) {
    join(static_cast<uint8_t>(2 + i));  // Wakes it.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GE(looks, before + 3);
  EXPECT_EQ(vault_->get(under_way.id)->state, WordState::kPresent);
}

TEST_F(CommandHandlerTest, Everything_submitted_is_answered_before_the_handler_ends) {
  open_topic();
  std::vector<std::future<Result<Appended>>> answers;
  for (uint8_t n = 100; n < 200; ++n) answers.push_back(start(issued_by_system(), Join{{Uuid{{1, n}}}, ""}));
  handler_.reset();
  for (auto& answer : answers) EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

}  // namespace
}  // namespace civiclog
