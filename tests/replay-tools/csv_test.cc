#include "replay-tools/csv.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace civiclog {
namespace {

using Records = std::vector<std::vector<std::string>>;
using testing::ElementsAre;
using testing::HasSubstr;

// Hands out a few bytes at a time, so that every boundary falls everywhere.
class SlowSource final : public ByteSource {
 public:
  SlowSource(std::string_view bytes, size_t step) : source_(bytes), step_(step) {}
  Result<size_t> read(char* buffer, size_t size) override { return source_.read(buffer, std::min(size, step_)); }

 private:
  MemorySource source_;
  size_t step_;
};

// Repeats one byte for ever and counts what was asked of it.
class EndlessSource final : public ByteSource {
 public:
  EndlessSource(std::string head, char filler) : head_(std::move(head)), filler_(filler) {}
  Result<size_t> read(char* buffer, size_t size) override {
    for (size_t i = 0; i < size; ++i, ++given) buffer[i] = given < head_.size() ? head_[given] : filler_;
    return size;
  }

  size_t given = 0;

 private:
  std::string head_;
  char filler_;
};

class FailingSource final : public ByteSource {
 public:
  Result<size_t> read(char*, size_t) override { return io_error("the disk is gone"); }
};

Result<Records> read_all(ByteSource& source) {
  CsvReader reader(source, "some.csv");
  Records records;
  for (;;) {
    const auto more = reader.next();
    if (!more) return more.error();
    if (!*more) return records;
    records.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

Result<Records> read_all(std::string_view bytes) {
  MemorySource source(bytes);
  return read_all(source);
}

std::string error_of(std::string_view bytes) {
  const auto records = read_all(bytes);
  if (records) return "no error";
  EXPECT_EQ(records.error().code, ErrorCode::kInvalidArgument);
  return records.error().message;
}

TEST(CsvReader, Fields_are_separated_by_commas_and_records_by_line_ends) {
  EXPECT_EQ(*read_all("a,b\nc,d\n"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(*read_all("a,b\r\nc,d\r\n"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(*read_all("a,\n,\n"), (Records{{"a", ""}, {"", ""}}));
  EXPECT_EQ(*read_all(" a , b \n"), (Records{{" a ", " b "}}));
}

TEST(CsvReader, The_last_line_may_lack_its_line_end) {
  EXPECT_EQ(*read_all("a,b\nc,d"), (Records{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(*read_all("a,"), (Records{{"a", ""}}));
  EXPECT_EQ(*read_all("\"a\""), (Records{{"a"}}));
}

TEST(CsvReader, An_empty_input_has_no_records) {
  EXPECT_TRUE(read_all("")->empty());
  EXPECT_TRUE(read_all("\xef\xbb\xbf")->empty());
  EXPECT_TRUE(read_all("\n\r\n\n")->empty());
}

TEST(CsvReader, A_byte_order_mark_is_skipped_at_the_start_only) {
  EXPECT_EQ(*read_all("\xef\xbb\xbf""a,b\n"), (Records{{"a", "b"}}));
  EXPECT_EQ(*read_all("\xef\xbb\xbf\"a\",b\n"), (Records{{"a", "b"}}));
  EXPECT_EQ(*read_all("a\n\xef\xbb\xbf""b\n"), (Records{{"a"}, {"\xef\xbb\xbf""b"}}));
}

TEST(CsvReader, Quoted_fields_hold_commas_quotes_and_line_ends) {
  EXPECT_EQ(*read_all("\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\n"), (Records{{"a,b", "say \"hi\"", "two\nlines"}}));
  EXPECT_EQ(*read_all("\"\r\n\",\"\r\"\n"), (Records{{"\r\n", "\r"}}));
  EXPECT_EQ(*read_all("\"\",\"\"\"\"\n"), (Records{{"", "\""}}));
}

TEST(CsvReader, A_lone_pair_of_quotes_is_a_record_and_no_blank_line) {
  EXPECT_EQ(*read_all("a\n\"\"\nb\n"), (Records{{"a"}, {""}, {"b"}}));
}

TEST(CsvReader, Blank_lines_are_legal_at_the_end_and_nowhere_else) {
  EXPECT_EQ(*read_all("a,b\n\n\r\n"), (Records{{"a", "b"}}));
  EXPECT_EQ(error_of("a,b\n\n\nc,d\n"), "some.csv line 2: a blank line stands between two records; remove it");
  EXPECT_THAT(error_of("\na,b\n"), HasSubstr("line 1: a blank line"));
}

TEST(CsvReader, It_knows_whether_every_line_feed_followed_a_carriage_return) {
  const auto is_crlf = [](std::string_view bytes) {
    MemorySource source(bytes);
    CsvReader reader(source, "some.csv");
    for (auto more = reader.next(); more && *more; more = reader.next()) {
    }
    return reader.is_crlf();
  };
  EXPECT_TRUE(is_crlf("a\r\n\"b\r\nc\"\r\nd"));
  EXPECT_FALSE(is_crlf("a\r\n\"b\nc\"\r\n"));
  EXPECT_FALSE(is_crlf("a\n\"b\r\nc\"\n"));
  EXPECT_FALSE(is_crlf("a"));
}

TEST(CsvReader, Lines_are_counted_through_quoted_fields) {
  MemorySource source("a\n\"b\n\nb\"\nc\n");
  CsvReader reader(source, "some.csv");
  std::vector<uint64_t> lines;
  for (auto more = reader.next(); more && *more; more = reader.next()) lines.push_back(reader.line());
  EXPECT_THAT(lines, ElementsAre(1, 2, 5));
}

TEST(CsvReader, Malformed_input_is_named_with_its_line) {
  EXPECT_EQ(error_of("a\nb\"c\n"),
            "some.csv line 2: a quote inside an unquoted field; put the field in quotes and double the quote");
  EXPECT_THAT(error_of("a\n\"b\"c\n"), HasSubstr("line 2: text after a closing quote"));
  EXPECT_THAT(error_of("a\n\"b\" ,c\n"), HasSubstr("line 2: text after a closing quote"));
  EXPECT_THAT(error_of("a\n\"b\nc\nd\n"), HasSubstr("line 2: the quote that opens here is never closed"));
  EXPECT_THAT(error_of("a\rb\n"), HasSubstr("line 1: a carriage return outside quotes without a line feed"));
  EXPECT_THAT(error_of("a\nb\r"), HasSubstr("line 2: the file ends in a carriage return"));
  EXPECT_THAT(error_of("a\r\"b\"\n"), HasSubstr("line 1: a carriage return outside quotes"));
  EXPECT_THAT(error_of(std::string_view("a\nb\nc\0d\n", 8)), HasSubstr("line 3: a NUL byte"));
  EXPECT_THAT(error_of(std::string_view("a\n\"b\n\0\"\n", 8)), HasSubstr("line 3: a NUL byte"));
}

TEST(CsvReader, Invalid_utf8_is_refused_field_by_field) {
  EXPECT_EQ(error_of("a\nb,\xff\n"), "some.csv line 2: field 2 is not valid UTF-8; save the file as UTF-8");
  EXPECT_THAT(error_of("\xc3,\xa9\n"), HasSubstr("field 1 is not valid UTF-8"));       // Halves do not add up across a comma.
  EXPECT_THAT(error_of("\xed\xa0\x80\n"), HasSubstr("not valid UTF-8"));                // A surrogate.
  EXPECT_THAT(error_of("\xc0\xaf\n"), HasSubstr("not valid UTF-8"));                    // Overlong.
  EXPECT_THAT(error_of("\xff\xfe""a\n"), HasSubstr("not valid UTF-8"));                 // A UTF-16 mark.
  EXPECT_EQ(*read_all("\xf0\x9f\x97\xb3,\xe4\xb8\xad\n"), (Records{{"\xf0\x9f\x97\xb3", "\xe4\xb8\xad"}}));
}

TEST(CsvReader, A_field_at_the_limit_is_read_and_one_byte_more_is_refused) {
  const std::string longest(kMaxCsvFieldBytes, 'x');
  EXPECT_EQ((*read_all("a\n" + longest + ",b\n"))[1][0], longest);
  EXPECT_EQ(error_of("a\n" + longest + "x,b\n"), "some.csv line 2: a field is longer than 1048576 bytes");
  EXPECT_THAT(error_of("a\n\"" + longest + "x\"\n"), HasSubstr("line 2: a field is longer"));
}

TEST(CsvReader, A_record_over_the_limit_is_refused) {
  std::string record;
  for (size_t i = 0; i < 17; ++i) record += std::string(kMaxCsvFieldBytes - 1, 'x') + ",";
  EXPECT_THAT(error_of("a\n" + record + "\n"), HasSubstr("line 2: a record is longer than 16777216 bytes"));
  EXPECT_THAT(error_of(std::string(kMaxCsvFields, ',')), HasSubstr("line 1: more than 131072 fields"));
}

TEST(CsvReader, An_endless_line_or_quote_is_refused_without_reading_on) {
  for (const std::string head : {"a,b\n", "a,b\n\""}) {
    EndlessSource source(head, 'x');
    const auto records = read_all(source);
    ASSERT_FALSE(records);
    EXPECT_THAT(records.error().message, HasSubstr("line 2: a field is longer than"));
    EXPECT_LT(source.given, kMaxCsvFieldBytes + 200'000);
  }
  EndlessSource lines("a,b\n\"", '\n');
  EXPECT_THAT(read_all(lines).error().message, HasSubstr("line 2: a field is longer than 1048576 bytes; probably the quote"));
}

TEST(CsvReader, A_failing_source_is_an_io_error) {
  FailingSource source;
  EXPECT_EQ(read_all(source).error().code, ErrorCode::kIo);
}

TEST(CsvReader, The_size_of_the_reads_makes_no_difference) {
  const std::string bytes = "\xef\xbb\xbf""a,\"b\r\n\"\"\",\xf0\x9f\x97\xb3\r\n\"\",c,\r\nlast,1,2";
  const auto expected = read_all(bytes);
  ASSERT_TRUE(expected);
  ASSERT_EQ(expected->size(), 3U);
  for (size_t step = 1; step < bytes.size(); ++step) {
    SlowSource source(bytes, step);
    const auto records = read_all(source);
    ASSERT_TRUE(records) << step;
    EXPECT_EQ(*records, *expected) << step;
  }
}

TEST(FileSource, A_file_that_is_none_is_refused_with_a_reason) {
  const auto folder = std::filesystem::temp_directory_path() / ("csv-test-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "inner.csv");
  EXPECT_THAT(FileSource::open(folder / "gone.csv").error().message, HasSubstr("there is no gone.csv in"));
  EXPECT_THAT(FileSource::open(folder / "inner.csv").error().message, HasSubstr("is a directory"));
  ASSERT_EQ(::mkfifo((folder / "pipe.csv").c_str(), 0600), 0);
  EXPECT_THAT(FileSource::open(folder / "pipe.csv").error().message, HasSubstr("is not a regular file"));
  std::filesystem::create_symlink("loop.csv", folder / "loop.csv");
  EXPECT_THAT(FileSource::open(folder / "loop.csv").error().message, HasSubstr("cannot be read"));
  std::ofstream(folder / "good.csv") << "a,b\n";
  auto source = FileSource::open(folder / "good.csv");
  ASSERT_TRUE(source);
  EXPECT_EQ(*read_all(*source), (Records{{"a", "b"}}));
  std::filesystem::remove_all(folder);
}

std::string written(const std::vector<std::string>& fields) {
  CsvWriter writer;
  for (const auto& field : fields) writer.text(field);
  writer.end_record();
  return writer.bytes();
}

TEST(CsvWriter, Fields_are_quoted_when_they_must_be) {
  EXPECT_EQ(written({"a", "b c", ""}), "a,b c,\n");
  EXPECT_EQ(written({"a,b", "a\"b", "a\nb", "a\rb"}), "\"a,b\",\"a\"\"b\",\"a\nb\",\"a\rb\"\n");
  EXPECT_EQ(written({" a", "a ", "\ta", "a\t"}), "\" a\",\"a \",\"\ta\",\"a\t\"\n");
  EXPECT_EQ(written({""}), "\"\"\n");
  EXPECT_EQ(written({"\xef\xbb\xbf""a"}), "\"\xef\xbb\xbf""a\"\n");
}

TEST(CsvWriter, What_a_spreadsheet_takes_for_a_formula_is_quoted_and_not_altered) {
  EXPECT_EQ(written({"=1+1", "+1", "-1", "@x", "a=b"}), "\"=1+1\",\"+1\",\"-1\",\"@x\",a=b\n");
}

TEST(CsvWriter, Numbers_are_never_quoted) {
  CsvWriter writer;
  writer.number(-1).number(0).empty().number(INT64_MAX).end_record();
  EXPECT_EQ(writer.bytes(), "-1,0,,9223372036854775807\n");
}

TEST(CsvWriter, Whatever_is_written_is_read_back) {
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {"a", ",", "\"", "\n", "\r", "\r\n", " ", "\t", "=", "-", "\xef\xbb\xbf",
                                           "\xf0\x9f\x97\xb3", "\xe4\xb8\xad\xe6\x96\x87", "\x01", "''"};
  for (int round = 0; round < 2000; ++round) {
    Records records(random() % 4 + 1);
    CsvWriter writer;
    for (auto& record : records) {
      record.resize(random() % 4 + 1);
      for (auto& field : record) {
        for (size_t i = random() % 5; i > 0; --i) field += pieces[random() % pieces.size()];
        writer.text(field);
      }
      writer.end_record();
    }
    const auto again = read_all(writer.bytes());
    ASSERT_TRUE(again) << again.error().message << "\n" << writer.bytes();
    ASSERT_EQ(*again, records) << writer.bytes();
  }
}

TEST(Shown, Cells_are_cut_between_characters_and_made_printable) {
  EXPECT_EQ(shown("a\nb"), "'a?b'");
  EXPECT_EQ(shown(std::string(39, 'a') + "\xf0\x9f\x97\xb3"), "'" + std::string(39, 'a') + "…'");
  EXPECT_EQ(shown(std::string(40, 'a')), "'" + std::string(40, 'a') + "'");
}

}  // namespace
}  // namespace civiclog
