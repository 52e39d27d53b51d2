#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <pistache/listener.h>
#include <pistache/peer.h>
#include <pistache/tcp.h>
#include <pistache/transport.h>

#include "query-api/door/connection.h"
#include "query-api/door/door.h"
#include "query-api/door/door_mailbox.h"

// The only files that know Pistache are this one, its .cc, and door.cc.

namespace civiclog {

// What the Door and its threads share. The options and the handler are never changed after start.
struct DoorState {
  DoorOptions options;
  Door::Handler handler;
  std::atomic<bool> draining{false};  // No new requests; "Connection: close" on answers.
  std::atomic<bool> stopping{false};  // Close everything now.

  std::atomic<size_t> open_connections{0};
  std::mutex mutex;
  std::condition_variable changed;    // Told when the last connection has closed, and when a thread has begun.
  size_t running_threads = 0;         // Guarded by mutex.
  std::vector<std::shared_ptr<DoorMailbox>> mailboxes;  // One per thread; filled before the threads start.
};

// One of Pistache's event loops with the connections pinned to it. Everything but construction, registerPoller and
// destruction happens on its own thread.
//
// It overrides onReady, so Pistache's reading and its write queue are not used for our sockets: that queue is keyed by
// descriptor number and hands the answer of a client that left to the next client that gets its number. Pistache still
// accepts, hands over and registers each peer, and closes its descriptor (removePeer). Exceptions must not leave
// onReady: there is nobody above it to catch them.
class DoorTransport : public Pistache::Tcp::Transport {
 public:
  DoorTransport(const std::shared_ptr<Pistache::Tcp::Handler>& handler, std::shared_ptr<DoorState> state);
  ~DoorTransport() override;

  void registerPoller(Pistache::Polling::Epoll& poller) override;
  void onReady(const Pistache::Aio::FdSet& fds) override;
  std::shared_ptr<Pistache::Aio::Handler> clone() const override;

  // A new connection, given by Pistache just before it registers the socket with the event loop. Throws when it is none.
  void adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer);

 private:
  struct Entry {
    std::shared_ptr<Pistache::Tcp::Peer> peer;
    uint64_t number;  // Of the connection, never given anew.
    Connection connection;
    bool watches_writing = false;
  };

  void on_event(const Pistache::Aio::FdSet::Entry& event);
  void on_tick();
  void on_wake();
  // Lets Pistache do its own part: its queue of accepted sockets.
  void pass_to_pistache(uint64_t tag);
  void ask_pistache(uint64_t tag);
  // Closes what was accepted and never seen by this thread; without it nobody would.
  void close_last_arrivals();
  void carry_out(int descriptor, Connection::Wish wish);
  void close_connection(int descriptor);
  void pump_all(const std::vector<int>& descriptors);
  void open_mail();

  std::shared_ptr<DoorState> state_;
  std::unordered_map<int, Entry> connections_;
  std::vector<int> adopted_;  // Since the last look: to be pumped or refused once Pistache has registered them.
  std::vector<int> again_;    // Have more to do than one turn allowed.
  int timer_descriptor_ = -1;
  const std::shared_ptr<DoorMailbox> mailbox_ = std::make_shared<DoorMailbox>();
  uint64_t last_number_ = 0;
  uint64_t new_peers_tag_ = 0;  // Of Pistache's queue of accepted sockets; 0 until the thread's first turn.
  bool ended_ = false;
  size_t ticks_ = 0;
};

// Pistache gives each transport a clone of this; it only passes new connections on.
class DoorHandler : public Pistache::Tcp::Handler {
 public:
  void onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    static_cast<DoorTransport*>(transport())->adopt(peer);
  }
  // Never called: Pistache does not read our sockets.
  void onInput(const char*, size_t, const std::shared_ptr<Pistache::Tcp::Peer>&) override {}
  std::shared_ptr<Pistache::Tcp::Handler> clone() const override { return std::make_shared<DoorHandler>(); }
};

}  // namespace civiclog
