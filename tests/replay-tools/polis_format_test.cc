#include "replay-tools/polis_format.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "replay-tools/polis_reader.h"
#include "tests/replay-tools/polis_fixture.h"

namespace civiclog::polis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string error_of(const Export& source) {
  const auto reading = source.read();
  if (reading) return "no error";
  EXPECT_EQ(reading.error().code, ErrorCode::kInvalidArgument);
  return reading.error().message;
}

std::string comments_error(std::string_view from, std::string_view to) {
  Export source;
  source.comments = with(source.comments, from, to);
  return error_of(source);
}

std::string votes_error(std::string_view from, std::string_view to) {
  Export source;
  source.votes = with(source.votes, from, to);
  return error_of(source);
}

std::string summary_error(std::string_view summary) {
  Export source;
  source.summary = summary;
  return error_of(source);
}

std::string matrix_error(std::string_view from, std::string_view to) {
  Export source;
  source.matrix = with(source.matrix, from, to);
  return error_of(source);
}

std::string vote_by(std::string_view voter) { return "0," + std::string(voter) + ",0\n"; }

std::vector<std::string> matrix_warnings(std::string_view from, std::string_view to) {
  Export source;
  source.matrix = with(source.matrix, from, to);
  const auto reading = source.read();
  EXPECT_TRUE(reading);
  return reading ? reading->warnings : std::vector<std::string>{};
}

TEST(PolisReader, A_conversation_is_read_sorted_by_time) {
  const auto reading = Export().read();
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_THAT(reading->warnings, IsEmpty());
  const auto& [statements, votes, summary] = reading->conversation;
  ASSERT_EQ(statements.size(), 3U);
  EXPECT_EQ(statements[0], (Statement{0, 0, {1500000000000}, Moderation::kAccepted, 2, 0, "Build the bridge"}));
  EXPECT_EQ(statements[1], (Statement{2, 0, {1500000000050}, Moderation::kNotYet, 0, 1, ""}));
  EXPECT_EQ(statements[2], (Statement{4, 7, {1500000000100}, Moderation::kRejected, 1, 0, "Two lines,\nand a comma"}));
  EXPECT_THAT(votes, ElementsAre(Vote{{1500000000010}, 0, 0, 0, Choice::kAgree}, Vote{{1500000000120}, 4, 7, 0, Choice::kAgree},
                                 Vote{{1500000000500}, 0, 7, 0, Choice::kAgree}, Vote{{1500000000900}, 0, 7, 0, Choice::kDisagree},
                                 Vote{{1500000000900}, 0, 9, 0, Choice::kPass}));
  EXPECT_THAT(summary, ElementsAre(SummaryRow{"topic", "A bridge, or not"}, SummaryRow{"url", "https://example.org/1"},
                                   SummaryRow{"views", "12"}));
  EXPECT_EQ(summary_value(reading->conversation, "Topic"), "A bridge, or not");
  EXPECT_EQ(summary_value(reading->conversation, "groups"), std::nullopt);
  EXPECT_TRUE(validate(reading->conversation));
}

TEST(PolisReader, The_current_vote_of_a_voter_is_the_last_one) {
  const auto reading = Export().read();
  ASSERT_TRUE(reading);
  EXPECT_THAT(latest_votes(reading->conversation),
              ElementsAre(LatestVote{0, 0, Choice::kAgree}, LatestVote{7, 0, Choice::kDisagree},
                          LatestVote{7, 4, Choice::kAgree}, LatestVote{9, 0, Choice::kPass}));
  EXPECT_THAT(latest_tallies(reading->conversation), ElementsAre(Tally{1, 1, 1}, Tally{0, 0, 0}, Tally{1, 0, 0}));
}

TEST(PolisReader, Files_without_rows_and_without_a_matrix_are_a_conversation_without_votes) {
  Export source;
  source.comments = "timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n";
  source.votes = "timestamp,comment-id,voter-id,vote";
  source.matrix.clear();
  const auto reading = source.read();
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_THAT(reading->conversation.statements, IsEmpty());
  EXPECT_THAT(reading->conversation.votes, IsEmpty());
  EXPECT_THAT(reading->warnings, ElementsAre(HasSubstr("votes.csv does not end with a line break"))) << "votes may have stood there";
}

