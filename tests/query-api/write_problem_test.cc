#include "query-api/writing/write_problem.h"

#include <gtest/gtest.h>

namespace civiclog {
namespace {

TEST(WriteProblem, What_the_log_and_the_vault_say_of_their_files_is_not_told_to_clients) {
  const std::string secret = "IO error: No space left on device: /srv/record/log/000042.log";
  for (const Error& error : {Error{ErrorCode::kOutcomeUnknown, secret, "outcome_unknown"}, Error{ErrorCode::kUnavailable, secret, "log_stopped"},
                             Error{ErrorCode::kUnavailable, secret, {}}, Error{ErrorCode::kIo, secret, {}}, Error{ErrorCode::kCorrupt, secret, "crc"}}) {
    const HttpResponse response = write_problem(error);
    EXPECT_TRUE(is_for_the_operator(error)) << response.body;
    EXPECT_EQ(response.body.find("srv"), std::string::npos) << response.body;
    EXPECT_GE(response.status, 500);
  }
  const HttpResponse full = write_problem({ErrorCode::kUnavailable, "The log's queue is full.", "queue_full"});
  EXPECT_NE(full.body.find("The log's queue is full."), std::string::npos) << "what is for clients stays";
}

}  // namespace
}  // namespace civiclog
