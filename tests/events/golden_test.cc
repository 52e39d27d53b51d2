#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "events/public_form.h"
#include "tests/events/samples.h"

// Bytes that were once written are read for ever. tests/golden/events.txt is only ever added to. To add lines for a
// new type, run this binary with CIVICLOG_PRINT_GOLDEN=1 and append what it prints.

namespace civiclog {
namespace {

struct GoldenLine {
  std::string type;
  uint16_t schema;
  std::string form;  // "stored", or "public-<secrecy>"
  std::string bytes;
};

std::vector<GoldenLine> golden_lines() {
  std::ifstream file(CIVICLOG_GOLDEN_FILE);
  EXPECT_TRUE(file.is_open()) << CIVICLOG_GOLDEN_FILE;
  std::vector<GoldenLine> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    GoldenLine out;
    std::string hex;
    fields >> out.type >> out.schema >> out.form;
    if (!(fields >> hex)) {
      hex = out.form;
      out.form = "stored";
    }
    out.bytes = from_hex(hex).value();
    lines.push_back(out);
  }
  return lines;
}

std::vector<GoldenLine> current_lines() {
  std::vector<GoldenLine> lines;
  uint64_t position = 0;
  for (const Payload& payload : samples::payloads()) {
    const StoredEvent event = samples::stored(payload, ++position);
    const Envelope& e = event.envelope;
    lines.push_back({e.type, e.schema, "stored", event.bytes});
    if (!governing_box(event)) {
      EXPECT_EQ(public_form(event, std::nullopt), event.bytes);
      continue;
    }
    for (const Secrecy mode : {Secrecy::kOpen, Secrecy::kPseudonymous, Secrecy::kEmbargoed}) {
      lines.push_back({e.type, e.schema, fmt::format("public-{}", name_of(mode)),
                       public_form(event, BoxSecrecy{mode, samples::box_key()})});
    }
  }
  return lines;
}

TEST(Golden, Every_event_type_and_public_form_has_its_bytes_and_they_are_what_is_written_today) {
  if (std::getenv("CIVICLOG_PRINT_GOLDEN") != nullptr) {
    for (const GoldenLine& line : current_lines()) {
      fmt::print("{} {} {}{}\n", line.type, line.schema, line.form == "stored" ? "" : line.form + " ", to_hex(line.bytes));
    }
  }
  std::map<std::tuple<std::string, uint16_t, std::string>, std::string> golden;
  for (const GoldenLine& line : golden_lines()) golden[{line.type, line.schema, line.form}] = line.bytes;
  for (const GoldenLine& line : current_lines()) {
    const auto found = golden.find({line.type, line.schema, line.form});
    ASSERT_NE(found, golden.end()) << "no golden line for " << line.type << " schema " << line.schema << " " << line.form;
    EXPECT_EQ(to_hex(found->second), to_hex(line.bytes)) << line.type << " " << line.form;
  }
}

TEST(Golden, Every_stored_line_is_still_read_whatever_its_schema) {
  std::set<std::string> seen;
  std::set<std::pair<std::string, uint16_t>> layouts;
  for (const GoldenLine& line : golden_lines()) {
    if (line.form != "stored") continue;
    ByteReader position(std::string_view(line.bytes).substr(24, 8));
    const Result<StoredEvent> event = decode_event(line.bytes, {position.u64()});
    ASSERT_TRUE(event) << line.type << ": " << event.error().message;
    EXPECT_EQ(event->envelope.type, line.type);
    EXPECT_EQ(event->envelope.schema, line.schema);
    const Result<Payload> payload = decode_payload(*event);
    ASSERT_TRUE(payload) << line.type << ": " << payload.error().message;
    seen.insert(line.type);
    layouts.emplace(line.type, line.schema);
  }
  for (const std::string_view type : known_types()) EXPECT_TRUE(seen.contains(std::string(type))) << type;
  EXPECT_TRUE(layouts.contains({"comment-posted", 1})) << "the old layout of comment-posted has no golden line";
}

TEST(Golden, A_comment_written_in_schema_1_is_read_as_a_neutral_one) {
  for (const GoldenLine& line : golden_lines()) {
    if (line.type != "comment-posted" || line.schema != 1) continue;
    const Result<StoredEvent> event = decode_event(line.bytes, {ByteReader(std::string_view(line.bytes).substr(24, 8)).u64()});
    ASSERT_TRUE(event);
    const Result<Payload> payload = decode_payload(*event);
    ASSERT_TRUE(payload);
    CommentPosted expected;
    for (const Payload& sample : samples::payloads()) {
      if (const auto* comment = std::get_if<CommentPosted>(&sample)) expected = *comment;
    }
    expected.stance = Stance::kNeutral;
    EXPECT_EQ(std::get<CommentPosted>(*payload), expected);
    return;
  }
  FAIL() << "no golden line of comment-posted in schema 1";
}

}  // namespace
}  // namespace civiclog
