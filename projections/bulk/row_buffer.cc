#include "projections/bulk/row_buffer.h"

#include <algorithm>

#include <boost/sort/spreadsort/string_sort.hpp>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr size_t kUsualRowBytes = 80;

}  // namespace

RowBuffer::RowBuffer(size_t expected_bytes) {
  bytes_.reserve(expected_bytes);
  rows_.reserve(expected_bytes / (kUsualRowBytes + sizeof(Place)));
}

void RowBuffer::add(std::string_view key, std::string_view key_end, char mark, std::string_view value) {
  const size_t key_size = key.size() + key_end.size();
  CHECK(bytes_.size() + key_size + 1 + value.size() <= UINT32_MAX);
  rows_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(key_size), static_cast<uint32_t>(1 + value.size())});
  bytes_.append(key).append(key_end).append(1, mark).append(value);
}

// Most keys share their beginning (a table's letter, the id of a box), which a sort by comparing would look at again and again.
void RowBuffer::sort() {
  const auto byte_at = [this](const Place& row, size_t index) { return static_cast<unsigned char>(bytes_[row.offset + index]); };
  const auto key_size = [](const Place& row) { return static_cast<size_t>(row.key_size); };
  const auto less = [this](const Place& a, const Place& b) { return key_of(a) < key_of(b); };
  boost::sort::spreadsort::string_sort(rows_.begin(), rows_.end(), byte_at, key_size, less);
  for (auto first = rows_.begin(); first != rows_.end();) {
    const auto last = std::find_if(std::next(first), rows_.end(), [&](const Place& row) { return key_of(row) != key_of(*first); });
    if (std::distance(first, last) > 1) std::ranges::sort(first, last, std::greater{}, &Place::offset);
    first = last;
  }
}

RowView RowBuffer::operator[](size_t index) const {
  const Place& place = rows_[index];
  return {key_of(place), std::string_view(bytes_).substr(place.offset + place.key_size, place.value_size)};
}

}  // namespace civiclog
