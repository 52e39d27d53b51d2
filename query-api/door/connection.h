#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "query-api/door/door.h"
#include "query-api/door/request_parser.h"

// One client's connection: reads requests, has them answered in order, writes the answers. Knows a socket, not
// Pistache. Belongs to one of the door's threads; only that thread may touch it. Does not own the descriptor, but
// must be destroyed before it is closed: the unsent bytes of an answer live and die here, so no other connection that
// is given the same descriptor number can ever receive them.
//
// Nothing is read while an answer is awaited or unsent, so a client that does not read its answers cannot make us buffer more
// than one of them.

namespace civiclog {

using Instant = std::chrono::steady_clock::time_point;

// The way back for the answer to a connection's request, by the request's number.
using MakeRespond = std::function<Respond(uint64_t request)>;

class Connection {
 public:
  // What the owner has to do.
  enum class Wish {
    kRead,   // Call pump() when the socket is readable.
    kWrite,  // Call pump() when the socket is writable.
    kAgain,  // Call pump() again after the others had their turn.
    kClose,  // Destroy this and close the descriptor.
  };

  // All references must outlive the connection.
  Connection(int descriptor, std::string peer_address, const DoorOptions& options, const Door::Handler& handler,
             MakeRespond make_respond, const std::atomic<bool>& draining);

  // The answer to the request of this number has come; passed over when another one was given in its stead. Then pump().
  void deliver(uint64_t request, const MakeResponse& make);

  // Goes as far as it can without waiting, within the limits of one turn.
  Wish pump();
  // Cuts what took too long, after looking once more: if this thread was busy, the bytes may have been there in time.
  Wish check_time(Instant now);
  // Answers 503 instead of serving; for a door that is full. Then kClose.
  void refuse();
  // Nothing of a request has arrived and nothing of an answer is unsent.
  bool is_idle() const;

 private:
  enum class State { kReading, kWaiting, kWriting, kLingering };
  enum class Flow { kDone, kBlocked, kBroken };

  // One step of the turn: kAgain goes on with it, everything else ends it.
  Wish read_step();
  Wish receive();
  Wish discard_input();
  Flow send_output();

  // What is left of a request while its answer is awaited.
  struct Asked {
    Method method = Method::kGet;
    int minor_version = 1;
    bool keep_alive = true;
    std::string description;  // For the log.
  };

  void answer(const HttpRequest& request);
  void wait_for(LaterResponse later);
  void send_answer(HttpResponse response);
  void answer_error(const ProtocolError& error);
  // Runs code of others; what it throws becomes a constant 500.
  Response guarded(const std::function<Response()>& make) const;
  static std::string describe(const HttpRequest& request);
  void start_writing(std::string head, std::string body, State next);
  void watch_phase();
  void log(std::string_view sentence) const;

  const int descriptor_;
  const std::string peer_address_;
  const DoorOptions& options_;
  const Door::Handler& handler_;
  const MakeRespond make_respond_;
  const std::atomic<bool>& draining_;

  Asked asked_;
  uint64_t requests_ = 0;  // Begun to be answered; the last one's number.
  HttpResponse on_timeout_;

  RequestParser parser_;
  State state_ = State::kReading;
  bool input_ended_ = false;

  RequestParser::Phase watched_phase_ = RequestParser::Phase::kIdle;
  Instant deadline_;  // Of the phase while reading, of waiting, of the whole answer while writing, of the lingering.

  std::string head_;
  std::string body_;
  size_t sent_ = 0;  // Of head_ and body_ together.
  Instant stall_deadline_;
  State after_writing_ = State::kReading;
  size_t discarded_ = 0;
};

}  // namespace civiclog
