#include "query-api/door/door.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include <pistache/listener.h>
#include <pistache/net.h>

#include "query-api/door/door_transport.h"

namespace civiclog {
namespace {

using Pistache::Tcp::Options;

// Handlers that honour the deadline are done by then; the rest of the wait is for closing sockets.
constexpr std::chrono::milliseconds kStopWait{1'000};

constexpr std::chrono::seconds kStartWait{30};

// Connections the kernel holds for the accepting thread; beyond, clients wait a second and more for their next try.
constexpr int kBacklog = 1'024;

// Threads inherit the mask: no signal handler ever runs on one of Pistache's threads.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos || host.starts_with('[') ? host : "[" + host + "]";
}

// Without a free descriptor Pistache's accept loop spins, so the door never takes the last ones.
Status reserve_descriptors(size_t max_connections) {
  const size_t needed = max_connections + kReservedDescriptors;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return io_error(fmt::format("cannot read the limit of open files: {}", std::strerror(errno)));
  }
  if (limit.rlim_cur >= needed) return {};
  const auto allowed = limit.rlim_max;
  limit.rlim_cur = needed;
  if (allowed >= needed && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  return invalid_argument(fmt::format(
      "{} connections need {} open files, but this process may have {}; raise LimitNOFILE or allow fewer connections",
      max_connections, needed, allowed));
}

Status check(const DoorOptions& options) {
  if (options.threads < 1 || options.threads > kMaxDoorThreads) {
    return invalid_argument(fmt::format("the door must have between 1 and {} threads", kMaxDoorThreads));
  }
  if (options.max_connections < 1) return invalid_argument("the door must allow at least one connection");
  for (const int64_t timeout : {options.header_timeout_ms, options.body_timeout_ms, options.idle_timeout_ms,
                                options.write_timeout_ms, options.answer_timeout_ms}) {
    if (timeout < 1) return invalid_argument("every timeout of the door must be at least one millisecond");
  }
  return reserve_descriptors(options.max_connections);
}

}  // namespace

struct Door::State : DoorState {};

struct Door::Threads {
  Pistache::Tcp::Listener listener;
};

Door::Door(std::shared_ptr<State> state) : state_(std::move(state)), threads_(std::make_unique<Threads>()) {}

Door::~Door() { drain_and_stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Door>> Door::start(DoorOptions options, Handler handler) {
  if (Status status = check(options); !status) return status.error();
  auto state = std::make_shared<State>();
  state->options = std::move(options);
  state->handler = std::move(handler);
  std::unique_ptr<Door> door(new Door(state));
  const std::string host = bracketed(state->options.host);
  try {
    Pistache::Tcp::Listener& listener = door->threads_->listener;
    // No ReusePort: two servers on one port would each get half of the clients without a word.
    const auto flags = Options::ReuseAddr | Options::NoDelay | Options::CloseOnExec;
    listener.init(state->options.threads, Pistache::Flags<Options>(flags), "civic-door", kBacklog);
    listener.setTransportFactory(
        [state] { return std::make_shared<DoorTransport>(std::make_shared<DoorHandler>(), state); });
    const SignalsBlocked signals_blocked;
    listener.bind(Pistache::Address(host, Pistache::Port(state->options.port)));
    door->port_ = listener.getPort();
    listener.runThreaded();
    std::unique_lock lock(state->mutex);
    const auto all_run = [&] { return state->running_threads == state->options.threads; };
    if (!state->changed.wait_for(lock, kStartWait, all_run)) return io_error("the threads of the door did not begin");
  } catch (const std::exception& error) {
    return io_error(fmt::format("cannot listen on {}:{}: {}; choose another address or port", host,
                                state->options.port, error.what()));
  }
  return door;
}

uint16_t Door::port() const { return port_; }

std::string Door::authority() const { return fmt::format("{}:{}", bracketed(state_->options.host), port_); }

size_t Door::open_connections() const { return state_->open_connections; }

void Door::drain_and_stop(std::chrono::milliseconds deadline) {
  if (threads_ == nullptr) return;
  const auto tell_threads = [this](std::atomic<bool>& flag) {
    flag = true;
    for (const std::shared_ptr<DoorMailbox>& mailbox : state_->mailboxes) mailbox->wake();
  };
  const auto wait_until_empty = [this](std::chrono::milliseconds limit) {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, limit, [this] { return state_->open_connections == 0; });
  };
  tell_threads(state_->draining);
  wait_until_empty(deadline);
  tell_threads(state_->stopping);
  wait_until_empty(kStopWait);
  threads_.reset();
}

}  // namespace civiclog
