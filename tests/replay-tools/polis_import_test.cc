#include "replay-tools/polis_import.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "installation/installation.h"
#include "projections/contributions.h"
#include "replay-tools/polis_export.h"
#include "replay-tools/polis_writer.h"
#include "tests/replay-tools/polis_fixture.h"
#include "tests/support/real_data.h"
#include "tests/support/scratch_directory.h"

// Real deliberations go in, exact tallies come out. The truth files were computed without any code of ours.

namespace civiclog {
namespace {

namespace fs = std::filesystem;

using Row = std::map<std::string, std::string>;

std::vector<Row> csv_rows(const fs::path& path) {
  auto source = FileSource::open(path);
  EXPECT_TRUE(source) << path;
  CsvReader reader(*source, path.filename().string());
  std::vector<std::string> header;
  std::vector<Row> rows;
  for (auto more = reader.next(); more && *more; more = reader.next()) {
    std::vector<std::string> fields(reader.fields().begin(), reader.fields().end());
    if (header.empty()) {
      header = fields;
      continue;
    }
    Row row;
    for (size_t i = 0; i < header.size(); ++i) row[header[i]] = fields.at(i);
    rows.push_back(std::move(row));
  }
  return rows;
}

struct World {
  ScratchDirectory scratch;
  std::unique_ptr<Installation> installation;

  World() {
    const DataDirectory directory = DataDirectory::create(scratch.path() / "data").value();
    installation = std::move(Installation::open(directory).value());
  }
  Result<PolisImported> import(const fs::path& source, std::optional<std::string> slug = {}) {
    Result<PolisImported> result = import_polis(*installation, {source, std::move(slug), "imported", Secrecy::kOpen}, {});
    if (result) {
      const Status caught_up = installation->catch_up();
      EXPECT_TRUE(caught_up) << caught_up.error().message;
    }
    return result;
  }
  Result<PolisExported> export_to(const std::string& topic, const fs::path& out) {
    return export_polis(installation->log(), installation->vault(), {topic, out, false}, {});
  }
  std::map<std::string, ContributionItem> statements(TopicId topic, std::optional<Position> as_of = {}) {
    const auto queries = installation->views().snapshot().read<ContributionQueries>(as_of).value();
    std::map<std::string, ContributionItem> out;
    PageRequest page{"", kMaxPageItems, false};
    do {
      const auto items = queries.list(topic, page).value();
      for (const ContributionItem& item : items.items) out.emplace(item.row.source_id, item);
      page.after = items.next;
    } while (!page.after.empty());
    return out;
  }
};

std::vector<fs::path> conversations(const fs::path& data) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(data / "polis")) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  EXPECT_FALSE(folders.empty());
  return folders;
}

void expect_tally(const ContributionItem& item, const Row& truth, const std::string& where) {
  EXPECT_EQ(std::to_string(item.tally.agree), truth.at("last_agree")) << where;
  EXPECT_EQ(std::to_string(item.tally.disagree), truth.at("last_disagree")) << where;
  EXPECT_EQ(std::to_string(item.tally.pass), truth.at("last_pass")) << where;
}

void check_statements(const fs::path& folder, World& world, TopicId topic) {
  const auto statements = world.statements(topic);
  const auto truth = csv_rows(folder / "truth_statements.csv");
  ASSERT_EQ(statements.size(), truth.size());
  for (const Row& row : truth) {
    const ContributionItem& item = statements.at(row.at("comment_id"));
    expect_tally(item, row, folder.filename().string() + " statement " + row.at("comment_id"));
    const ItemStatus status = row.at("moderated") == "1"    ? ItemStatus::kPublished
                              : row.at("moderated") == "-1" ? ItemStatus::kRejected
                                                            : ItemStatus::kPending;
    EXPECT_EQ(item.row.status, status);
  }
}

void check_as_of(const fs::path& folder, World& world, TopicId topic) {
  std::map<std::string, std::vector<Row>> by_cutoff;
  for (Row& row : csv_rows(folder / "truth_asof.csv")) by_cutoff[row.at("cutoff_ms")].push_back(row);
  ASSERT_EQ(by_cutoff.size(), 4u);
  for (const auto& [cutoff, rows] : by_cutoff) {
    const Position position = position_at(world.installation->log(), {std::stoll(cutoff)}).value();
    const auto statements = world.statements(topic, position);
    EXPECT_EQ(statements.size(), rows.size()) << folder << " at " << cutoff;
    for (const Row& row : rows) {
      expect_tally(statements.at(row.at("comment_id")), row, folder.filename().string() + " at " + cutoff);
    }
  }
}