TEST(PolisReader, A_file_that_may_have_been_cut_is_a_warning_for_each_file) {
  Export source;
  source.comments.pop_back();
  source.votes.pop_back();
  const auto reading = source.read();
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_THAT(reading->warnings,
              ElementsAre("comments.csv does not end with a line break; if it was cut, its last text may be incomplete",
                          "votes.csv does not end with a line break; if it was cut, its last row may be incomplete"));
  EXPECT_EQ(reading->conversation, Export().read()->conversation) << "what is there is read";
  EXPECT_THAT(Export().read()->warnings, IsEmpty());
  source = {};
  source.comments = with(source.comments, "\n", "\r\n");
  EXPECT_THAT(source.read()->warnings, IsEmpty());
}

TEST(PolisReader, Identical_rows_are_numbered_apart_from_other_rows_of_the_moment) {
  Export source;
  source.matrix.clear();
  source.votes += "1500000000900,x,0,7,-1\n1500000000900,x,0,7,-1\n1500000000901,x,0,7,-1\n";
  const auto reading = source.read();
  ASSERT_TRUE(reading);
  std::vector<std::pair<int64_t, uint32_t>> ordinals;
  for (const Vote& vote : reading->conversation.votes) {
    if (vote.voter == 7 && vote.statement == 0) ordinals.emplace_back(vote.time.ms - 1500000000000, vote.ordinal);
  }
  EXPECT_THAT(ordinals, ElementsAre(std::pair(500, 0), std::pair(900, 0), std::pair(900, 1), std::pair(900, 2), std::pair(901, 0)));
}

TEST(PolisReader, Different_choices_in_one_millisecond_count_in_file_order_and_are_reported) {
  Export source;
  source.matrix.clear();
  source.votes += "1500000000900,x,0,7,1\n1500000000900,x,0,7,-1\n1500000000900,x,0,7,1\n";
  const auto reading = source.read();
  ASSERT_TRUE(reading);
  EXPECT_EQ(latest_tallies(reading->conversation)[0], (Tally{2, 0, 1}));
  ASSERT_EQ(reading->warnings.size(), 1U);
  EXPECT_THAT(reading->warnings[0], HasSubstr("voter 7 made different choices on statement 0 in the same millisecond"));
  const auto& votes = reading->conversation.votes;
  EXPECT_EQ(votes[4].ordinal, 0U);
  EXPECT_EQ(votes[5].ordinal, 1U);  // The second -1 of that millisecond, with a 1 between.
}

TEST(PolisReader, Spelling_order_and_number_of_columns_line_ends_and_byte_order_mark_make_no_difference) {
  const Export plain;
  const auto expected = plain.read();
  ASSERT_TRUE(expected);
  Export other;
  other.comments =
      "\xef\xbb\xbf" "Comment Body,is_meta,moderated,authorId,COMMENT_ID,timestamp,Agrees,disagrees,importance\n"
      "\"Two lines,\nand a comma\",f,-1,7,4,1500000000100,1,0,0.5\n"
      ",f,0,0,2,1500000000050,0,1,\n"
      "Build the bridge,t,1,0,0,1500000000000,2,0,1\n";
  other.comments = with(other.comments, "\n", "\r\n");
  other.votes =
      "\xef\xbb\xbf" "vote,voter_id,commentId,Timestamp\r\n"
      "1,7,4,1500000000120\r\n0,9,0,1500000000900\r\n-1,7,0,1500000000900\r\n1,7,0,1500000000500\r\n1,0,0,1500000000010\r\n\r\n";
  other.summary = "\xef\xbb\xbf" + with(plain.summary, "\n", "\r\n");
  other.matrix = with("n-votes,4,xid,0,participant\n1,,secret,0,9\n1,,,1,0\n2,1,,-1,7\n", "\n", "\r\n");
  const auto reading = other.read();
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ(reading->conversation, expected->conversation);
  EXPECT_THAT(reading->warnings, IsEmpty());
  EXPECT_EQ(content_digest(reading->conversation), content_digest(expected->conversation));
}

TEST(PolisReader, A_carriage_return_inside_a_text_is_kept_unless_the_whole_file_is_crlf) {
  Export source;
  source.comments = with(source.comments, "lines,\nand", "lines,\r\nand\r");
  EXPECT_EQ(source.read()->conversation.statements[2].body, "Two lines,\r\nand\r a comma");
  source.comments = with(with(source.comments, "\r\n", "\n"), "\n", "\r\n");
  EXPECT_EQ(source.read()->conversation.statements[2].body, "Two lines,\nand\r a comma");
}

