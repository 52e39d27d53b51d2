#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "projections/row_key.h"
#include "projections/view_snapshot.h"

// Lists, a page at a time. Pure over a ViewReader; from any thread.

namespace civiclog {

inline constexpr size_t kMaxPageItems = 1'000;
inline constexpr size_t kMaxPageWalk = 20'000;  // Entries looked at for one page, when a filter drops most of them.

struct PageRequest {
  std::string after;  // The `next` of the page before; empty: from the beginning. Opaque bytes.
  size_t limit = 50;  // 1 to kMaxPageItems.
  bool newest_first = false;
};

// `next` is empty when the list is at its end. A page may be short, even empty, and still have a next one.
template <typename Item>
struct Page {
  std::vector<Item> items;
  std::string next;
};

// An entry of an index: the part of its key after the prefix, and its value. Returns whether it made an item; an Error ends
// the page.
using TakeEntry = std::function<Result<bool>(std::string_view suffix, std::string_view value)>;

// Walks the entries below `prefix` in the order asked for, as of the reader's position: those whose key ends with a later
// one are skipped. `fixed_suffix` is the length of what follows the prefix, or 0 if it varies (then a multiple of 8). Returns the cursor.
// kInvalidArgument: a limit out of range, or an `after` that no page gave out.
Result<std::string> walk_page(const ViewReader& reader, std::string_view prefix, size_t fixed_suffix,
                              const PageRequest& request, const TakeEntry& take);

}  // namespace civiclog
