#include <random>

#include <fmt/format.h>

#include "base/check.h"
#include "bench/measure.h"
#include "bench/stopwatch.h"
#include "installation/installation.h"
#include "replay-tools/polis_export.h"
#include "replay-tools/polis_import.h"
#include "replay-tools/polis_writer.h"
#include "tests/support/scratch_directory.h"

namespace civiclog {
namespace {

constexpr size_t kStatements = 500;
constexpr size_t kVoters = 2'000;
constexpr size_t kVotes = 150'000;
constexpr int64_t kBeginMs = 1'500'000'000'000;
constexpr const char* kSlug = "conversation";

// Votes of people drawn at random, some of them cast again.
polis::Conversation make_conversation(size_t statement_count, size_t voter_count, size_t votes) {
  std::mt19937_64 random(1);
  const auto statements = static_cast<int64_t>(statement_count);
  const auto voters = static_cast<int64_t>(voter_count);
  const auto below = [&random](int64_t limit) { return static_cast<int64_t>(random() % static_cast<uint64_t>(limit)); };
  polis::Conversation out;
  for (int64_t id = 0; id < statements; ++id) {
    out.statements.push_back({id, below(voters), Timestamp{kBeginMs + id}, polis::Moderation::kAccepted, 0, 0,
                              fmt::format("A stop at number {} of Mill Road, because the school is near.", id)});
  }
  for (size_t i = 0; i < votes; ++i) {
    const Timestamp time{kBeginMs + statements + static_cast<int64_t>(i) * 250};
    out.votes.push_back({time, below(statements), below(voters), 0, static_cast<polis::Choice>(below(3) - 1)});
  }
  out.summary = {{"topic", "The tram, or not"}};
  polis::sort_conversation(out);
  return out;
}

}  // namespace

void measure_polis(Bench& bench) {
  const polis::Conversation conversation =
      make_conversation(bench.of(kStatements, 20), bench.of(kVoters, 30), bench.of(kVotes, 500));
  const ScratchDirectory scratch;
  const std::filesystem::path source = scratch.path() / kSlug;
  CHECK(polis::write_conversation(conversation, polis::latest_tallies(conversation), source).has_value());
  const auto rows = static_cast<double>(conversation.statements.size() + conversation.votes.size());
  Rounds imported, imported_by_processor, exported, exported_by_processor;
  for (size_t round = 0; round < bench.rounds(); ++round) {
    const std::filesystem::path directory = scratch.path() / fmt::format("data-{}", round);
    const Result<DataDirectory> data = DataDirectory::create(directory);
    CHECK(data.has_value());
    const Result<std::unique_ptr<Installation>> installation = Installation::open(*data);
    CHECK(installation.has_value());
    const Stopwatch of_import;
    CHECK(import_polis(**installation, {.source = source, .slug = kSlug}, {}).has_value());
    imported.push_back(rows / of_import.seconds());
    imported_by_processor.push_back(rows / of_import.cpu_seconds());

    const Stopwatch of_export;
    const Result<PolisExported> out = export_polis((*installation)->log(), (*installation)->vault(),
                                                   {kSlug, scratch.path() / fmt::format("out-{}", round), false}, {});
    exported.push_back(rows / of_export.seconds());
    exported_by_processor.push_back(rows / of_export.cpu_seconds());
    CHECK(out.has_value() && out->votes == conversation.votes.size() && out->statements == conversation.statements.size());
  }
  print_rate("rows imported: read, decided, durable", imported);
  print_row("the same per second of processor time", imported_by_processor, 0);
  print_rate("rows exported, with right tallies", exported);
  print_row("the same per second of processor time", exported_by_processor, 0);
}

}  // namespace civiclog
