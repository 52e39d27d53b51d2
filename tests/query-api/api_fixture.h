#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "access/installation_key.h"
#include "query-api/api.h"
#include "query-api/door/door.h"
#include "tests/support/deliberation.h"
#include "tests/support/raw_client.h"
#include "tests/support/scratch_directory.h"

// A whole installation in a scratch directory with the deliberation of tests/support, its API behind a real door, and
// a client. The clock stands in March 2026 and moves one minute with every command.

namespace civiclog {

using Json = boost::json::value;

inline constexpr size_t kMaxApiWaiters = 30;

class ApiTest : public testing::Test {
 protected:
  ApiTest();
  ~ApiTest() override;

  // Everything told so far is applied.
  void catch_up();

  RawResponse get(const std::string& target, const std::string& headers = "", const std::string& method = "GET");
  // A 200 with a body of JSON; another status fails the test.
  Json read(const std::string& target);
  // "400 cursor_invalid"; checks that it is problem+json, and that its members agree.
  std::string problem(const std::string& target);
  // All items of a list, page by page; checks that all pages are of one position and nothing comes twice.
  std::vector<Json> walk(const std::string& target, size_t limit, const std::function<void()>& between_pages = {});

  // A token of this subject, valid for an hour of the fixture's clock.
  std::string token(std::string_view subject) const;
  std::string token(ParticipantId participant) const { return token(participant.text()); }
  // A writing request with a key of its own unless one is given. "" as the token sends none.
  RawResponse write(const std::string& method, const std::string& target, const std::string& body, const std::string& token,
                    const std::string& key = "", const std::string& headers = "");
  std::string new_key() { return "key-" + std::to_string(++keys_); }

  Position head() const { return installation_->log().head(); }

  ScratchDirectory scratch_;
  std::atomic<int64_t> clock_ms_;
  std::unique_ptr<Installation> installation_;
  std::unique_ptr<Deliberation> story_;
  std::unique_ptr<InstallationKey> key_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Door> door_;
  std::vector<std::string> log_;
  int keys_ = 0;
};

std::string text_of(const Json& json, const std::string& pointer);
// The JSON at a pointer as text, e.g. "{\"agree\":2}".
std::string at(const Json& json, const std::string& pointer);
std::vector<std::string> ids_of(const std::vector<Json>& items);
std::vector<std::string> ids_of(const Json& list);

}  // namespace civiclog
