#include "events/commit_stager.h"

#include <map>

#include "tests/log/conformance.h"

namespace civiclog {
namespace {

// A durable state that counts how often it is asked.
struct Durable {
  std::map<StreamId, Version> versions;
  int version_lookups = 0;
  bool is_broken = false;

  CommitStager stager() {
    return {LogId{make_uuid_v4(random_array<16>())}, {}, {0}, [] { return Timestamp{1}; },
            {[this](const StreamId& stream) -> Result<Version> {
               ++version_lookups;
               if (is_broken) return io_error("The disk is broken.");
               const auto found = versions.find(stream);
               return found == versions.end() ? kNone : found->second;
             },
             [](CommandId) -> Result<std::optional<CommandRecord>> { return std::optional<CommandRecord>(); }}};
  }
  void apply(CommitStager& stager) {
    for (const StoredEvent& event : stager.staged()) versions[event.envelope.stream] = event.envelope.stream_version;
    stager.applied();
  }
};

TEST(CommitStager, A_stream_in_use_is_looked_up_once) {
  Durable durable;
  CommitStager stager = durable.stager();
  const StreamId stream = new_stream();
  for (uint64_t version = 0; version < 100; ++version) {
    EXPECT_TRUE(stager.stage(writing_at(stream, {version})).answer.has_value());
    durable.apply(stager);
  }
  EXPECT_EQ(durable.version_lookups, 1);
}

TEST(CommitStager, A_stream_that_was_forgotten_is_looked_up_again) {
  Durable durable;
  CommitStager stager = durable.stager();
  const StreamId old = new_stream();
  EXPECT_TRUE(stager.stage(writing(old)).answer.has_value());
  durable.apply(stager);
  for (size_t written = 0; written <= 2 * VersionCache::kMaxPerGeneration; written += kMaxEventsPerCommit) {
    AppendRequest many = writing(old, kMaxEventsPerCommit, 1);
    for (EventDraft& event : many.events) event.stream = new_stream();
    EXPECT_TRUE(stager.stage(many).answer.has_value());
    durable.apply(stager);
  }
  const int before = durable.version_lookups;
  EXPECT_EQ(stager.stage(writing_at(old, kNone)).answer.error().rule, "version_conflict");
  EXPECT_EQ(durable.version_lookups, before + 1);
  EXPECT_TRUE(stager.stage(writing_at(old, {1})).answer.has_value());
}

TEST(CommitStager, A_failed_lookup_refuses_one_request_and_stages_nothing_of_it) {
  Durable durable;
  CommitStager stager = durable.stager();
  AppendRequest request = writing(new_stream());
  durable.is_broken = true;
  EXPECT_EQ(stager.stage(request).answer.error().code, ErrorCode::kIo);
  EXPECT_TRUE(stager.staged().empty());
  durable.is_broken = false;
  EXPECT_EQ(stager.stage(request).answer.value().first, Position{1});
}

TEST(CommitStager, An_answer_says_whether_it_rests_on_what_is_staged) {
  Durable durable;
  CommitStager stager = durable.stager();
  const StreamId stream = new_stream();
  EXPECT_FALSE(stager.stage(writing_at(stream, {9})).rests_on_staged);
  const AppendRequest request = writing(stream);
  EXPECT_TRUE(stager.stage(request).rests_on_staged);
  EXPECT_TRUE(stager.stage(request).rests_on_staged);
  EXPECT_TRUE(stager.stage(writing_at(stream, {9})).rests_on_staged);
  AppendRequest reused = request;
  reused.body_digest = {};
  EXPECT_TRUE(stager.stage(reused).rests_on_staged);
  durable.apply(stager);
  EXPECT_FALSE(stager.stage(writing_at(stream, {9})).rests_on_staged);
}

}  // namespace
}  // namespace civiclog
