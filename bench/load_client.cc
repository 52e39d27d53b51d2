#include "bench/load_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kLengthHeader = "\r\nContent-Length: ";
constexpr size_t kStatusAt = 9;
constexpr size_t kMaxEvents = 64;
constexpr int kPollMs = 100;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Error failed(std::string_view what) { return io_error(fmt::format("the load client cannot {}: {}", what, std::strerror(errno))); }

struct Asker {
  Descriptor socket;
  Clock::time_point sent_at;
  std::string received;
};

class Load {
 public:
  Load(std::span<const std::string> requests, size_t total) : requests_(requests), total_(total) {}

  Status connect(uint16_t port, size_t connections);
  Result<LoadReport> run();

 private:
  Status ask(Asker& asker);
  Status receive(Asker& asker);
  void count(const Asker& asker, size_t head_end);

  const std::span<const std::string> requests_;
  const size_t total_;
  size_t asked_ = 0;
  Descriptor poll_{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<Asker> askers_;
  LoadReport report_;
};

Status Load::connect(uint16_t port, size_t connections) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (size_t i = 0; i < connections; ++i) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return failed("connect");
    const int on = 1;
    (void)::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(poll_.number(), EPOLL_CTL_ADD, socket.number(), &event) != 0) return failed("watch a socket");
    askers_.push_back({std::move(socket), {}, {}});
  }
  return {};
}

Status Load::ask(Asker& asker) {
  if (asked_ == total_) return {};
  const std::string& request = requests_[asked_++ % requests_.size()];
  asker.sent_at = Clock::now();
  // The socket is empty and a request is small, so it takes the whole.
  const ssize_t sent = ::send(asker.socket.number(), request.data(), request.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(request.size()) ? Status{} : Status{failed("send")};
}

void Load::count(const Asker& asker, size_t head_end) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - asker.sent_at);
  report_.microseconds.push_back(static_cast<uint32_t>(took.count()));
  ++report_.answered;
  if (asker.received[kStatusAt] == '2') return;
  if (report_.refused++ == 0) report_.first_refusal = asker.received.substr(0, head_end + 500);
}

Status Load::receive(Asker& asker) {
  std::array<char, 64 * 1024> bytes;
  const ssize_t count = ::recv(asker.socket.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count <= 0) return failed("receive: the server closed");
  asker.received.append(bytes.data(), static_cast<size_t>(count));
  const size_t head_end = asker.received.find("\r\n\r\n");
  if (head_end == std::string::npos) return {};
  const size_t length_at = asker.received.find(kLengthHeader);
  if (length_at > head_end) return io_error("the load client needs a Content-Length");
  size_t length = 0;
  const char* const end = asker.received.data() + asker.received.size();
  std::from_chars(asker.received.data() + length_at + kLengthHeader.size(), end, length);
  if (asker.received.size() < head_end + 4 + length) return {};
  this->count(asker, head_end);
  asker.received.clear();
  return ask(asker);
}

Result<LoadReport> Load::run() {
  const Clock::time_point begin = Clock::now();
  for (Asker& asker : askers_) {
    if (Status sent = ask(asker); !sent) return sent.error();
  }
  std::array<epoll_event, kMaxEvents> events;
  while (report_.answered < total_) {
    if (Clock::now() - begin > kMaxLoadTime) return Error{ErrorCode::kUnavailable, "the load was not answered in time", {}};
    const int ready = ::epoll_wait(poll_.number(), events.data(), static_cast<int>(events.size()), kPollMs);
    for (int i = 0; i < ready; ++i) {
      if (Status received = receive(askers_[events[static_cast<size_t>(i)].data.u64]); !received) return received.error();
    }
  }
  report_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::ranges::sort(report_.microseconds);
  return std::move(report_);
}

}  // namespace

double LoadReport::milliseconds_at(double share) const {
  if (microseconds.empty()) return 0;
  const auto index = static_cast<size_t>(share * static_cast<double>(microseconds.size() - 1));
  return static_cast<double>(microseconds[index]) / 1'000;
}

Result<LoadReport> run_load(uint16_t port, size_t connections, std::span<const std::string> requests, size_t total) {
  CHECK(connections >= 1 && connections <= kMaxLoadConnections && !requests.empty());
  Load load(requests, total);
  if (Status connected = load.connect(port, connections); !connected) return connected.error();
  return load.run();
}

}  // namespace civiclog
