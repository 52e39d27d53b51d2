#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace civiclog {

struct RowView {
  std::string_view key;
  std::string_view value;
};

// Rows in memory, in the order they came, then sorted by key. Their bytes stand in one piece, so that a million rows are
// two allocations. At most 4 GiB. One thread.
class RowBuffer {
 public:
  explicit RowBuffer(size_t expected_bytes = 0);
  // Key and value are given in two pieces each.
  void add(std::string_view key, std::string_view key_end, char mark, std::string_view value);
  // By key; of equal keys the newest comes first.
  void sort();

  size_t bytes() const { return rows_.size() * sizeof(Place) + bytes_.size(); }
  size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  RowView operator[](size_t index) const;

 private:
  struct Place {
    uint32_t offset;
    uint32_t key_size;
    uint32_t value_size;
  };

  std::string_view key_of(const Place& place) const { return std::string_view(bytes_).substr(place.offset, place.key_size); }

  std::vector<Place> rows_;
  std::string bytes_;
};

}  // namespace civiclog
