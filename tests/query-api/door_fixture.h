#pragma once

#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "query-api/door/door.h"
#include "tests/support/raw_client.h"

// A door on a free port of 127.0.0.1 with a handler that answers what the target says:
//   /echo/…       the target, a space, the body
//   /bytes/N      N bytes
//   /throw/…      throws: "std" a std::exception, anything else an int
//   /header       an answer with a line break in a header
//   /sleep/MS     the target, after MS milliseconds

namespace civiclog {

class DoorTest : public testing::Test {
 protected:
  void start(DoorOptions options = {}, Door::Handler handler = answer) {
    options.log = [this](std::string_view sentence) {
      const std::lock_guard lock(mutex_);
      log_.emplace_back(sentence);
    };
    Result<std::unique_ptr<Door>> door = Door::start(std::move(options), std::move(handler));
    ASSERT_TRUE(door.has_value()) << door.error().message;
    door_ = std::move(*door);
  }

  RawClient client(int receive_buffer_bytes = 0) const { return RawClient(door_->port(), receive_buffer_bytes); }

  std::vector<std::string> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

  // Waits until the door has `count` connections.
  bool has_connections(size_t count) const;

  static HttpResponse answer(const HttpRequest& request);

  std::mutex mutex_;
  std::vector<std::string> log_;
  std::unique_ptr<Door> door_;
};

// "GET target" with a Host.
std::string get(const std::string& target, const std::string& headers = "");

}  // namespace civiclog
