#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A TCP client that sends exactly the bytes it is told and can misbehave: stop reading, half-close, reset. For tests
// of servers on 127.0.0.1. Every wait is bounded. One thread per client.

namespace civiclog {

struct RawResponse {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string body;

  // First value, or "".
  std::string header(std::string_view lower_case_name) const;
};

class RawClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{10'000};

  // `receive_buffer_bytes` 0 leaves the system's choice. Check connected().
  explicit RawClient(uint16_t port, int receive_buffer_bytes = 0, const char* host = "127.0.0.1");
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;
  RawClient(const RawClient&) = delete;

  bool connected() const { return descriptor_ >= 0; }
  // False if the other side no longer takes bytes.
  bool send(std::string_view bytes);
  void half_close();  // No more bytes from us (FIN); answers can still be read.
  void reset();       // RST, as a process that dies.
  void close();       // FIN both ways, without reading what is there.

  // One response; nullopt on the end of the stream, on anything that is not HTTP/1.1, or when patience ends. Interim (1xx)
  // responses are responses too. `head_only` for answers to HEAD.
  std::optional<RawResponse> read_response(bool head_only = false, std::chrono::milliseconds patience = kPatience);
  // Everything until the other side closes or patience ends; at_end() tells which.
  std::string read_all(std::chrono::milliseconds patience = kPatience);
  // Whether the other side closes without sending anything more.
  bool is_closed_within(std::chrono::milliseconds patience);
  // Bytes received and not yet taken by read_response.
  const std::string& unread() const { return buffer_; }
  bool at_end() const { return at_end_; }

 private:
  // Receives at least one byte; false at the end or when the deadline passes.
  bool receive(std::chrono::steady_clock::time_point deadline);

  int descriptor_ = -1;
  std::string buffer_;
  bool at_end_ = false;
};

}  // namespace civiclog
