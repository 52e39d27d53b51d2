#include "query-api/door/door_transport.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <exception>
#include <string>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

using Pistache::Polling::NotifyOn;
using Interest = Pistache::Flags<NotifyOn>;
using Wish = Connection::Wish;

// Pistache 0.0.5 can lose the wake-up for an accepted socket (its queue empties the eventfd after it saw the queue
// empty). A look at the queue at every tick bounds how long such a client waits.
constexpr long kTickMs = 20;
constexpr size_t kTicksPerTimeCheck = 5;

// Accepted sockets that a thread has not seen when it ends; far more than the kernel's backlog holds.
constexpr size_t kMaxLastArrivals = 100'000;

// Thrown through Pistache's code, so that it does not register what is not to be served.
struct NotAdopted {};

void read_counter(int descriptor) {
  uint64_t count = 0;
  // Level-triggered and only to be emptied: what was in it does not matter.
  (void)!::read(descriptor, &count, sizeof count);
}

}  // namespace

DoorTransport::DoorTransport(const std::shared_ptr<Pistache::Tcp::Handler>& handler, std::shared_ptr<DoorState> state)
    : Transport(handler), state_(std::move(state)) {}

DoorTransport::~DoorTransport() {
  mailbox_->close();
  close_last_arrivals();
  // Pistache's peers do not close their descriptors, and the event loop that removePeer needs is gone by now.
  while (!connections_.empty()) {
    const int descriptor = connections_.begin()->first;
    connections_.erase(connections_.begin());
    ::close(descriptor);
    --state_->open_connections;
  }
  if (timer_descriptor_ >= 0) ::close(timer_descriptor_);
}

std::shared_ptr<Pistache::Aio::Handler> DoorTransport::clone() const {
  return std::make_shared<DoorTransport>(std::make_shared<DoorHandler>(), state_);
}

void DoorTransport::registerPoller(Pistache::Polling::Epoll& poller) {
  Transport::registerPoller(poller);
  timer_descriptor_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer_descriptor_ < 0) throw Pistache::Error::system("timerfd");
  itimerspec period{};
  period.it_value.tv_nsec = period.it_interval.tv_nsec = kTickMs * 1'000'000;
  if (::timerfd_settime(timer_descriptor_, 0, &period, nullptr) != 0) throw Pistache::Error::system("timerfd_settime");
  for (const int descriptor : {timer_descriptor_, mailbox_->descriptor()}) {
    poller.addFd(descriptor, Interest(NotifyOn::Read), Pistache::Polling::Tag(static_cast<uint64_t>(descriptor)));
  }
  state_->mailboxes.push_back(mailbox_);
  // No client: it comes through the queue of accepted sockets before all others, and so tells the queue's tag.
  handleNewPeer(Pistache::Tcp::Peer::Create(timer_descriptor_, Pistache::Address("127.0.0.1", Pistache::Port(0))));
}

void DoorTransport::close_last_arrivals() {
  ended_ = true;
  for (size_t i = 0; new_peers_tag_ != 0 && i < kMaxLastArrivals; ++i) {
    try {
      ask_pistache(new_peers_tag_);
      return;
    } catch (const NotAdopted&) {
      // One is closed; there may be more.
    }
  }
}

void DoorTransport::adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
  const int descriptor = peer->fd();
  if (descriptor == timer_descriptor_ || ended_) {
    peers.erase(descriptor);
    if (descriptor != timer_descriptor_) ::close(descriptor);
    throw NotAdopted();
  }
  const int on = 1;
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const uint64_t number = ++last_number_;
  auto make_respond = [mailbox = mailbox_, descriptor, number](uint64_t request) -> Respond {
    return [mailbox, descriptor, number, request](MakeResponse make) {
      mailbox->post({descriptor, number, request, std::move(make)});
    };
  };
  const auto [entry, inserted] = connections_.try_emplace(
      descriptor, Entry{peer, number, Connection(descriptor, peer->address().host(), state_->options, state_->handler,
                                                 std::move(make_respond), state_->draining)});
  CHECK(inserted);
  ++state_->open_connections;
  adopted_.push_back(descriptor);
}

void DoorTransport::onReady(const Pistache::Aio::FdSet& fds) {
  for (const Pistache::Aio::FdSet::Entry& event : fds) {
    try {
      on_event(event);
    } catch (const std::exception& error) {
      if (state_->options.log) state_->options.log(fmt::format("the door met an unexpected error: {}", error.what()));
    } catch (...) {
      if (state_->options.log) state_->options.log("the door met an unexpected error");
    }
  }
}

