#include "tests/query-api/load_record.h"

#include <set>

#include <gtest/gtest.h>

#include "access/token_verifier.h"
#include "events/payload_codec.h"
#include "installation/installation.h"

namespace civiclog {
namespace {

// What the log says, of commands and of words.
struct Read {
  std::map<CommandId, CommandRecord> commands;  // First and last position.
  std::map<WordId, Position> mentioned;
  std::map<WordId, Digest> commitments;
  std::set<WordId> erased_words;
  std::set<Uuid> erased_authors;
};

void read_event(const StoredEvent& event, Read& read) {
  const Envelope& envelope = event.envelope;
  const auto [command, fresh] = read.commands.try_emplace(envelope.command, CommandRecord{envelope.position, envelope.position, {}, {}});
  if (!fresh) {
    EXPECT_EQ(command->second.last.next(), envelope.position) << "a command is there twice, or in parts: " << envelope.command.text();
    command->second.last = envelope.position;
  }
  const Payload payload = decode_payload(event).value();
  for (const WordRef& ref : words_of(payload)) {
    if (!ref.is_given()) continue;
    EXPECT_TRUE(read.mentioned.emplace(ref.id, envelope.position).second) << "a word is mentioned twice at " << envelope.position.value;
    read.commitments.emplace(ref.id, ref.commitment);
  }
  if (const auto* erased = std::get_if<WordsErased>(&payload)) {
    read.erased_words.insert(erased->words.begin(), erased->words.end());
    if (!erased->author.is_nil()) read.erased_authors.insert(erased->author);
  }
}

Read read_log(const EventLog& log) {
  Read read;
  for (Position done; done < log.head();) {
    const auto events = log.read(done, kMaxReadBatch);
    EXPECT_TRUE(events) << events.error().message;
    if (!events) break;
    for (const StoredEvent& event : *events) read_event(event, read);
    done = events->back().envelope.position;
  }
  return read;
}

void check_commands(const Read& read, const ExpectedCommands& expected) {
  for (const auto& [command, acknowledged] : expected) {
    const auto found = read.commands.find(command);
    ASSERT_NE(found, read.commands.end()) << "acknowledged and lost: " << describe(acknowledged->act, acknowledged->answer);
    ASSERT_EQ(found->second.last.value, acknowledged->answer.position) << describe(acknowledged->act, acknowledged->answer);
  }
  for (const auto& [command, record] : read.commands) {
    ASSERT_TRUE(expected.contains(command)) << "nobody was told of the command at " << record.first.value;
  }
}

size_t check_words(const Read& read, const Vault& vault) {
  size_t erased = 0;
  for (const auto& [id, position] : read.mentioned) {
    const Result<WordLookup> word = vault.get(id);
    EXPECT_TRUE(word) << word.error().message;
    if (!word) return erased;
    EXPECT_NE(word->state, WordState::kNotHere) << "a commit without its word at " << position.value;
    if (word->state == WordState::kErased) ++erased;
    if (!word->content) continue;
    EXPECT_FALSE(read.erased_words.contains(id)) << "an erased word is back, of the event at " << position.value;
    EXPECT_FALSE(read.erased_authors.contains(word->content->author)) << "an erased author is back, at " << position.value;
    EXPECT_EQ(commit_to_word(word->content->salt, id, word->content->text), read.commitments.at(id)) << position.value;
  }
  EXPECT_GE(erased, read.erased_words.size());
  return erased;
}

}  // namespace

CommandId command_of(const LoadAct& act) {
  return command_id_of(std::string(kInstallationIssuer) + '\0' + act.subject, act.key);
}

void expect_commands(ExpectedCommands& expected, const std::vector<Acknowledged>& acknowledged) {
  for (const Acknowledged& one : acknowledged) expected.emplace(command_of(one.act), &one);
}

size_t check_record(const std::filesystem::path& data, const ExpectedCommands& expected) {
  const Result<DataDirectory> directory = DataDirectory::find(data);
  EXPECT_TRUE(directory);
  auto opened = Installation::open(*directory);
  EXPECT_TRUE(opened) << opened.error().message;
  if (!opened) return 0;
  Installation& installation = **opened;
  const Status caught_up = installation.catch_up();
  EXPECT_TRUE(caught_up) << caught_up.error().message;
  const Read read = read_log(installation.log());
  check_commands(read, expected);
  const size_t erased = check_words(read, installation.vault());
  size_t orphans = 0;
  EXPECT_TRUE(installation.vault().for_each_word([&](WordId word, const WordLookup&) {
    if (!read.mentioned.contains(word)) ++orphans;
    return Status{};
  }));
  EXPECT_TRUE(collect_orphans(installation.log(), installation.vault(), {system_now().ms + 1'000}, 0));
  EXPECT_TRUE(installation.vault().for_each_word([&](WordId word, const WordLookup&) {
    EXPECT_TRUE(read.mentioned.contains(word)) << "a word without a commit was not collected";
    return Status{};
  }));
  EXPECT_EQ(check_words(read, installation.vault()), erased) << "collecting has changed what is mentioned";
  return orphans;
}

}  // namespace civiclog
