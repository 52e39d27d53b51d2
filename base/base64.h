#pragma once

#include <optional>
#include <string>
#include <string_view>

// RFC 4648. Pure and thread-safe.

namespace civiclog {

std::string to_base64(std::string_view bytes);  // Section 4, with padding.

// Section 5 ("base64url"), without padding: fits into a query string as it is.
std::string to_base64url(std::string_view bytes);
// nullopt unless the text is exactly what to_base64url() would print, so that no two texts mean the same bytes.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace civiclog
