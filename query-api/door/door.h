#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query-api/door/http_request.h"
#include "query-api/door/http_response.h"
#include "query-api/door/later_response.h"
#include "query-api/door/request_parser.h"

// The HTTP/1.1 door. Pistache listens, accepts, spreads connections over its threads and tells when a socket is ready;
// bytes are parsed by our RequestParser and written by our Connection. Neither Pistache's HTTP parser nor its router nor
// its write queue ever sees a byte (docs/adr/0005-pistache-behind-a-strict-door.md says why).
//
// A reverse proxy with TLS is expected in front of it, but not needed for its safety: every wait and every buffer of a
// connection has a limit below.

namespace civiclog {

struct DoorOptions {
  std::string host = "127.0.0.1";  // IPv4 or IPv6 address, or a name that resolves to one.
  uint16_t port = 0;               // 0 picks a free one; see Door::port().
  size_t threads = 2;              // A connection stays on one thread; a handler that blocks blocks its neighbours.
  RequestLimits limits;

  int64_t header_timeout_ms = 10'000;  // From the first byte of any request on a connection to the end of its head: 408.
  int64_t body_timeout_ms = 30'000;    // From the end of the head to the end of the body: 408.
  int64_t idle_timeout_ms = 60'000;    // Without any byte of a request: closed without a word.
  int64_t write_timeout_ms = 20'000;   // Without the client taking any byte of an answer: cut.
  int64_t answer_timeout_ms = 30'000;  // For an answer that comes later: then the handler's own word for it is sent.
  size_t max_connections = 4'000;      // Beyond: 503 and closed.

  // Told one sentence for the operator when a handler fails or a connection is refused for want of room. Called from
  // the door's threads, must not throw; may be empty.
  std::function<void(std::string_view)> log;
};

inline constexpr size_t kMaxDoorThreads = 64;
// File descriptors that max_connections leaves to the rest of the process.
inline constexpr size_t kReservedDescriptors = 256;
// An answer of n bytes must be taken within write_timeout_ms plus n at this rate, however steadily it is sipped.
inline constexpr size_t kMinBytesPerSecond = 16 * 1024;
// After the last answer of a connection its input is read and thrown away, so that the answer is not lost to a reset
// (RFC 9112, 9.6), but no longer and no more than this.
inline constexpr int64_t kLingerMs = 1'000;
inline constexpr size_t kMaxLingerBytes = 1u << 20;

class Door {
 public:
  // Answers one request, now or later. Called on the door's threads, several at a time; a thread calls one at a time. What it
  // throws becomes a constant 500. Later answers keep the order of the connection's requests: the next one is not read before.
  using Handler = std::function<Response(const HttpRequest&)>;

  // Listens when it returns. Raises the process's soft limit of open files as far as max_connections needs.
  // kInvalidArgument for options that make no sense or need more than the hard limit; kIo if the address cannot be
  // listened on.
  static Result<std::unique_ptr<Door>> start(DoorOptions options, Handler handler);

  // As drain_and_stop(0).
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  uint16_t port() const;
  // "HOST:PORT" as it belongs in an address, with brackets around IPv6.
  std::string authority() const;
  size_t open_connections() const;

  // Ends the service: idle and new connections are closed at once; requests that have begun are answered with
  // "Connection: close"; returns when no connection is left or the deadline has passed, and no handler runs any more.
  // A handler that does not return holds this up beyond the deadline. Call from outside the handlers, once.
  void drain_and_stop(std::chrono::milliseconds deadline);

 private:
  struct State;
  struct Threads;

  explicit Door(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
  std::unique_ptr<Threads> threads_;
  uint16_t port_ = 0;
};

}  // namespace civiclog
