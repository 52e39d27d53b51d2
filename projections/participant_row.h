#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "projections/moment.h"

namespace civiclog {

struct ParticipantRow {
  ParticipantId id;
  std::string source_id;
  Moment joined;
  std::optional<Moment> verified;
  std::string method;  // How; empty until verified.
  WordId identity;     // The vault's; nil until verified.
  Position changed;

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.id, row.source_id, row.joined, row.verified, row.method, row.identity, row.changed);
  }
  friend bool operator==(const ParticipantRow&, const ParticipantRow&) = default;
};

// One erasure, without saying whose.
struct ErasureRow {
  Moment erased;
  ErasureReason reason = ErasureReason::kSubjectRequest;
  bool all_of_an_author = false;
  uint64_t words = 0;  // Named one by one.

  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.erased, row.reason, row.all_of_an_author, row.words); }
  friend bool operator==(const ErasureRow&, const ErasureRow&) = default;
};

}  // namespace civiclog