void check_recasts(const fs::path& folder, World& world, TopicId topic) {
  std::map<std::string, std::pair<uint64_t, uint64_t>> expected;  // Statement → changed, reaffirmed.
  for (const Row& row : csv_rows(folder / "truth_revotes.csv")) {
    std::istringstream sequence(row.at("vote_sequence"));
    std::string before, next;
    std::getline(sequence, before, '>');
    while (std::getline(sequence, next, '>')) {
      auto& [changed, reaffirmed] = expected[row.at("comment_id")];
      ++(next == before ? reaffirmed : changed);
      before = next;
    }
  }
  for (const auto& [id, item] : world.statements(topic)) {
    EXPECT_EQ(item.tally.changed, expected[id].first) << folder << " statement " << id;
    EXPECT_EQ(item.tally.reaffirmed, expected[id].second) << folder << " statement " << id;
  }
}

void check_export(const fs::path& folder, const fs::path& out) {
  const auto original = polis::read_conversation(folder);
  const auto exported = polis::read_conversation(out);
  ASSERT_TRUE(original && exported);
  EXPECT_TRUE(exported->warnings.empty()) << exported->warnings.front();
  EXPECT_EQ(exported->conversation.votes, original->conversation.votes) << "every row, in order";
  EXPECT_EQ(exported->conversation.summary, original->conversation.summary);
  ASSERT_EQ(exported->conversation.statements.size(), original->conversation.statements.size());
  const auto tallies = polis::latest_tallies(original->conversation);
  for (size_t i = 0; i < tallies.size(); ++i) {
    const polis::Statement& ours = exported->conversation.statements[i];
    const polis::Statement& theirs = original->conversation.statements[i];
    EXPECT_EQ(ours.id, theirs.id);
    EXPECT_EQ(ours.body, theirs.body) << "exact bytes";
    EXPECT_EQ(ours.author, theirs.author);
    EXPECT_EQ(ours.created, theirs.created);
    EXPECT_EQ(ours.moderated, theirs.moderated);
    EXPECT_EQ(ours.published_agrees, tallies[i].agrees) << "the correct tally, not the published one";
    EXPECT_EQ(ours.published_disagrees, tallies[i].disagrees);
  }
  // The matrix, cell for cell; the group is the source's mathematics and stays empty.
  auto published = csv_rows(folder / "participants-votes.csv");
  auto rebuilt = csv_rows(out / "participants-votes.csv");
  ASSERT_EQ(published.size(), rebuilt.size());
  std::map<std::string, Row> by_participant;
  for (Row& row : published) by_participant[row.at("participant")] = row;
  for (const Row& row : rebuilt) {
    Row& theirs = by_participant.at(row.at("participant"));
    theirs.erase("xid");
    theirs["group-id"] = "";
    EXPECT_EQ(row, theirs) << folder << " participant " << row.at("participant");
  }
  const auto voters = csv_rows(folder / "truth_voters.csv");
  size_t with_votes = 0;
  for (const Row& voter : voters) {
    if (voter.at("raw_vote_rows") == "0") continue;
    ++with_votes;
    const Row& row = by_participant.at(voter.at("participant_id"));
    EXPECT_EQ(row.at("n-votes"), voter.at("distinct_statements_voted"));
    EXPECT_EQ(row.at("n-agree"), voter.at("last_agree"));
    EXPECT_EQ(row.at("n-disagree"), voter.at("last_disagree"));
  }
  EXPECT_EQ(with_votes, rebuilt.size());
}

