#include "projections/page.h"

#include <fmt/format.h>

namespace civiclog {
namespace {

Position position_at_end(std::string_view suffix) {
  return {ByteReader(suffix.substr(suffix.size() - kPositionBytes)).be64()};
}

Status check_request(const PageRequest& request, size_t fixed_suffix) {
  if (request.limit == 0 || request.limit > kMaxPageItems) {
    return invalid_argument(fmt::format("A page has 1 to {} items; ask for that many.", kMaxPageItems));
  }
  const size_t size = request.after.size();
  const bool fits = fixed_suffix != 0 ? size == fixed_suffix : size % kPositionBytes == 0;
  if (size != 0 && !fits) return invalid_argument("The cursor is not one that this list gave out; begin again without it.");
  return {};
}

}  // namespace

Result<std::string> walk_page(const ViewReader& reader, std::string_view prefix, size_t fixed_suffix,
                              const PageRequest& request, const TakeEntry& take) {
  if (Status fits = check_request(request, fixed_suffix); !fits) return fits.error();
  const bool sorted_by_position = fixed_suffix == kPositionBytes;
  size_t walked = 0;
  size_t taken = 0;
  std::string last;
  std::string next;
  Status failed;
  const auto visit = [&](std::string_view key, std::string_view value) {
    const std::string_view suffix = key.substr(prefix.size());
    if (suffix.size() < kPositionBytes) {
      failed = corrupt("A list of the read models is damaged; run `civic-replay rebuild`.");
      return false;
    }
    const bool later = position_at_end(suffix) > reader.position();
    if (later && sorted_by_position && !request.newest_first) return false;
    if (taken == request.limit || walked == kMaxPageWalk) {
      next = last;
      return false;
    }
    ++walked;
    last = suffix;
    if (later) return true;
    const Result<bool> item = take(suffix, value);
    if (!item) {
      failed = item.error();
      return false;
    }
    if (*item) ++taken;
    return true;
  };
  std::string after = request.after;
  if (after.empty() && sorted_by_position && request.newest_first) {
    after = ByteWriter().be64(reader.position().next().value).take();
  }
  const ScanOrder order = request.newest_first ? ScanOrder::kBackward : ScanOrder::kForward;
  if (Status scanned = reader.scan_index(prefix, after, order, visit); !scanned) return scanned.error();
  if (!failed) return failed.error();
  return next;
}

}  // namespace civiclog
