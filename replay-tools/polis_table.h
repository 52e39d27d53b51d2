#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replay-tools/csv.h"

// A CSV file whose first record names its columns: columns are found by name in any order, cells are parsed
// strictly, and every Error names file, line and column. Used by the Polis readers. One thread per object.

namespace civiclog::polis {

class Table {
 public:
  // The source must outlive the table.
  Table(ByteSource& source, std::string file) : csv_(source, std::move(file)) {}

  // Call first, once. Refuses an empty file and a column that is there twice (unnamed ones excepted).
  Status read_header();
  const std::vector<std::string>& names() const { return names_; }
  // Where the columns of these names stand, in the order asked for. Names are compared by column_key.
  Result<std::vector<size_t>> require(std::initializer_list<std::string_view> names) const;
  std::optional<size_t> find(std::string_view name) const;

  // The next row. False at the end. Refuses a row with more or fewer fields than the header.
  Result<bool> next();
  std::string_view text(size_t column) const { return csv_.fields()[column]; }
  // A whole number in plain decimal form (no sign but '-', no leading zeros) from `least` to `most`.
  Result<int64_t> integer(size_t column, int64_t least, int64_t most) const;
  // 0 and up, as all ids and counts are.
  Result<int64_t> natural(size_t column) const { return integer(column, 0, INT64_MAX); }

  uint64_t line() const { return csv_.line(); }
  bool is_crlf() const { return csv_.is_crlf(); }
  bool is_unterminated() const { return csv_.is_unterminated(); }
  const std::string& file() const { return csv_.file(); }
  // "votes.csv line 7, column 5 (vote): `what`", for the row last read.
  std::string place(size_t column) const;
  Error error(size_t column, std::string_view what) const;
  Error error(std::string_view what) const { return csv_.error(what); }

 private:
  CsvReader csv_;
  std::vector<std::string> names_;
  std::vector<std::string> keys_;
};

// Plain decimal, the whole of it; nullopt for anything else and for what 64 bits do not hold.
std::optional<int64_t> parse_integer(std::string_view text);

}  // namespace civiclog::polis