TEST(PolisReader, Missing_and_doubled_columns_are_named) {
  EXPECT_EQ(votes_error(",voter-id", ""),
            "votes.csv line 1: the column voter-id is missing; expected timestamp, comment-id, voter-id, vote in any order");
  EXPECT_THAT(comments_error(",comment-body", ""), HasSubstr("comments.csv line 1: the column comment-body is missing"));
  EXPECT_EQ(votes_error("datetime", "Voter_ID"),
            "votes.csv line 1, column 4 ('voter-id'): a column of this name is there twice; remove one");
  EXPECT_THAT(matrix_error("participant,", "people,"), HasSubstr("participants-votes.csv line 1: the column participant is missing"));
  EXPECT_THAT(matrix_error("0,4\n", "0,0\n"), HasSubstr("line 1, column 8 ('0'): a column of this name is there twice"));
}

TEST(PolisReader, Numbers_are_parsed_strictly) {
  EXPECT_EQ(votes_error("0,9,0\n", "0,nine,0\n"),
            "votes.csv line 5, column 4 ('voter-id'): 'nine' is not a whole number; expected one 0 or more");
  EXPECT_THAT(votes_error("0,9,0\n", "0,,0\n"), HasSubstr("the cell is empty; expected a whole number, 0 or more"));
  for (const char* number : {"9.0", " 9", "+9", "1e3", "0x9", "-", "9-"}) {
    EXPECT_THAT(votes_error("0,9,0\n", vote_by(number)), HasSubstr("is not a whole number")) << number;
  }
  for (const char* number : {"-9", "09", "00", "-0", "9223372036854775808", "99999999999999999999"}) {
    EXPECT_THAT(votes_error("0,9,0\n", vote_by(number)), HasSubstr("is out of range or has leading zeros")) << number;
  }
  EXPECT_THAT(comments_error("1500000000050", "-1"), HasSubstr("comments.csv line 5, column 1 ('timestamp'): '-1' is out of range"));
  EXPECT_THAT(comments_error("1500000000050", "253402300800000"), HasSubstr("out of range"));
  EXPECT_THAT(comments_error(",2,0,1,", ",two,0,1,"), HasSubstr("column 5 ('agrees'): 'two' is not a whole number"));
  EXPECT_THAT(votes_error("0,9,0\n", "0,9,2\n"),
              HasSubstr("votes.csv line 5, column 5 ('vote'): '2' is not a vote; expected 1 (agree), -1 (disagree) or 0 (pass)"));
  EXPECT_THAT(comments_error(",-1,\"Two", ",2,\"Two"), HasSubstr("comments.csv line 3, column 7 ('moderated'): '2' is no moderation"));
}

TEST(PolisReader, The_largest_numbers_are_read) {
  Export source;
  source.matrix.clear();
  source.votes += "253402300799999,x,0,9223372036854775807,1\n";
  EXPECT_EQ(source.read()->conversation.votes.back(), (Vote{kMaxTime, 0, INT64_MAX, 0, Choice::kAgree}));
}

TEST(PolisReader, Files_that_do_not_belong_together_are_refused) {
  EXPECT_EQ(votes_error("120,x,4,", "120,x,5,"), "votes.csv line 6, column 3 ('comment-id'): comments.csv has no statement 5");
  EXPECT_EQ(comments_error(",x,2,0,", ",x,4,0,"),
            "comments.csv line 5, column 3 ('comment-id'): statement 4 is on line 3 already");
  EXPECT_THAT(matrix_error("0,4\n", "0,5\n"), HasSubstr("line 1, column 8 ('5'): comments.csv has no statement of this id"));
}

