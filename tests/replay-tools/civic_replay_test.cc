#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "installation/installation.h"
#include "tests/log/raw_store.h"
#include "tests/replay-tools/civic_replay_fixture.h"

// What the verbs find out about a record, sound or spoiled.

namespace civiclog {
namespace {

// Puts another payload behind the event's envelope, with a right checksum.
void replace_payload(const fs::path& data, const std::string& type, const std::function<void(Payload&)>& change) {
  std::string key, value;
  {
    const auto log = std::move(RocksLog::open(data / "log").value());
    const std::vector<StoredEvent> events = std::move(log->read({}, kMaxReadBatch).value());
    for (const StoredEvent& event : events) {
      if (event.envelope.type != type) continue;
      Payload payload = decode_payload(event).value();
      change(payload);
      key = ByteWriter().be64(event.envelope.position.value).take();
      value = encode_event(event.envelope, encode_payload(payload).bytes).bytes;
      break;
    }
  }
  ASSERT_FALSE(key.empty()) << "no event of type " << type;
  RawStore store(data / "log");
  store.put("events", key, value);
  store.flush();
}

// The contribution in the example's tram topic with most votes.
ContributionId most_voted(const fs::path& data) {
  const boost::json::value counted = boost::json::parse(run("tally --topic tram --format json --data " + data.string()).out);
  ContributionId found;
  int64_t most = 0;
  for (const auto& row : counted.at("contributions").as_array()) {
    const int64_t agree = row.at("tally").at("agree").to_number<int64_t>();
    if (agree <= most) continue;
    most = agree;
    found = {*parse_uuid(std::string_view(row.at("id").as_string()))};
  }
  return found;
}

TEST(CivicReplay, A_sound_record_verifies_compares_and_says_so_in_json_too) {
  const Ran verified = read("verify --json");
  EXPECT_EQ(verified.status, 0) << verified.out;
  EXPECT_EQ(boost::json::parse(verified.out).at("verdict").as_string(), "holds");
  const Ran compared = read("compare --json");
  EXPECT_EQ(compared.status, 0) << compared.out;
  EXPECT_TRUE(boost::json::parse(compared.out).at("equal").as_bool());
}

TEST(CivicReplay, Tally_gives_the_same_numbers_in_every_format_and_those_of_then) {
  const boost::json::value json = boost::json::parse(read("tally --topic tram --format json").out);
  const std::string csv = read("tally --topic tram --format csv").out;
  const auto& rows = json.at("contributions").as_array();
  EXPECT_EQ(csv.substr(0, csv.find('\n')), "source_id,agree,disagree,pass");
  EXPECT_EQ(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), rows.size() + 1) << "every statement, also with zeros";
  int64_t votes = 0;
  for (const auto& row : rows) {
    for (const char* choice : {"agree", "disagree", "pass"}) votes += row.at("tally").at(choice).to_number<int64_t>();
  }
  EXPECT_EQ(votes, json.at("votes").to_number<int64_t>());
  EXPECT_GT(votes, 0);
  const boost::json::value before = boost::json::parse(read("tally --topic tram --format json --as-of 2026-09-08T12:00:00Z").out);
  EXPECT_EQ(before.at("votes").to_number<int64_t>(), 0) << "before the box opened";
  EXPECT_GT(before.at("contributions").as_array().size(), 0u);
}

TEST(CivicReplay, Log_filters_by_topic_type_actor_time_and_limit) {
  const Ran newest = read("log --limit 3 --format json");
  std::istringstream lines(newest.out);
  int64_t last = INT64_MAX;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const int64_t position = boost::json::parse(line).at("position").to_number<int64_t>();
    EXPECT_LT(position, last) << "newest first";
    last = position;
  }
  EXPECT_EQ(count, 3);
  const std::string extended = read("log --type phase-extended --words").out;
  EXPECT_NE(extended.find("three days late"), std::string::npos) << extended;
  EXPECT_EQ(std::count(extended.begin(), extended.end(), '\n'), 1);
  const std::string hex = read("log --format hex").out;
  EXPECT_TRUE(hex.starts_with("1 43564c47")) << hex.substr(0, 20);
  EXPECT_TRUE(read("log --topic library-hours --until 5").out.empty());
  EXPECT_NE(read("log --actor system --limit 1").out.find("system"), std::string::npos);
  EXPECT_EQ(read("log --type no-such-type").status, 2);
}

