#include "query-api/door/connection.h"

#include <array>
#include <cerrno>
#include <exception>
#include <optional>
#include <utility>

#include <sys/socket.h>
#include <sys/uio.h>

#include <fmt/format.h>

#include "base/time.h"
#include "query-api/door/problem.h"

namespace civiclog {
namespace {

using Wish = Connection::Wish;
using Phase = RequestParser::Phase;

constexpr size_t kReadBytes = 16 * 1024;
// Requests and reads of one connection before the others of its thread get their turn.
constexpr size_t kMaxStepsPerTurn = 32;

Instant now() { return std::chrono::steady_clock::now(); }
Instant after(int64_t ms) { return now() + std::chrono::milliseconds(ms); }

std::string code_of(int status) {
  switch (status) {
    case 408: return "request_timeout";
    case 413: return "content_too_large";
    case 414: return "target_too_long";
    case 417: return "expectation_failed";
    case 431: return "headers_too_large";
    case 501: return "not_implemented";
    case 505: return "version_not_supported";
    default: return "bad_request";
  }
}

}  // namespace

Connection::Connection(int descriptor, std::string peer_address, const DoorOptions& options,
                       const Door::Handler& handler, MakeRespond make_respond, const std::atomic<bool>& draining)
    : descriptor_(descriptor),
      peer_address_(std::move(peer_address)),
      options_(options),
      handler_(handler),
      make_respond_(std::move(make_respond)),
      draining_(draining),
      parser_(options.limits),
      deadline_(after(options.idle_timeout_ms)) {}

bool Connection::is_idle() const {
  return state_ == State::kReading && parser_.phase() == Phase::kIdle;
}

Wish Connection::pump() {
  for (size_t steps = 0; steps < kMaxStepsPerTurn; ++steps) {
    if (state_ == State::kWriting) {
      const Flow flow = send_output();
      if (flow == Flow::kBlocked) return Wish::kWrite;
      if (flow == Flow::kBroken) return Wish::kClose;
      state_ = after_writing_;
      if (state_ == State::kReading) {
        watched_phase_ = Phase::kIdle;
        deadline_ = after(options_.idle_timeout_ms);
      } else {
        ::shutdown(descriptor_, SHUT_WR);
        deadline_ = after(kLingerMs);
      }
      continue;
    }
    // Woken by deliver(); what the client sends or does meanwhile is looked at afterwards.
    if (state_ == State::kWaiting) return Wish::kRead;
    const Wish wish = state_ == State::kReading ? read_step() : discard_input();
    if (wish != Wish::kAgain) return wish;
  }
  return Wish::kAgain;
}

Wish Connection::read_step() {
  switch (parser_.advance()) {
    case RequestParser::Event::kRequest: {
      HttpRequest request = parser_.take_request();
      request.peer_address = peer_address_;
      answer(request);
      return Wish::kAgain;
    }
    case RequestParser::Event::kContinue:
      start_writing("HTTP/1.1 100 Continue\r\n\r\n", {}, State::kReading);
      return Wish::kAgain;
    case RequestParser::Event::kError:
      answer_error(parser_.error());
      return Wish::kAgain;
    case RequestParser::Event::kNeedMore: break;
  }
  if (input_ended_) {
    if (parser_.phase() == Phase::kIdle) return Wish::kClose;
    answer_error({400, "The request ends before it is complete."});
    return Wish::kAgain;
  }
  watch_phase();
  const Wish wish = receive();
  // Only after looking: a request that is already in the socket is answered.
  return wish == Wish::kRead && draining_ && is_idle() ? Wish::kClose : wish;
}

// A timeout begins when its phase begins, and no later byte moves it.
void Connection::watch_phase() {
  const Phase phase = parser_.phase();
  if (phase == watched_phase_) return;
  watched_phase_ = phase;
  deadline_ = after(phase == Phase::kHead ? options_.header_timeout_ms : options_.body_timeout_ms);
}

Wish Connection::receive() {
  std::array<char, kReadBytes> bytes;
  const ssize_t count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (count > 0) {
    parser_.feed({bytes.data(), static_cast<size_t>(count)});
    return Wish::kAgain;
  }
  if (count == 0) {
    input_ended_ = true;
    return Wish::kAgain;
  }
  if (errno == EINTR) return Wish::kAgain;
  return errno == EAGAIN || errno == EWOULDBLOCK ? Wish::kRead : Wish::kClose;
}

Wish Connection::discard_input() {
  std::array<char, kReadBytes> bytes;
  const ssize_t count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (count > 0) {
    discarded_ += static_cast<size_t>(count);
    return discarded_ > kMaxLingerBytes ? Wish::kClose : Wish::kAgain;
  }
  if (count < 0 && errno == EINTR) return Wish::kAgain;
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Wish::kRead : Wish::kClose;
}

// Without the query: it may hold what a person searched for.
std::string Connection::describe(const HttpRequest& request) {
  return fmt::format("{} {}", name_of(request.method), request.target.substr(0, request.target.find('?')));
}

Response Connection::guarded(const std::function<Response()>& make) const {
  try {
    return make();
  } catch (const std::exception& error) {
    log(fmt::format("the handler of {} threw: {}", asked_.description, error.what()));
  } catch (...) {
    log(fmt::format("the handler of {} threw something that is no std::exception", asked_.description));
  }
  return problem_response(internal_problem());
}

void Connection::answer(const HttpRequest& request) {
  asked_ = {request.method, request.minor_version, request.keep_alive, describe(request)};
  ++requests_;
  Response response = guarded([&] { return handler_(request); });
  if (auto* later = std::get_if<LaterResponse>(&response)) return wait_for(std::move(*later));
  send_answer(std::get<HttpResponse>(std::move(response)));
}

void Connection::wait_for(LaterResponse later) {
  state_ = State::kWaiting;
  on_timeout_ = std::move(later.on_timeout);
  deadline_ = after(options_.answer_timeout_ms);
  Response failure = guarded([&]() -> Response {
    later.begin(make_respond_(requests_));
    return LaterResponse{};
  });
  if (auto* answered = std::get_if<HttpResponse>(&failure)) send_answer(std::move(*answered));
}

void Connection::deliver(uint64_t request, const MakeResponse& make) {
  if (state_ != State::kWaiting || request != requests_) return;
  send_answer(std::get<HttpResponse>(guarded([&]() -> Response { return make(); })));
}

void Connection::send_answer(HttpResponse response) {
  if (!is_sendable(response)) {
    log(fmt::format("the answer to {} cannot be sent as HTTP (status {}, {} bytes)", asked_.description, response.status,
                    response.body.size()));
    response = problem_response(internal_problem());
  }
  // Looked at after the handler: a drain that began meanwhile must be told to the client.
  const bool close = response.close || !asked_.keep_alive || draining_;
  const Persistence persistence = close                       ? Persistence::kClose
                                  : asked_.minor_version == 0 ? Persistence::kKeepAlive
                                                              : Persistence::kDefault;
  std::string head = serialise_head(response, persistence, system_now());
  if (!has_body(response, asked_.method)) response.body.clear();
  start_writing(std::move(head), std::move(response.body), close ? State::kLingering : State::kReading);
}

void Connection::answer_error(const ProtocolError& error) {
  HttpResponse response = problem_response(error.status, code_of(error.status), error.reason);
  std::string head = serialise_head(response, Persistence::kClose, system_now());
  start_writing(std::move(head), std::move(response.body), State::kLingering);
}

void Connection::refuse() {
  Problem problem{503, "too_many_connections", "The server has as many connections as it can serve; try again shortly.", {},
                  kRetryAfterSeconds};
  HttpResponse response = problem_response(problem);
  std::string head = serialise_head(response, Persistence::kClose, system_now());
  start_writing(std::move(head), std::move(response.body), State::kLingering);
  std::array<char, kReadBytes> bytes;
  // Bytes left unread would turn the close into a reset, which can overtake the answer.
  (void)::recv(descriptor_, bytes.data(), bytes.size(), 0);
  (void)send_output();
  ::shutdown(descriptor_, SHUT_WR);
}

void Connection::start_writing(std::string head, std::string body, State next) {
  head_ = std::move(head);
  body_ = std::move(body);
  sent_ = 0;
  after_writing_ = next;
  state_ = State::kWriting;
  stall_deadline_ = after(options_.write_timeout_ms);
  const auto transfer_ms = static_cast<int64_t>((head_.size() + body_.size()) * 1000 / kMinBytesPerSecond);
  deadline_ = stall_deadline_ + std::chrono::milliseconds(transfer_ms);
}

Connection::Flow Connection::send_output() {
  const size_t total = head_.size() + body_.size();
  while (sent_ < total) {
    std::array<iovec, 2> parts{};
    size_t count = 0;
    if (sent_ < head_.size()) parts[count++] = {head_.data() + sent_, head_.size() - sent_};
    const size_t body_sent = sent_ > head_.size() ? sent_ - head_.size() : 0;
    if (body_sent < body_.size()) parts[count++] = {body_.data() + body_sent, body_.size() - body_sent};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Flow::kBlocked : Flow::kBroken;
    sent_ += static_cast<size_t>(sent);
    stall_deadline_ = after(options_.write_timeout_ms);
  }
  head_ = {};
  body_ = {};
  sent_ = 0;
  return Flow::kDone;
}

Wish Connection::check_time(Instant at) {
  const auto is_late = [&] { return at > deadline_ || (state_ == State::kWriting && at > stall_deadline_); };
  if (!is_late()) return state_ == State::kWriting ? Wish::kWrite : Wish::kRead;
  if (state_ == State::kWaiting) send_answer(std::move(on_timeout_));
  const Wish wish = pump();
  if (wish == Wish::kClose || !is_late()) return wish;
  if (state_ != State::kReading || is_idle()) return Wish::kClose;
  const bool in_head = parser_.phase() == Phase::kHead;
  answer_error({408, in_head ? "The head of the request did not arrive in time."
                             : "The body of the request did not arrive in time."});
  return pump();
}

void Connection::log(std::string_view sentence) const {
  if (options_.log) options_.log(sentence);
}

}  // namespace civiclog
