#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/position.h"
#include "query-api/door/http_request.h"

// Where a page of a list ended. Opaque to clients: base64url of
//
//   offset  size  field
//        0     1  format number, 1
//        1     8  position the list is of, little-endian
//        9     8  the list: see list_identity()
//       17     n  where the read model goes on, at most kMaxResumeBytes
//     17+n    12  check: HMAC-SHA-256 of all bytes before it, cut
//
// All pages of one walk are thus of one moment, and what was not given out here, or for another list, is told from what
// was. Pure and thread-safe.

namespace civiclog {

inline constexpr size_t kMaxResumeBytes = 64;
inline constexpr size_t kMaxCursorSize = 128;  // As text.

using ListIdentity = ByteArray<8>;

struct Cursor {
  Position position;
  std::string resume;
};

// From the path and all query parameters but "cursor", "limit", "as_of" and "min_position", which may differ from page to page.
ListIdentity list_identity(const HttpRequest& request);

std::string encode_cursor(const Key& key, const ListIdentity& list, const Cursor& cursor);
// nullopt for anything that encode_cursor() did not make with this key for this list.
std::optional<Cursor> decode_cursor(const Key& key, const ListIdentity& list, std::string_view text);

}  // namespace civiclog
