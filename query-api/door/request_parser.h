#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "query-api/door/http_request.h"
#include "query-api/door/request_head.h"
#include "query-api/door/request_target.h"

// Cuts a stream of bytes into HTTP/1.x requests (RFC 9112), strictly. Does no I/O, reads no clock, throws nothing
// of its own. One per connection, used by one thread. What it yields depends only on the bytes, never on how they
// were cut into pieces; the tests and the fuzz target hold it to that.
//
// Lines end in CRLF; a bare CR or LF, a control character or a folded header is refused when it is met. After an
// error nothing more is read: there is no way to know where the next request would begin.
//
// Memory: what was fed and not yet used, plus one request, both within RequestLimits and the size of one feed. Between requests
// at most kMaxIdleBytes.

namespace civiclog {

struct RequestLimits {
  size_t max_request_line_bytes = 8 * 1024;  // without CRLF; 414 beyond
  size_t max_header_bytes = 16 * 1024;       // all header lines with their CRLF, trailers counted apart; 431 beyond
  size_t max_headers = 100;                  // lines; 431 beyond
  size_t max_body_bytes = 64 * 1024;         // decoded; 413 beyond
};

inline constexpr size_t kMaxIdleBytes = 2 * 1024;
inline constexpr size_t kMaxLeadingEmptyLines = 1;      // some clients send a stray CRLF after a body (RFC 9112, 2.2)
inline constexpr size_t kMaxChunkSizeDigits = 8;
inline constexpr size_t kMaxChunkLineBytes = 256;       // size and extensions of one chunk
inline constexpr size_t kMaxChunkExtensionBytes = 4096; // extensions of one body; they are checked and ignored

class RequestParser {
 public:
  enum class Event {
    kNeedMore,  // Feed more bytes.
    kContinue,  // The client waits for "100 Continue" before it sends the body. Said once per request.
    kRequest,   // A request is complete: take_request().
    kError,     // See error(). For good.
  };
  // What the parser waits for, so that its owner knows which timeout runs.
  enum class Phase { kIdle, kHead, kBody };

  explicit RequestParser(RequestLimits limits) : limits_(limits) {}

  // Appends to what is not yet parsed. Feed only after kNeedMore or kContinue, so that pipelined requests wait in
  // the socket and not here.
  void feed(std::string_view bytes);
  // Parses until something happens. Call until kNeedMore.
  Event advance();
  // The complete request, once; the next advance() begins the next one.
  HttpRequest take_request();

  const ProtocolError& error() const { return error_; }
  Phase phase() const;

 private:
  enum class State { kRequestLine, kHeaders, kLengthBody, kChunkSize, kChunkData, kChunkEnd, kTrailers, kComplete, kFailed };
  enum class Line { kIncomplete, kComplete, kTooLong, kBad };

  // Looks for the end of the line at `used_`. Every byte is looked at once, however it arrives.
  Line find_line(size_t max_bytes, std::string_view& line);
  // One step of one state; nullopt when there is a next step to take at once.
  std::optional<Event> step();
  std::optional<Event> read_request_line();
  std::optional<Event> read_headers();
  std::optional<Event> read_length_body();
  std::optional<Event> read_chunk_size();
  std::optional<Event> read_chunk_data();
  std::optional<Event> read_chunk_end();
  std::optional<Event> read_trailers();
  std::optional<Event> end_of_headers();
  // Reads one field line; `done` is set at the empty line that ends them.
  std::optional<Event> read_field(Field& field, bool& done);
  std::optional<Event> complete();
  Event fail(ProtocolError error);

  size_t unread() const { return buffer_.size() - used_; }

  const RequestLimits limits_;
  State state_ = State::kRequestLine;
  std::string buffer_;
  size_t used_ = 0;     // Bytes of buffer_ already parsed.
  size_t scanned_ = 0;  // Bytes of buffer_ already looked at by find_line.
  HttpRequest request_;
  Framing framing_;
  size_t empty_lines_ = 0;
  size_t header_bytes_ = 0;
  size_t header_lines_ = 0;
  size_t chunk_left_ = 0;
  size_t extension_bytes_ = 0;
  ProtocolError error_;
};

}  // namespace civiclog
