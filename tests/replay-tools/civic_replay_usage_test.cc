#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "access/installation_key.h"
#include "access/token_verifier.h"
#include "tests/replay-tools/civic_replay_fixture.h"

// How the tool is asked, and what it says when it is asked wrongly.

namespace civiclog {
namespace {

TEST(CivicReplay, Help_teaches_and_version_names_the_revision) {
  for (const char* verb : {"", "init", "verify", "rebuild", "compare", "tally", "log", "show", "import", "import polis", "export", "export polis", "example", "accept-head", "token"}) {
    const Ran help = run(std::string(verb) + " --help");
    EXPECT_EQ(help.status, 0) << verb;
    const size_t examples = help.out.find("Example");
    ASSERT_NE(examples, std::string::npos) << verb << ": " << help.out;
    EXPECT_NE(help.out.find(std::string("civic-replay ") + verb, examples), std::string::npos) << "an example of its own: " << help.out;
    const std::string first_line = help.out.substr(0, help.out.find('\n'));
    EXPECT_FALSE(first_line.empty()) << verb << ": " << help.out;
  }
  EXPECT_NE(run("--version").out.find("(git "), std::string::npos);
}

TEST(CivicReplay, Wrong_usage_is_status_2_and_one_sentence) {
  for (const char* wrong : {"", "dance", "tally", "tally --data x", "tally --data x --topic y --format xml", "verify --data", "verify --frobnicate",
                            "log --data x --limit many"}) {
    const Ran ran = run(wrong);
    EXPECT_EQ(ran.status, 2) << wrong << ": " << ran.out;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << wrong << ": " << ran.out;
  }
}

TEST_F(CivicReplayTest, A_token_is_one_that_the_service_takes_for_this_subject_and_no_other_is_made) {
  const fs::path data = copy();
  const std::string person = "7c8e6f9a-5c3c-4d53-9d4b-0c5f3f0f6a11";
  for (const std::string& subject : {std::string("installation"), person}) {
    const Ran made = run("token --data " + data.string() + " --subject " + subject + " --audience here --hours 2");
    ASSERT_EQ(made.status, 0) << made.out;
    const InstallationKey key = InstallationKey::read(data).value();
    KeySet keys;
    ASSERT_TRUE(keys.add_installation_key(key.id(), key.public_key()));
    ClaimRules rules;
    rules.audience = "here";
    TokenVerifier verifier(std::move(keys), rules);
    const std::string token = made.out.substr(0, made.out.find('\n'));
    const auto verified = verifier.verify(token, system_now());
    ASSERT_TRUE(verified) << name_of(verified.error());
    EXPECT_EQ(verified->subject, subject);
    EXPECT_TRUE(verified->bootstrap);
    EXPECT_FALSE(verifier.verify(token, {system_now().ms + 3 * 3'600'000}));
  }
  const std::string token = "token --data " + data.string() + " --subject ";
  for (const std::string wrong : {"bob", "00000000-0000-0000-0000-000000000000", "installation --hours 0", "installation --hours 745",
                                  "installation --hours 9000000000000000000", "installation --hours -1", "installation --audience ''"}) {
    const Ran ran = run(token + wrong);
    EXPECT_EQ(ran.status, 2) << wrong << ": " << ran.out;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }
  EXPECT_EQ(run("token --data " + (data / "nowhere").string() + " --subject installation").status, 1);
}

TEST(CivicReplay, A_verb_that_does_not_exist_or_is_missing_is_named_and_the_help_is_pointed_to) {
  EXPECT_EQ(run("frobnicate").out, "civic-replay: there is no verb 'frobnicate'; `civic-replay --help` lists them\n");
  EXPECT_EQ(run("frobnicate --data x").out, run("frobnicate").out);
  EXPECT_EQ(run("import csv x").out, "civic-replay: there is no verb 'import csv'; `civic-replay import --help` lists them\n");
  EXPECT_EQ(run("").out, "civic-replay: a verb is missing; `civic-replay --help` lists them\n");
  EXPECT_EQ(run("--frob").out, "civic-replay: a verb has to come before --frob; `civic-replay --help` lists them\n");
  for (const char* wrong : {"frobnicate", "frobnicate --data x", "import csv x", "", "--frob", "import"}) EXPECT_EQ(run(wrong).status, 2) << wrong;
  EXPECT_NE(run("tally frob --data x --topic y").out.find("not expected: frob"), std::string::npos);
}

TEST(CivicReplay, An_empty_argument_is_wrong_usage_and_its_option_is_named) {
  const std::map<std::string, std::string> named = {
      {"tally --data '' --topic x", "--data"},        {"init --data ''", "--data"},
      {"tally --data x --topic ''", "--topic"},       {"tally --data x --topic=", "--topic"},
      {"log --data= --topic x", "--data"},            {"log --data x --limit ''", "--limit"},
      {"log --data x --type ''", "--type"},           {"log --data x --since ''", "--since"},
      {"tally --data x --topic y --format ''", "--format"}, {"show '' --data x", "POSITION"},
      {"import polis '' --data x", "DIR"},            {"import polis d --data x --slug ''", "--slug"},
      {"import polis d --data x --organisation ''", "--organisation"}, {"export polis --topic '' --data x o", "--topic"},
      {"export polis --topic t --data x ''", "OUT"},  {"example --data x --ends-at ''", "--ends-at"},
      {"rebuild --data x --projection ''", "--projection"}};
  for (const auto& [arguments, option] : named) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.status, 2) << arguments << ": " << ran.out;
    EXPECT_TRUE(ran.out.starts_with("civic-replay: " + option + " is empty")) << arguments << ": " << ran.out;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }
}

