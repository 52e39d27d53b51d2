#pragma once

#include "tests/query-api/api_fixture.h"

namespace civiclog {

// The deliberation of tests/support, and clients that go on with it over HTTP.
class WriteTest : public ApiTest {
 protected:
  Json body_of(const RawResponse& response) {
    boost::json::error_code error;
    Json json = boost::json::parse(response.body, error);
    EXPECT_FALSE(error) << response.body;
    return json;
  }
  // "409 phase_forbids"; of a success "201".
  std::string outcome(const RawResponse& response) {
    if (response.status < 300) return std::to_string(response.status);
    EXPECT_EQ(response.header("content-type"), "application/problem+json") << response.body;
    return std::to_string(response.status) + " " + text_of(body_of(response), "/code");
  }
  // Reads after the write, from read models that have applied it.
  Json read_after(const RawResponse& written, const std::string& target) {
    return read(target + (target.find('?') == std::string::npos ? "?" : "&") + "min_position=" + written.header("civic-position"));
  }
  std::string opinion_path() const { return "/v1/contributions/" + story_->opinion.text(); }
  std::string ballot(const std::string& choice, int version = 1) const {
    return R"({"choice":")" + choice + R"(","version":)" + std::to_string(version) + "}";
  }
};

}  // namespace civiclog