TEST(PolisImportRealData, Every_conversation_goes_in_and_comes_out_exactly) {
  CIVICLOG_REAL_DATA_OR_SKIP(data);
  for (const fs::path& folder : conversations(data)) {
    SCOPED_TRACE(folder.filename().string());
    World world;
    const auto imported = world.import(folder);
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->slug, folder.filename().string());
    EXPECT_EQ(imported->written, imported->position.value);
    check_statements(folder, world, imported->topic);
    check_as_of(folder, world, imported->topic);
    check_recasts(folder, world, imported->topic);
    const fs::path out = world.scratch.path() / "out";
    const auto exported = world.export_to(imported->slug, out);
    ASSERT_TRUE(exported) << exported.error().message;
    check_export(folder, out);

    const auto again = world.import(folder);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->written, 0u) << "the second import writes nothing";
    EXPECT_EQ(again->position, imported->position);

    World second;
    const auto reimported = second.import(out, imported->slug);
    ASSERT_TRUE(reimported) << reimported.error().message;
    const fs::path out_again = second.scratch.path() / "out";
    ASSERT_TRUE(second.export_to(imported->slug, out_again));
    for (const char* name : {"comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"}) {
      EXPECT_EQ(polis::file_text(out / name), polis::file_text(out_again / name)) << name;
    }
  }
}

TEST(PolisImportRealData, Several_conversations_live_in_one_log) {
  CIVICLOG_REAL_DATA_OR_SKIP(data);
  World world;
  std::map<fs::path, TopicId> topics;
  for (const fs::path& folder : conversations(data)) {
    const auto imported = world.import(folder);
    ASSERT_TRUE(imported) << imported.error().message;
    topics[folder] = imported->topic;
  }
  for (const auto& [folder, topic] : topics) check_statements(folder, world, topic);
}

// ---- a small conversation of our own ------------------------------------------------------------------------

class PolisImportTest : public polis::FolderTest {
 protected:
  fs::path write(const polis::Export& files, const std::string& name = "bridge") {
    const fs::path directory = folder_ / name;
    fs::create_directories(directory);
    const auto put = [&](const char* file, const std::string& text) { std::ofstream(directory / file, std::ios::binary) << text; };
    put("comments.csv", files.comments);
    put("votes.csv", files.votes);
    put("summary.csv", files.summary);
    if (!files.matrix.empty()) put("participants-votes.csv", files.matrix);
    return directory;
  }
  // The exported files of an import into a fresh installation, as one text.
  std::string exported(const polis::Export& files, const std::string& name) {
    World world;
    const auto imported = world.import(write(files, name), "bridge");
    EXPECT_TRUE(imported) << imported.error().message;
    EXPECT_TRUE(world.export_to("bridge", world.scratch.path() / "out"));
    std::string all;
    for (const char* file : {"comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"}) {
      all += polis::file_text(world.scratch.path() / "out" / file);
    }
    return all;
  }
};

std::string shuffled_rows(const std::string& text, uint32_t seed) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  std::string header;
  std::getline(in, header);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::shuffle(lines.begin(), lines.end(), std::mt19937(seed));
  std::string out = header + "\n";
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

TEST_F(PolisImportTest, Order_of_rows_and_columns_line_ends_byte_order_mark_and_extra_columns_leave_no_trace) {
  const polis::Export plain;
  const std::string expected = exported(plain, "plain");
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  polis::Export shuffled = plain;
  shuffled.votes = shuffled_rows(plain.votes, seed);
  EXPECT_EQ(exported(shuffled, "shuffled"), expected);
  polis::Export marked = plain;
  marked.comments = "\xEF\xBB\xBF" + plain.comments;
  marked.votes = polis::with(plain.votes, "\n", "\r\n");
  EXPECT_EQ(exported(marked, "marked"), expected);
  polis::Export wide = plain;
  wide.votes = polis::with(plain.votes, "\n", ",extra\n");
  EXPECT_EQ(exported(wide, "wide"), expected);
}

TEST_F(PolisImportTest, A_malformed_file_is_named_and_nothing_is_written) {
  const polis::Export good;
  polis::Export vote_of_two = good, unknown_statement = good, empty = good, text_for_number = good, unclosed = good;
  vote_of_two.votes = polis::with(good.votes, "0,0,1\n", "0,0,2\n");
  unknown_statement.votes = polis::with(good.votes, ",4,7,1", ",5,7,1");
  empty.votes = "";
  text_for_number.comments = polis::with(good.comments, "1500000000000", "yesterday");
  unclosed.comments = good.comments + "1500000000400,x,9,0,0,0,1,\"never ends\n";
  int n = 0;
  for (const polis::Export& bad : {vote_of_two, unknown_statement, empty, text_for_number, unclosed}) {
    World world;
    const auto imported = world.import(write(bad, "bad" + std::to_string(n++)));
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(imported.error().message.find(".csv"), std::string::npos) << imported.error().message;
    EXPECT_EQ(world.installation->log().head(), Position{0});
  }
}

