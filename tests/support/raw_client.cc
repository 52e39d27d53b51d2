#include "tests/support/raw_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace civiclog {
namespace {

using Clock = std::chrono::steady_clock;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

int connect_to(const char* host, uint16_t port, int receive_buffer_bytes) {
  sockaddr_storage address{};
  socklen_t size = 0;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
  if (::inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    size = sizeof *v6;
  } else {
    return -1;
  }
  const int descriptor = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  if (receive_buffer_bytes > 0) {
    (void)::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  const int on = 1;
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

std::optional<RawResponse> parse_head(std::string_view head) {
  RawResponse response;
  if (head.size() < 13 || !head.starts_with("HTTP/1.1 ")) return std::nullopt;
  if (std::from_chars(head.data() + 9, head.data() + 12, response.status).ec != std::errc{}) return std::nullopt;
  size_t end = std::min(head.find("\r\n"), head.size());
  response.reason = std::string(head.substr(13, end - 13));
  for (size_t begin = end + 2; begin < head.size(); begin = end + 2) {
    end = std::min(head.find("\r\n", begin), head.size());
    const std::string_view line = head.substr(begin, end - begin);
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    response.headers.emplace_back(lower(std::string(line.substr(0, colon))), std::string(line.substr(colon + 2)));
  }
  return response;
}

}  // namespace

std::string RawResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

RawClient::RawClient(uint16_t port, int receive_buffer_bytes, const char* host)
    : descriptor_(connect_to(host, port, receive_buffer_bytes)) {}

RawClient::RawClient(RawClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)), at_end_(other.at_end_) {}

RawClient::~RawClient() { close(); }

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawClient::half_close() { ::shutdown(descriptor_, SHUT_WR); }

void RawClient::reset() {
  const linger abort_now{1, 0};
  (void)::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &abort_now, sizeof abort_now);
  close();
}

void RawClient::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

bool RawClient::receive(Clock::time_point deadline) {
  while (!at_end_ && descriptor_ >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wanted{descriptor_, POLLIN, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    std::array<char, 64 * 1024> bytes;
    const ssize_t count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count > 0) {
      buffer_.append(bytes.data(), static_cast<size_t>(count));
      return true;
    }
    at_end_ = true;
  }
  return false;
}

std::optional<RawResponse> RawClient::read_response(bool head_only, std::chrono::milliseconds patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  size_t head_end = 0;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive(deadline)) return std::nullopt;
  }
  std::optional<RawResponse> response = parse_head(std::string_view(buffer_).substr(0, head_end));
  if (!response) return std::nullopt;
  const std::string length = response->header("content-length");
  size_t body = 0;
  if (!head_only && !length.empty()) std::from_chars(length.data(), length.data() + length.size(), body);
  while (buffer_.size() < head_end + 4 + body) {
    if (!receive(deadline)) return std::nullopt;
  }
  response->body = buffer_.substr(head_end + 4, body);
  buffer_.erase(0, head_end + 4 + body);
  return response;
}

std::string RawClient::read_all(std::chrono::milliseconds patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  while (receive(deadline)) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::is_closed_within(std::chrono::milliseconds patience) {
  return buffer_.empty() && !receive(Clock::now() + patience) && at_end_;
}

}  // namespace civiclog