TEST(PolisReader, Damaged_lines_are_named_by_the_line_they_begin_on) {
  EXPECT_EQ(votes_error("1500000000120,x,4,7,1\n", "1500000000120,x,4"),
            "votes.csv line 6: 3 fields where the header has 5; the line may be cut off");
  EXPECT_THAT(votes_error("0,9,0\n", "0,9,0,0\n"), HasSubstr("votes.csv line 5: 6 fields where the header has 5"));
  EXPECT_THAT(comments_error("comma\"", "comma"), HasSubstr("comments.csv line 3: the quote that opens here is never closed"));
  EXPECT_THAT(comments_error("Build the", "Build \"the"), HasSubstr("comments.csv line 2: a quote inside an unquoted field"));
  EXPECT_THAT(comments_error("Build the", std::string_view("Build\0the", 9)), HasSubstr("comments.csv line 2: a NUL byte"));
  EXPECT_THAT(comments_error("Build the", "Build \xff"), HasSubstr("comments.csv line 2: field 8 is not valid UTF-8"));
  EXPECT_THAT(comments_error("Build the", std::string(kMaxCsvFieldBytes, 'x')), HasSubstr("comments.csv line 2: a field is longer"));
  EXPECT_THAT(votes_error("1500000000500", "\n1500000000500"), HasSubstr("votes.csv line 3: a blank line"));
}

TEST(PolisReader, Empty_files_are_named) {
  Export source;
  source.votes.clear();
  EXPECT_EQ(error_of(source), "votes.csv is empty; expected a line with the names of the columns");
  source = {};
  source.comments = "\xef\xbb\xbf\n";
  EXPECT_THAT(error_of(source), HasSubstr("comments.csv is empty"));
  EXPECT_THAT(summary_error(""), HasSubstr("summary.csv is empty; expected rows of a key and a value"));
}

TEST(PolisReader, The_summary_is_rows_of_one_key_and_one_value) {
  EXPECT_EQ(summary_error("topic,a\nviews,1,2\n"), "summary.csv line 2: 3 fields where a row is a key and a value");
  EXPECT_EQ(summary_error("topic\n"), "summary.csv line 1: 1 field where a row is a key and a value");
  EXPECT_EQ(summary_error("topic,a\nviews,1\ntopic,b\n"), "summary.csv line 3: the key 'topic' is on line 1 already");
  EXPECT_THAT(summary_error(",a\n"), HasSubstr("summary.csv line 1: the key is empty"));
}

TEST(PolisReader, A_malformed_matrix_is_an_error) {
  EXPECT_EQ(matrix_error("-1,1\n", "-1,2\n"),
            "participants-votes.csv line 3, column 8 ('4'): '2' is not a vote; expected 1 (agree), -1 (disagree), 0 (pass) or nothing");
  EXPECT_THAT(matrix_error("9,,0", "7,,0"), HasSubstr("line 4, column 1 ('participant'): this participant has a row already"));
  EXPECT_THAT(matrix_error("9,,0", "x,,0"), HasSubstr("'x' is not a whole number"));
  EXPECT_THAT(matrix_error("7,1,1,2", "7,1,1,many"), HasSubstr("column 4 ('n-votes'): 'many' is not a whole number"));
  EXPECT_THAT(matrix_error("7,1,1,2", "7,a,1,2"), HasSubstr("column 2 ('group-id'): 'a' is not a whole number"));
  EXPECT_THAT(matrix_error("0,0,\n", "0,0\n"), HasSubstr("line 4: 7 fields where the header has 8"));
}

TEST(PolisReader, A_matrix_that_differs_from_the_votes_is_a_warning_naming_the_first_difference) {
  EXPECT_THAT(matrix_warnings("-1,1\n", "1,\n"),
              ElementsAre("participants-votes.csv line 3, column 7 ('0'): 1 where the votes say -1 "
                          "(2 differences in all; the import goes by votes.csv)"));
  EXPECT_THAT(matrix_warnings("0,,2,1,1,0,1,", "0,,2,1,1,0,1,0"),
              ElementsAre(HasSubstr("line 2, column 8 ('4'): 0 where the votes say nothing (1 difference in all;")));
  EXPECT_THAT(matrix_warnings("7,1,1,2,1,1", "7,1,1,3,1,1"), ElementsAre(HasSubstr("column 4 ('n-votes'): 3 where counting gives 2")));
  EXPECT_THAT(matrix_warnings("9,,0,1,0,0,0,\n", ""), ElementsAre(HasSubstr("participant 9 has voted and has no row")));
  EXPECT_THAT(matrix_warnings("0,4\n", "0,x4\n"), ElementsAre(HasSubstr("participant 7 has voted on statement 4, which has no column")));
  EXPECT_THAT(matrix_warnings("9,,0,1,0,0,0,\n", "9,,0,1,0,0,0,\n11,,0,0,0,0,,\n"), IsEmpty());
}