TEST(CivicReplay, Show_has_envelope_payload_and_neighbours) {
  const boost::json::value shown = boost::json::parse(read("show 1 --json").out);
  EXPECT_EQ(shown.at("type").as_string(), "organisation-registered");
  EXPECT_TRUE(shown.at("stream_previous").is_null());
  EXPECT_FALSE(shown.at("stream_next").is_null());
  EXPECT_NE(read("show 1").out.find("Port Amity"), std::string::npos);
}

TEST_F(CivicReplayTest, Damage_is_status_1_and_names_the_event) {
  const fs::path data = copy();
  {
    RawStore store(data / "log");
    const std::string key = ByteWriter().be64(100).take();
    std::string bytes = store.get("events", key).value();
    bytes[50] = static_cast<char>(bytes[50] ^ 1);
    store.put("events", key, bytes);
    store.flush();
  }
  const Ran ran = run("verify --data " + data.string());
  EXPECT_EQ(ran.status, 1) << ran.out;
  EXPECT_NE(ran.out.find("100"), std::string::npos) << ran.out;
}

TEST_F(CivicReplayTest, A_changed_word_commitment_with_a_right_checksum_is_evidence_of_tampering) {
  const fs::path data = copy();
  replace_payload(data, "topic-launched", [](Payload& payload) { std::get<TopicLaunched>(payload).title.commitment[0] ^= 1; });
  const Ran ran = run("verify --data " + data.string());
  EXPECT_EQ(ran.status, 3) << ran.out;
}

TEST_F(CivicReplayTest, A_last_event_that_is_not_the_one_acknowledged_is_evidence_of_tampering_in_json_too) {
  const fs::path data = copy();
  std::string key, value;
  {
    const auto log = std::move(RocksLog::open(data / "log").value());
    const StoredEvent last = read_one(*log, log->head()).value();
    Envelope envelope = last.envelope;
    envelope.body_digest[0] ^= 1;
    key = ByteWriter().be64(envelope.position.value).take();
    value = encode_event(envelope, last.payload()).bytes;
  }
  {
    RawStore store(data / "log");
    store.put("events", key, value);
    store.flush();
  }
  const Ran ran = run("verify --json --data " + data.string());
  EXPECT_EQ(ran.status, 3) << ran.out;
  EXPECT_EQ(boost::json::parse(ran.out).at("verdict").as_string(), "tampered") << ran.out;
}

TEST_F(CivicReplayTest, A_changed_row_is_named_by_compare_and_mended_by_rebuild) {
  const fs::path data = copy();
  {
    RawStore store(data / "views");
    const std::string key = "T" + std::string(view(most_voted(data).uuid.bytes));
    std::string row = store.get("contributions.1.1.latest", key).value();
    row[0] = static_cast<char>(row[0] + 1);
    store.put("contributions.1.1.latest", key, row);
    store.flush();
  }
  const Ran compared = run("compare --data " + data.string());
  EXPECT_EQ(compared.status, 1) << compared.out;
  EXPECT_NE(compared.out.find("DIFFERS at key 54"), std::string::npos) << compared.out;
  EXPECT_NE(compared.out.find("agree "), std::string::npos) << compared.out;
  EXPECT_EQ(run("rebuild --projection contributions --data " + data.string()).status, 0);
  const Ran again = run("compare --data " + data.string());
  EXPECT_EQ(again.status, 0) << again.out;
}

TEST_F(CivicReplayTest, A_row_that_cannot_be_read_stops_its_read_model_and_rebuild_is_the_way_out) {
  const fs::path data = copy();
  {
    RawStore store(data / "views");
    store.put("contributions.1.1.latest", "T" + std::string(view(most_voted(data).uuid.bytes)), "?");
    store.flush();
  }
  EXPECT_EQ(run("compare --data " + data.string()).status, 1);
  EXPECT_EQ(run("rebuild --data " + data.string()).status, 0);
  EXPECT_EQ(run("compare --data " + data.string()).status, 0);
}

