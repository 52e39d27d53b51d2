#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "query-api/door/http_request.h"

// Whose word counts on where a request comes from. A reverse proxy writes its client's address at the end of X-Forwarded-For;
// anybody else may write there what they like, so without a trusted proxy the header means nothing.
//
// Immutable; from any thread.

namespace civiclog {

inline constexpr size_t kMaxTrustedProxies = 100;

class TrustedProxies {
 public:
  using Address = ByteArray<16>;  // IPv4 as mapped into IPv6.
  // A numeric IPv4 or IPv6 address, without a zone.
  static std::optional<Address> parse(std::string_view text);

  TrustedProxies() = default;
  explicit TrustedProxies(std::vector<Address> addresses);

  // The other end of the connection, or, if that is a trusted proxy, the last address in its X-Forwarded-For. When the proxy
  // gives none, or one that is no address, it stays the proxy.
  std::string client_of(const HttpRequest& request) const;

 private:
  bool trusts(std::string_view peer) const;

  std::vector<Address> addresses_;  // Sorted.
};

}  // namespace civiclog
