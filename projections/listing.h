#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "base/id.h"
#include "projections/page.h"
#include "projections/row_codec.h"
#include "projections/view_snapshot.h"

// What the queries of several read models have in common: an index that leads to an id, and a list of rows by such an index.

namespace civiclog {

template <typename SomeId>
Result<std::optional<SomeId>> indexed_id(const ViewReader& reader, std::string_view key) {
  return reader.latest_row<SomeId>(key);
}

// The rows that an index of ids leads to, as of the reader's position. `row_key` makes a row's key of its id; `accept`
// (if given) may refuse a row.
template <typename Row, typename SomeId>
Result<Page<Row>> list_rows(const ViewReader& reader, std::string_view prefix, size_t fixed_suffix, const PageRequest& request,
                            std::string (*row_key)(SomeId),
                            const std::type_identity_t<std::function<Result<bool>(const Row&)>>& accept = {}) {
  Page<Row> page;
  Result<std::string> next =
      walk_page(reader, prefix, fixed_suffix, request, [&](std::string_view, std::string_view value) -> Result<bool> {
        const std::optional<SomeId> id = decode_row<SomeId>(value);
        if (!id) return corrupt("A list of the read models is damaged; run `civic-replay rebuild`.");
        Result<std::optional<Row>> row = reader.row<Row>(row_key(*id));
        if (!row) return row.error();
        if (!*row) return false;
        if (accept) {
          const Result<bool> accepted = accept(**row);
          if (!accepted || !*accepted) return accepted;
        }
        page.items.push_back(std::move(**row));
        return true;
      });
  if (!next) return next.error();
  page.next = std::move(*next);
  return page;
}

}  // namespace civiclog
