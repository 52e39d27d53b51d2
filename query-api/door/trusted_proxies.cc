#include "query-api/door/trusted_proxies.h"

#include <algorithm>
#include <utility>

#include <arpa/inet.h>

#include "query-api/door/http_syntax.h"

namespace civiclog {
namespace {

constexpr size_t kMappedPrefixBytes = 12;

}  // namespace

std::optional<TrustedProxies::Address> TrustedProxies::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  Address address{};
  if (::inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  // RFC 4291, 2.5.5.2: ::ffff:0:0/96.
  address = {};
  address[kMappedPrefixBytes - 2] = address[kMappedPrefixBytes - 1] = 0xff;
  if (::inet_pton(AF_INET, terminated.c_str(), address.data() + kMappedPrefixBytes) == 1) return address;
  return std::nullopt;
}

TrustedProxies::TrustedProxies(std::vector<Address> addresses) : addresses_(std::move(addresses)) {
  std::ranges::sort(addresses_);
}

bool TrustedProxies::trusts(std::string_view peer) const {
  if (addresses_.empty()) return false;
  const std::optional<Address> address = parse(peer.substr(0, peer.find('%')));
  return address && std::ranges::binary_search(addresses_, *address);
}

std::string TrustedProxies::client_of(const HttpRequest& request) const {
  if (!trusts(request.peer_address)) return request.peer_address;
  const std::string hops = request.joined_header("x-forwarded-for");
  const size_t comma = hops.rfind(',');
  const std::string_view last = trim_white_space(std::string_view(hops).substr(comma == std::string::npos ? 0 : comma + 1));
  return parse(last) ? std::string(last) : request.peer_address;
}

}  // namespace civiclog
