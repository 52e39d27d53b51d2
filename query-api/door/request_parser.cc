#include "query-api/door/request_parser.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "query-api/door/http_syntax.h"

namespace civiclog {
namespace {

using Event = RequestParser::Event;

constexpr size_t kCrLfBytes = 2;

bool is_visible_ascii(char c) { return c > 0x20 && c < 0x7f; }

}  // namespace

void RequestParser::feed(std::string_view bytes) {
  if (state_ == State::kFailed) return;
  buffer_.erase(0, used_);
  scanned_ -= used_;
  used_ = 0;
  buffer_.append(bytes);
}

RequestParser::Phase RequestParser::phase() const {
  switch (state_) {
    case State::kRequestLine: return unread() == 0 ? Phase::kIdle : Phase::kHead;
    case State::kHeaders: return Phase::kHead;
    default: return Phase::kBody;
  }
}

Event RequestParser::advance() {
  for (;;) {
    if (const std::optional<Event> event = step()) return *event;
  }
}

std::optional<Event> RequestParser::step() {
  switch (state_) {
    case State::kRequestLine: return read_request_line();
    case State::kHeaders: return read_headers();
    case State::kLengthBody: return read_length_body();
    case State::kChunkSize: return read_chunk_size();
    case State::kChunkData: return read_chunk_data();
    case State::kChunkEnd: return read_chunk_end();
    case State::kTrailers: return read_trailers();
    case State::kComplete: return Event::kRequest;
    case State::kFailed: return Event::kError;
  }
  return Event::kError;
}

HttpRequest RequestParser::take_request() {
  CHECK(state_ == State::kComplete);
  state_ = State::kRequestLine;
  framing_ = Framing{};
  empty_lines_ = header_bytes_ = header_lines_ = chunk_left_ = extension_bytes_ = 0;
  if (unread() == 0 && buffer_.capacity() > kMaxIdleBytes) {
    std::string().swap(buffer_);
    used_ = scanned_ = 0;
  }
  return std::exchange(request_, HttpRequest{});
}

Event RequestParser::fail(ProtocolError error) {
  state_ = State::kFailed;
  error_ = std::move(error);
  buffer_.clear();
  used_ = scanned_ = 0;
  return Event::kError;
}

std::optional<Event> RequestParser::complete() {
  state_ = State::kComplete;
  return std::nullopt;
}

RequestParser::Line RequestParser::find_line(size_t max_bytes, std::string_view& line) {
  const bool visible_only = state_ == State::kRequestLine;
  for (; scanned_ < buffer_.size(); ++scanned_) {
    const char c = buffer_[scanned_];
    if (c == '\r') {
      if (scanned_ + 1 == buffer_.size()) return Line::kIncomplete;
      if (buffer_[scanned_ + 1] != '\n') return Line::kBad;
      line = std::string_view(buffer_).substr(used_, scanned_ - used_);
      scanned_ += kCrLfBytes;
      used_ = scanned_;
      return Line::kComplete;
    }
    if (visible_only ? !is_visible_ascii(c) && c != ' ' : !is_field_char(c)) return Line::kBad;
    if (scanned_ - used_ == max_bytes) return Line::kTooLong;
  }
  return Line::kIncomplete;
}

std::optional<Event> RequestParser::read_request_line() {
  std::string_view line;
  switch (find_line(limits_.max_request_line_bytes, line)) {
    case Line::kIncomplete: return Event::kNeedMore;
    case Line::kTooLong: return fail({414, "The request line is longer than this server accepts."});
    case Line::kBad: return fail({400, "The request line has a forbidden character or does not end in CRLF."});
    case Line::kComplete: break;
  }
  if (line.empty()) {
    if (++empty_lines_ > kMaxLeadingEmptyLines) return fail({400, "The request begins with empty lines."});
    return std::nullopt;
  }
  if (std::optional<ProtocolError> error = parse_request_line(line, request_)) return fail(std::move(*error));
  state_ = State::kHeaders;
  return std::nullopt;
}

std::optional<Event> RequestParser::read_field(Field& field, bool& done) {
  std::string_view line;
  switch (find_line(limits_.max_header_bytes - header_bytes_, line)) {
    case Line::kIncomplete: return Event::kNeedMore;
    case Line::kTooLong: return fail({431, "The headers are longer than this server accepts."});
    case Line::kBad: return fail({400, "A header has a forbidden character or does not end in CRLF."});
    case Line::kComplete: break;
  }
  done = line.empty();
  if (done) return std::nullopt;
  header_bytes_ += line.size() + kCrLfBytes;
  if (header_bytes_ > limits_.max_header_bytes || ++header_lines_ > limits_.max_headers) {
    return fail({431, "The headers are longer or more than this server accepts."});
  }
  if (std::optional<ProtocolError> error = parse_field_line(line, field)) return fail(std::move(*error));
  return std::nullopt;
}

std::optional<Event> RequestParser::read_headers() {
  Field field;
  bool done = false;
  if (const std::optional<Event> event = read_field(field, done)) return event;
  if (done) return end_of_headers();
  request_.headers.push_back(std::move(field));
  return std::nullopt;
}

std::optional<Event> RequestParser::end_of_headers() {
  if (std::optional<ProtocolError> error = parse_framing(request_, limits_.max_body_bytes, framing_)) {
    return fail(std::move(*error));
  }
  if (framing_.kind == Framing::Kind::kNoBody) return complete();
  state_ = framing_.kind == Framing::Kind::kLength ? State::kLengthBody : State::kChunkSize;
  // A client that already sends its body does not wait for us (RFC 9110, 10.1.1).
  if (framing_.expects_continue && unread() == 0) return Event::kContinue;
  return std::nullopt;
}

std::optional<Event> RequestParser::read_length_body() {
  const size_t take = std::min(unread(), framing_.length - request_.body.size());
  request_.body.append(buffer_, used_, take);
  used_ += take;
  scanned_ = used_;
  if (request_.body.size() < framing_.length) return Event::kNeedMore;
  return complete();
}

std::optional<Event> RequestParser::read_chunk_size() {
  std::string_view line;
  switch (find_line(kMaxChunkLineBytes, line)) {
    case Line::kIncomplete: return Event::kNeedMore;
    case Line::kTooLong: return fail({400, "The size line of a chunk is longer than this server accepts."});
    case Line::kBad: return fail({400, "The size line of a chunk has a forbidden character or does not end in CRLF."});
    case Line::kComplete: break;
  }
  size_t digits = 0;
  size_t size = 0;
  for (; digits < line.size() && hex_value(line[digits]) >= 0; ++digits) {
    if (digits == kMaxChunkSizeDigits) return fail({400, "The size of a chunk has too many digits."});
    size = size * 16 + static_cast<size_t>(hex_value(line[digits]));
  }
  const std::string_view extension = trim_white_space(line.substr(digits));
  if (digits == 0 || (digits < line.size() && (extension.empty() || extension.front() != ';'))) {
    return fail({400, "The size of a chunk is not a hexadecimal number."});
  }
  extension_bytes_ += line.size() - digits;
  if (extension_bytes_ > kMaxChunkExtensionBytes) {
    return fail({400, "The chunk extensions are longer than this server accepts."});
  }
  if (size > limits_.max_body_bytes - request_.body.size()) {
    return fail({413, "The request body is longer than this server accepts."});
  }
  chunk_left_ = size;
  state_ = size == 0 ? State::kTrailers : State::kChunkData;
  if (size == 0) header_bytes_ = header_lines_ = 0;
  return std::nullopt;
}

std::optional<Event> RequestParser::read_chunk_data() {
  const size_t take = std::min(unread(), chunk_left_);
  request_.body.append(buffer_, used_, take);
  used_ += take;
  scanned_ = used_;
  chunk_left_ -= take;
  if (chunk_left_ > 0) return Event::kNeedMore;
  state_ = State::kChunkEnd;
  return std::nullopt;
}

std::optional<Event> RequestParser::read_chunk_end() {
  std::string_view line;
  switch (find_line(0, line)) {
    case Line::kIncomplete: return Event::kNeedMore;
    case Line::kComplete: break;
    default: return fail({400, "A chunk is longer than its size says."});
  }
  state_ = State::kChunkSize;
  return std::nullopt;
}

std::optional<Event> RequestParser::read_trailers() {
  Field dropped;
  bool done = false;
  if (const std::optional<Event> event = read_field(dropped, done)) return event;
  return done ? complete() : std::nullopt;
}

}  // namespace civiclog