TEST(CivicReplay, Two_formats_at_once_are_wrong_usage_unless_they_are_the_same) {
  for (const char* two : {"tally --topic tram --format csv --json", "tally --topic tram --json --format table", "log --json --format hex"}) {
    const Ran ran = read(two);
    EXPECT_EQ(ran.status, 2) << two;
    EXPECT_NE(ran.out.find("give one of them"), std::string::npos) << ran.out;
  }
  EXPECT_EQ(read("tally --topic tram --json --format json").out, read("tally --topic tram --json").out);
  EXPECT_EQ(read("log --json").out, read("log --format json").out);
}

TEST(CivicReplay, A_topic_that_does_not_exist_is_named_as_it_was_typed) {
  for (const char* verb : {"tally --topic nope", "log --topic nope", "log --topic nope --format hex", "log --topic nope --until 5"}) {
    const Ran ran = read(verb);
    EXPECT_EQ(ran.status, 1) << verb << ": " << ran.out;
    EXPECT_NE(ran.out.find("there is no topic nope"), std::string::npos) << ran.out;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }
  const ScratchDirectory scratch;
  const Ran exported = read("export polis --topic nope " + (scratch.path() / "out").string());
  EXPECT_EQ(exported.status, 1);
  EXPECT_NE(exported.out.find("there is no topic nope"), std::string::npos) << exported.out;
  EXPECT_FALSE(fs::exists(scratch.path() / "out"));
  const Ran early = read("tally --topic tram --as-of 1");
  EXPECT_EQ(early.status, 1);
  EXPECT_NE(early.out.find("there is no topic tram up to position 1"), std::string::npos) << early.out;
  const std::string id = "33acc4d0-efa7-81d0-bad5-231e77c5ef79";
  EXPECT_NE(read("tally --topic " + id).out.find("there is no topic " + id), std::string::npos);
}

TEST(CivicReplay, A_span_that_ends_before_it_begins_is_wrong_usage) {
  for (const char* span : {"--since 20 --until 10", "--since 2026-09-20T00:00:00Z --until 2026-09-10T00:00:00Z",
                           "--since 2026-09-30T00:00:00Z --until 2", "--since 300 --until 2026-08-01T00:00:00Z"}) {
    const Ran ran = read(std::string("log ") + span);
    EXPECT_EQ(ran.status, 2) << span << ": " << ran.out;
    EXPECT_NE(ran.out.find("nothing between them"), std::string::npos) << ran.out;
  }
  EXPECT_EQ(read("log --since 10 --until 10 --format hex").status, 0);
  EXPECT_EQ(read("log --since 2000-01-01T00:00:00Z --until 2000-01-02T00:00:00Z").status, 0) << "nothing happened then, which is no mistake";
  EXPECT_EQ(read("log --since 999999").status, 0) << "whoever asks for what is new may find nothing";
}

TEST(CivicReplay, Times_before_1970_are_refused_as_what_they_are) {
  const ScratchDirectory scratch;
  const std::string data = (scratch.path() / "data").string();
  for (const char* early : {"1900-01-01T00:00:00Z", "1970-01-10T00:00:00Z", "1970-01-01T00:00:00+05:00"}) {
    const Ran ran = run("example --data " + data + " --ends-at " + early);
    EXPECT_EQ(ran.status, 2) << ran.out;
    EXPECT_NE(ran.out.find("times before 1970"), std::string::npos) << ran.out;
  }
  EXPECT_FALSE(fs::exists(data));
  EXPECT_NE(read("tally --topic tram --as-of 1900-01-01T00:00:00Z").out.find("times before 1970"), std::string::npos);
}

TEST(CivicReplay, What_is_not_there_is_status_1_and_one_sentence) {
  for (const Ran& ran : {run("verify --data /nonexistent"), read("tally --topic nowhere"), read("show 999999"), read("tally --topic tram --as-of 999999"),
                         read("tally --topic tram --as-of 2999-01-01T00:00:00Z")}) {
    EXPECT_TRUE(ran.status == 1 || ran.status == 2) << ran.out;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }
}

}  // namespace
}  // namespace civiclog
