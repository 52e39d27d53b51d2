#include <random>
#include <span>
#include <unordered_map>

#include "base/check.h"
#include "bench/measure.h"
#include "bench/write_load.h"
#include "events/payload_codec.h"
#include "events/rocks_log.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

constexpr size_t kVoters = 10'000;
constexpr size_t kTopics = 50;
constexpr size_t kContributionsOfTopic = 20;

Uuid random_id() { return make_uuid_v4(random_array<16>()); }

struct Box {
  TopicId topic{random_id()};
  BoxId box{random_id()};
  std::vector<ContributionId> contributions;
};

// What the command handler sends for votes, without the handler: each a commit of one ballot-cast, with a check of every stream
// that its decision rests on. Which version a voter's stream has is known beforehand, because commits come in the order sent.
class AppendBench {
 public:
  AppendBench() {
    Result<std::unique_ptr<RocksLog>> log = RocksLog::create(scratch_.path() / "log", LogId{random_id()});
    CHECK(log.has_value());
    log_ = std::move(*log);
    std::vector<StreamId> streams = {stream_of(organisation_)};
    for (ParticipantId& voter : voters_) streams.push_back(stream_of(voter = ParticipantId{random_id()}));
    for (Box& box : boxes_) {
      streams.push_back(stream_of(box.topic));
      for (size_t i = 0; i < kContributionsOfTopic; ++i) {
        streams.push_back(stream_of(box.contributions.emplace_back(ContributionId{random_id()})));
      }
    }
    begin(streams);
  }

  // Hot: voters one after the other, in one box. Spread: voters and boxes as they come.
  Send prepare(Shape shape, size_t total) {
    requests_.clear();
    for (size_t i = 0; i < total; ++i) {
      const Box& box = shape == Shape::kHot ? boxes_.front() : boxes_[1 + random_() % (kTopics - 1)];
      const size_t voter = shape == Shape::kHot ? i % kVoters : random_() % kVoters;
      requests_.push_back(vote(box, voter));
    }
    return [this](size_t number, Answered answered) {
      log_->append(std::move(requests_[number]), [answered = std::move(answered)](const Result<Appended>& appended) {
        CHECK(appended.has_value() && !appended->repeated);
        answered();
      });
    };
  }

 private:
  void begin(std::span<const StreamId> streams) {
    const EncodedPayload joined = encode_payload(ParticipantJoined{});
    while (!streams.empty()) {
      AppendRequest request{CommandId{random_id()}, {}, {}, {}, {}};
      for (; !streams.empty() && request.events.size() < kMaxEventsPerCommit; streams = streams.subspan(1)) {
        request.events.push_back({streams.front(), joined.type, joined.schema, joined.bytes, acting_system(), {}});
      }
      CHECK(append_and_wait(*log_, std::move(request)).has_value());
    }
  }

  AppendRequest vote(const Box& box, size_t voter) {
    const ContributionId contribution = box.contributions[random_() % kContributionsOfTopic];
    const Tag tag{make_imported_uuid("tag", box.box.text(), std::to_string(voter))};
    const StreamId ballot = stream_of(box.box, tag);
    EncodedPayload cast = encode_payload(BallotCast{box.topic, contribution, 1, static_cast<Choice>(1 + random_() % 3)});
    Version& version = ballots_[ballot];
    AppendRequest request{CommandId{random_id()}, random_array<32>(), {}, {}, {}};
    const Version begun = kNone.next();
    request.checks = {{stream_of(contribution), begun}, {stream_of(voters_[voter]), begun}, {stream_of(box.topic), begun},
                      {stream_of(organisation_), begun}, {ballot, version}};
    request.events.push_back({ballot, std::move(cast.type), cast.schema, std::move(cast.bytes), acting_tag(tag), {}});
    version = version.next();
    return request;
  }

  std::mt19937 random_{1};
  const OrganisationId organisation_{random_id()};
  std::vector<ParticipantId> voters_{kVoters};
  std::vector<Box> boxes_{kTopics};
  ScratchDirectory scratch_;
  std::unique_ptr<RocksLog> log_;
  std::unordered_map<StreamId, Version, StreamIdHash> ballots_;
  std::vector<AppendRequest> requests_;
};

}  // namespace

void measure_append(Bench& bench) {
  AppendBench append;
  measure_write_load(bench, [&](Shape shape, size_t total) { return append.prepare(shape, total); });
}

}  // namespace civiclog