TEST_F(CivicReplayTest, Read_models_ahead_of_the_log_are_told_of_and_dropped_by_rebuild) {
  const fs::path data = copy();
  {
    const auto owner = std::move(Installation::open(DataDirectory::find(data).value()).value());
    ASSERT_TRUE(owner->commands().submit_and_wait(
        {command_id_of("t", "one"), issued_by_system(), RegisterOrganisation{"one", "One"}, {}, {}}));
    ASSERT_TRUE(owner->catch_up());
  }
  fs::remove_all(data / "log");
  fs::copy(example() / "log", data / "log", fs::copy_options::recursive);
  EXPECT_EQ(run("verify --data " + data.string()).status, 1);
  const Ran compared = run("compare --data " + data.string());
  EXPECT_EQ(compared.status, 1) << "what is not compared is not equal: " << compared.out;
  EXPECT_NE(compared.out.find("not compared"), std::string::npos) << compared.out;
  EXPECT_EQ(run("tally --topic tram --data " + data.string()).status, 0) << "the auditor's count needs no read model";
  EXPECT_EQ(run("rebuild --projection topics --data " + data.string()).status, 0);
  EXPECT_EQ(run("compare --data " + data.string()).status, 0);
}

TEST(CivicReplay, Output_that_cannot_be_written_is_status_1_and_one_sentence) {
  // The pipe is what standard error gets.
  for (const char* verb : {"log --format hex", "tally --topic tram"}) {
    const Ran ran = run(std::string(verb) + " --data " + example().string() + " 3>&1 >/dev/full 2>&3 3>&-; exit $?; :");
    EXPECT_EQ(ran.status, 1) << ran.out;
    EXPECT_NE(ran.out.find("could not be written"), std::string::npos) << ran.out;
  }
  EXPECT_EQ(run("tally --topic tram --data " + example().string() + " >/dev/full").status, 1) << "with standard error full too";
}

TEST_F(CivicReplayTest, A_vote_turned_round_is_found_by_compare) {
  const fs::path data = copy();
  replace_payload(data, "ballot-cast", [](Payload& payload) {
    Choice& choice = std::get<BallotCast>(payload).choice;
    choice = choice == Choice::kAgree ? Choice::kDisagree : Choice::kAgree;
  });
  const Ran compared = run("compare --data " + data.string());
  EXPECT_EQ(compared.status, 1) << compared.out;
  EXPECT_NE(compared.out.find("DIFFERS"), std::string::npos) << compared.out;
}

TEST_F(CivicReplayTest, A_lost_vault_word_is_status_1) {
  const fs::path data = copy();
  fs::remove_all(data / "vault");
  const auto log = DataDirectory::find(data).value().log();
  ASSERT_TRUE(Vault::create(data / "vault", log));
  EXPECT_EQ(run("verify --data " + data.string()).status, 1);
}

TEST_F(CivicReplayTest, Rebuild_makes_read_models_from_nothing) {
  const fs::path data = copy();
  fs::remove_all(data / "views");
  EXPECT_EQ(run("rebuild --data " + data.string() + " --json").status, 0);
  EXPECT_EQ(run("compare --data " + data.string()).status, 0);
  EXPECT_EQ(run("rebuild --projection nothing --data " + data.string()).status, 2);
  EXPECT_EQ(run("rebuild --projection topics --data " + data.string()).status, 0);
}

TEST_F(CivicReplayTest, Beside_a_running_owner_reading_works_and_rebuilding_says_to_stop_it) {
  const fs::path data = copy();
  const auto owner = std::move(Installation::open(DataDirectory::find(data).value()).value());
  owner->start_following();
  for (const char* verb : {"tally --topic tram", "log --limit 1", "show 1", "verify", "compare"}) {
    const Ran ran = run(std::string(verb) + " --data " + data.string());
    EXPECT_EQ(ran.status, 0) << verb << ": " << ran.out;
  }
  const Ran rebuild = run("rebuild --data " + data.string());
  EXPECT_EQ(rebuild.status, 1);
  EXPECT_NE(rebuild.out.find("stop civicd"), std::string::npos) << rebuild.out;
}

TEST_F(CivicReplayTest, Init_makes_an_empty_record_that_verifies_and_is_not_made_twice) {
  const std::string data = (scratch_.path() / "empty").string();
  EXPECT_EQ(run("init --data " + data).status, 0);
  EXPECT_EQ(run("verify --data " + data).status, 0);
  EXPECT_EQ(run("compare --data " + data).status, 0);
  EXPECT_EQ(run("init --data " + data).status, 1);
}

}  // namespace
}  // namespace civiclog
