#include "tests/query-api/door_fixture.h"

#include <chrono>
#include <thread>

namespace civiclog {

std::string get(const std::string& target, const std::string& headers) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

HttpResponse DoorTest::answer(const HttpRequest& request) {
  const std::string kind = request.segments.empty() ? "" : request.segments[0];
  const std::string what = request.segments.size() < 2 ? "" : request.segments[1];
  if (kind == "bytes") return text_response(200, std::string(std::stoul(what), 'b'));
  if (kind == "throw" && what == "std") throw std::runtime_error("secret of the machine room");
  if (kind == "throw") throw 42;
  if (kind == "header") return text_response(200, "x").with("Location", "/a\r\nSet-Cookie: b");
  if (kind == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds(std::stoul(what)));
  return text_response(200, request.target + " " + request.body);
}

bool DoorTest::has_connections(size_t count) const {
  for (int i = 0; i < 1'000; ++i) {
    if (door_->open_connections() == count) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace civiclog
