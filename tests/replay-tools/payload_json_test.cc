#include "reports/payload_json.h"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "events/payload_codec.h"
#include "reports/json_text.h"
#include "tests/events/samples.h"

// The names are a contract: clients of /v1/events and readers of `civic-replay log --format json` program against them.

namespace civiclog {
namespace {

const std::map<std::string_view, std::string_view> kFields = {
    {"organisation-registered", "slug name"},
    {"role-granted", "participant role"},
    {"role-revoked", "participant role reason"},
    {"participant-joined", "source_id"},
    {"participant-verified", "method identity"},
    {"words-erased", "author words reason"},
    {"topic-launched", "organisation slug title summary source_id"},
    {"phases-defined", "phases"},
    {"rules-set", "rules reason"},
    {"phase-opened", "phase reason"},
    {"phase-closed", "phase reason"},
    {"phase-extended", "phase old_end new_end justification"},
    {"box-opened", "box secrecy key_fingerprint rules_hash"},
    {"box-closed", "box"},
    {"contribution-submitted", "topic kind pre_moderated title body link source_id"},
    {"contribution-revised", "topic version substantive title body"},
    {"contribution-withdrawn", "topic reason"},
    {"contribution-moderated", "topic case action status"},
    {"comment-posted", "topic contribution parent depth stance body source_id"},
    {"comment-edited", "topic contribution version body"},
    {"comment-retracted", "topic contribution"},
    {"comment-moderated", "topic contribution case action status"},
    {"ballot-cast", "topic contribution contribution_version choice"},
    {"ballot-changed", "topic contribution contribution_version previous choice"},
    {"ballot-reaffirmed", "topic contribution contribution_version choice"},
    {"ballot-withdrawn", "topic contribution previous"},
    {"content-flagged", "topic contribution comment ground explanation"},
    {"moderation-decided", "topic contribution comment action ground facts policy automated"},
    {"import-started", "source content_digest imported_at drives_clock topic attributes"},
};

std::string_view type_of(const Payload& payload) {
  return std::visit([](const auto& event) -> std::string_view { return event.kType; }, payload);
}

std::string names_of(const boost::json::object& fields) {
  std::string names;
  for (const auto& field : fields) names += (names.empty() ? "" : " ") + std::string(field.key());
  return names;
}

TEST(PayloadJson, Every_event_type_known_to_the_codec_says_all_its_fields) {
  std::map<std::string_view, Payload> samples;
  for (const Payload& payload : samples::payloads()) samples.emplace(type_of(payload), payload);
  for (const std::string_view type : known_types()) {
    SCOPED_TRACE(type);
    ASSERT_TRUE(samples.contains(type)) << "a type has no sample";
    ASSERT_TRUE(kFields.contains(type)) << "a type whose fields are not listed here";
    const boost::json::object fields = payload_json(samples.at(type));
    EXPECT_EQ(names_of(fields), kFields.at(type));
    // No field of a sample is at its default, so what is null was forgotten.
    for (const auto& field : fields) EXPECT_FALSE(field.value().is_null()) << field.key();
  }
  EXPECT_EQ(kFields.size(), known_types().size()) << "a type that the codec does not know";
}

TEST(PayloadJson, Every_word_has_its_id_and_commitment_and_with_a_reader_its_text_or_what_became_of_it) {
  for (const Payload& payload : samples::payloads()) {
    SCOPED_TRACE(type_of(payload));
    const std::string plain = boost::json::serialize(payload_json(payload));
    for (const WordRef& word : words_of(payload)) {
      EXPECT_NE(plain.find(word.id.text()), std::string::npos);
      EXPECT_NE(plain.find(to_hex(view(word.commitment))), std::string::npos);
    }
    EXPECT_EQ(plain.find("\"text\""), std::string::npos);
  }
  OrganisationRegistered registered = std::get<OrganisationRegistered>(samples::payloads().front());
  const auto name_with = [&](Result<WordLookup> answer) {
    return payload_json(registered, [&](WordId) { return answer; }).at("name").as_object();
  };
  EXPECT_EQ(name_with(WordLookup{WordState::kErased, {}}).at("state").as_string(), "erased");
  EXPECT_EQ(name_with(WordLookup{WordState::kNotHere, {}}).at("state").as_string(), "not_here");
  EXPECT_EQ(name_with(corrupt("bad checksum")).at("state").as_string(), "damaged");
  EXPECT_EQ(name_with(corrupt("bad checksum")).at("word").as_string(), registered.name.id.text());
  registered.name = {};
  EXPECT_TRUE(payload_json(registered).at("name").is_null());
}

TEST(PayloadJson, Bytes_that_are_no_text_do_not_spoil_the_json) {
  OrganisationRegistered registered = std::get<OrganisationRegistered>(samples::payloads().front());
  registered.slug = "a\xff" "b\xc3";
  EXPECT_EQ(payload_json(registered).at("slug").as_string(), "a\xEF\xBF\xBD" "b\xEF\xBF\xBD");
  EXPECT_EQ(as_utf8("Gr\xc3\xbc\xc3\x9f" "e"), "Gr\xc3\xbc\xc3\x9f" "e");
}

}  // namespace
}  // namespace civiclog