TEST(PolisReader, A_vote_older_than_its_statement_is_a_warning) {
  Export source;
  source.votes = with(source.votes, "1500000000120,x,4", "1500000000099,x,4");
  EXPECT_THAT(source.read()->warnings,
              ElementsAre("votes.csv line 6, column 1 ('timestamp'): a vote older than its statement (1 in all)"));
}

TEST(PolisReader, Times_that_look_like_seconds_are_a_warning) {
  Export source;
  source.comments = with(source.comments, "1500000000", "1500000");
  source.votes = with(source.votes, "1500000000", "1500000");
  EXPECT_THAT(source.read()->warnings, ElementsAre(HasSubstr("check that the export does not write seconds")));
}

TEST(PolisFormat, The_digest_sees_acts_and_words_and_no_published_count) {
  const auto digest = [](const Export& source) { return to_hex(view(content_digest(source.read()->conversation))); };
  const std::string expected = digest({});
  EXPECT_EQ(expected.size(), 64U);
  Export other;
  other.comments = with(other.comments, ",2,0,1,Build", ",3,1,1,Build");
  EXPECT_EQ(digest(other), expected);
  other.comments = with(other.comments, "Build the", "Build  the");
  EXPECT_NE(digest(other), expected);
  other = {};
  other.summary = "views,12\ntopic,\"A bridge, or not\"\nurl,https://example.org/1\n";
  EXPECT_EQ(digest(other), expected);
  other.summary = with(other.summary, "12", "13");
  EXPECT_NE(digest(other), expected);
  other = {};
  other.matrix.clear();
  other.votes = with(other.votes, "0,9,0\n", "0,9,1\n");
  EXPECT_NE(digest(other), expected);
  other.votes = with(other.votes, "0,9,1\n", "0,9,0\n");
  EXPECT_EQ(digest(other), expected);
  other.votes += "1500000000120,x,4,7,1\n";
  EXPECT_NE(digest(other), expected);  // A double click is an act too.
}

TEST(PolisFormat, Only_what_can_be_read_back_is_valid) {
  const Conversation good = Export().read()->conversation;
  const auto wrong = [&](auto spoil) {
    Conversation conversation = good;
    spoil(conversation);
    const auto status = validate(conversation);
    return status ? std::string("valid") : status.error().message;
  };
  EXPECT_EQ(wrong([](auto&) {}), "valid");
  EXPECT_THAT(wrong([](auto& c) { c.statements[0].body = std::string("a\0b", 3); }), HasSubstr("NUL"));
  EXPECT_THAT(wrong([](auto& c) { c.statements[0].body = "\xff"; }), HasSubstr("not UTF-8"));
  EXPECT_THAT(wrong([](auto& c) { c.statements[0].body.assign(kMaxCsvFieldBytes + 1, 'x'); }), HasSubstr("too long"));
  EXPECT_THAT(wrong([](auto& c) { c.statements[0].created = {-1}; }), HasSubstr("between 1970 and 9999"));
  EXPECT_THAT(wrong([](auto& c) { c.statements[1].id = 4; }), HasSubstr("there twice"));
  EXPECT_THAT(wrong([](auto& c) { std::swap(c.statements[0], c.statements[1]); }), HasSubstr("not sorted"));
  EXPECT_THAT(wrong([](auto& c) { c.statements[0].author = -1; }), HasSubstr("0 or more"));
  EXPECT_THAT(wrong([](auto& c) { c.statements[0].published_agrees = -1; }), HasSubstr("below 0"));
  EXPECT_THAT(wrong([](auto& c) { c.votes[0].statement = 5; }), HasSubstr("no such statement"));
  EXPECT_THAT(wrong([](auto& c) { c.votes[0].voter = -1; }), HasSubstr("0 or more"));
  EXPECT_THAT(wrong([](auto& c) { std::swap(c.votes[0], c.votes[1]); }), HasSubstr("not sorted"));
  EXPECT_THAT(wrong([](auto& c) { c.votes.back().time = {kMaxTime.ms + 1}; }), HasSubstr("between 1970 and 9999"));
  EXPECT_THAT(wrong([](auto& c) { c.summary.clear(); }), HasSubstr("summary is empty"));
  EXPECT_THAT(wrong([](auto& c) { c.summary[1].key = "topic"; }), HasSubstr("twice"));
  EXPECT_THAT(wrong([](auto& c) { c.summary[1].key.clear(); }), HasSubstr("not empty"));
}

}  // namespace
}  // namespace civiclog::polis