TEST_F(PolisImportTest, A_slug_that_is_taken_or_impossible_is_refused_before_anything_is_written) {
  World world;
  ASSERT_TRUE(world.import(write({}), "bridge"));
  polis::Export other;
  other.summary = "topic,Another\n";
  other.comments = polis::with(other.comments, "Build the bridge", "Build no bridge");
  EXPECT_FALSE(world.import(write(other, "other"), "bridge")) << "the statement was imported with another text";
  const Position before = world.installation->log().head();
  EXPECT_FALSE(world.import(write({}, "x"), "not a slug"));
  CommandRequest native{command_id_of("t", "1"), issued_by_system(), LaunchTopic{organisation_id_of("imported"), "tram", "Tram", {}, ""}, {}, {}};
  ASSERT_TRUE(world.installation->commands().submit_and_wait(native));
  EXPECT_FALSE(world.import(write({}, "y"), "tram"));
  EXPECT_EQ(world.installation->log().head(), before.next());
}

// Many votes, so that a process can end in the middle of them.
polis::Export long_conversation() {
  polis::Export files;
  files.matrix.clear();
  files.votes = "timestamp,datetime,comment-id,voter-id,vote\n";
  for (int i = 0; i < 6'000; ++i) {
    files.votes += std::to_string(1'500'000'000'100 + i) + ",x," + (i % 3 == 0 ? "0," : "2,") + std::to_string(i / 7) + "," +
                   std::to_string(i % 3 - 1) + "\n";
  }
  return files;
}

TEST_F(PolisImportTest, An_import_whose_process_ended_half_way_goes_on_and_ends_as_if_it_had_not) {
  const fs::path source = write(long_conversation());
  ScratchDirectory scratch;
  const DataDirectory data = DataDirectory::create(scratch.path() / "data").value();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto installation = std::move(Installation::open(data).value());
    (void)import_polis(*installation, {source, "bridge", "imported", Secrecy::kOpen},
                       [](uint64_t done, uint64_t) { if (done > 4'000) ::_exit(7); });
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 7) << "the import was to end half way";
  const auto installation = std::move(Installation::open(data).value());
  const Position half = installation->log().head();
  const auto rest = import_polis(*installation, {source, "bridge", "imported", Secrecy::kOpen}, {});
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_GT(half.value, 100u);
  EXPECT_EQ(rest->written, rest->position.value - half.value);
  ASSERT_TRUE(export_polis(installation->log(), installation->vault(), {"bridge", scratch.path() / "out", false}, {}));
  World whole;
  ASSERT_TRUE(whole.import(source, "bridge"));
  ASSERT_TRUE(whole.export_to("bridge", whole.scratch.path() / "out"));
  for (const char* file : {"comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"}) {
    EXPECT_EQ(polis::file_text(scratch.path() / "out" / file), polis::file_text(whole.scratch.path() / "out" / file)) << file;
  }
  EXPECT_EQ(rest->position, whole.installation->log().head()) << "the same events";
}

TEST_F(PolisImportTest, Older_history_in_a_log_that_has_moved_on_keeps_the_clock_of_now_and_the_times_of_the_source) {
  World world;
  CommandRequest now{command_id_of("t", "1"), issued_by_system(), RegisterOrganisation{"city", "City"}, {}, {}};
  ASSERT_TRUE(world.installation->commands().submit_and_wait(now));
  const Timestamp before = system_now();
  ASSERT_TRUE(world.import(write({}), "bridge"));
  const auto events = world.installation->log().read({}, kMaxReadBatch);
  for (const StoredEvent& event : *events) {
    EXPECT_GE(event.envelope.recorded_at.ms, before.ms - 60'000);
    const Payload payload = decode_payload(event).value();
    const auto* start = std::get_if<ImportStarted>(&payload);
    EXPECT_TRUE(start == nullptr || !start->drives_clock);
    EXPECT_TRUE(!std::holds_alternative<BallotCast>(payload) || event.envelope.happened_at().ms < 1'500'000'001'000);
  }
  World fresh;
  ASSERT_TRUE(fresh.import(write({}), "bridge"));
  const auto driven = fresh.installation->log().read({}, kMaxReadBatch);
  for (const StoredEvent& event : *driven) EXPECT_LT(event.envelope.recorded_at.ms, 1'500'000'001'000);
}

}  // namespace
}  // namespace civiclog