// An event may be left over from a socket that was closed earlier in the same batch and whose number was given anew.
// That is harmless, because readiness is only ever taken as a reason to try.
void DoorTransport::on_event(const Pistache::Aio::FdSet::Entry& event) {
  const uint64_t tag = event.getTag().value();
  const int descriptor = static_cast<int>(tag);
  if (descriptor == timer_descriptor_) return on_tick();
  if (descriptor == mailbox_->descriptor()) return on_wake();
  if (connections_.contains(descriptor)) return pump_all({descriptor});
  pass_to_pistache(tag);
}

// All that a wake-up can stand for, because looking at the mailbox takes the wake-up away.
void DoorTransport::on_wake() {
  open_mail();
  std::vector<int> descriptors = std::exchange(again_, {});
  if (state_->draining) {
    descriptors.clear();
    for (const auto& [number, entry] : connections_) descriptors.push_back(number);
  }
  pump_all(descriptors);
}

void DoorTransport::ask_pistache(uint64_t tag) {
  Pistache::Polling::Event event{Pistache::Polling::Tag(tag)};
  event.flags = Interest(NotifyOn::Read);
  std::vector<Pistache::Polling::Event> events = {event};
  Transport::onReady(Pistache::Aio::FdSet(std::move(events)));
}

void DoorTransport::pass_to_pistache(uint64_t tag) {
  std::exception_ptr failure;
  try {
    ask_pistache(tag);
  } catch (const NotAdopted&) {
    new_peers_tag_ = tag;
    const std::lock_guard lock(state_->mutex);
    ++state_->running_threads;
    state_->changed.notify_all();
    return;
  } catch (...) {
    failure = std::current_exception();
  }
  const std::vector<int> adopted = std::exchange(adopted_, {});
  for (const int descriptor : adopted) {
    if (state_->open_connections <= state_->options.max_connections) continue;
    connections_.at(descriptor).connection.refuse();
    close_connection(descriptor);
  }
  pump_all(adopted);
  if (failure) std::rethrow_exception(failure);
}

void DoorTransport::on_tick() {
  read_counter(timer_descriptor_);
  if (new_peers_tag_ != 0) pass_to_pistache(new_peers_tag_);
  if (++ticks_ % kTicksPerTimeCheck != 0) return;
  // If this thread was busy, answers that came in time have not been looked at yet.
  on_wake();
  const Instant now = std::chrono::steady_clock::now();
  std::vector<int> descriptors;
  descriptors.reserve(connections_.size());
  for (const auto& [descriptor, entry] : connections_) descriptors.push_back(descriptor);
  for (const int descriptor : descriptors) {
    carry_out(descriptor, state_->stopping ? Wish::kClose : connections_.at(descriptor).connection.check_time(now));
  }
}

void DoorTransport::pump_all(const std::vector<int>& descriptors) {
  for (const int descriptor : descriptors) {
    const auto found = connections_.find(descriptor);
    if (found == connections_.end()) continue;
    carry_out(descriptor, state_->stopping ? Wish::kClose : found->second.connection.pump());
  }
}

void DoorTransport::carry_out(int descriptor, Wish wish) {
  Entry& entry = connections_.at(descriptor);
  switch (wish) {
    case Wish::kRead: return;
    case Wish::kWrite:
      if (entry.watches_writing) return;
      // Edge-triggered: it stays armed for good and costs nothing while nothing changes.
      reactor()->modifyFd(key(), descriptor, NotifyOn::Read | NotifyOn::Write | NotifyOn::Shutdown,
                          Pistache::Polling::Mode::Edge);
      entry.watches_writing = true;
      return;
    case Wish::kAgain:
      again_.push_back(descriptor);
      return mailbox_->wake();
    case Wish::kClose: return close_connection(descriptor);
  }
}

// The connection and its unsent bytes go before the descriptor is closed; until then nobody can be given its number.
void DoorTransport::close_connection(int descriptor) {
  const auto found = connections_.find(descriptor);
  CHECK(found != connections_.end());
  const std::shared_ptr<Pistache::Tcp::Peer> peer = found->second.peer;
  connections_.erase(found);
  try {
    removePeer(peer);
  } catch (const std::exception&) {
    // It was never registered with the event loop, which removePeer finds out before it closes the descriptor.
    ::close(descriptor);
  }
  if (--state_->open_connections == 0) {
    const std::lock_guard lock(state_->mutex);
    state_->changed.notify_all();
  }
}

// An answer whose client has left finds nobody, or somebody else with the descriptor's number: it is thrown away.
void DoorTransport::open_mail() {
  std::vector<int> answered;
  for (DoorMailbox::Letter& letter : mailbox_->take()) {
    const auto found = connections_.find(letter.descriptor);
    if (found == connections_.end() || found->second.number != letter.connection) continue;
    found->second.connection.deliver(letter.request, letter.make);
    answered.push_back(letter.descriptor);
  }
  pump_all(answered);
}

}  // namespace civiclog
