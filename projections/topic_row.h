#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "events/payloads.h"
#include "projections/moment.h"

namespace civiclog {

struct PhaseRow {
  Phase planned;  // With the end of the last extension.
  std::optional<Moment> opened;
  std::optional<Moment> closed;

  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.planned, row.opened, row.closed); }
  friend bool operator==(const PhaseRow&, const PhaseRow&) = default;
};

struct BoxRow {
  BoxId id;
  Secrecy secrecy = Secrecy::kPseudonymous;
  Digest key_fingerprint{};
  Digest rules_hash{};
  Moment opened;
  std::optional<Moment> closed;

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.id, row.secrecy, row.key_fingerprint, row.rules_hash, row.opened, row.closed);
  }
  friend bool operator==(const BoxRow&, const BoxRow&) = default;
};

// What is counted of a topic (contributions, comments, voters) is in the read models of those.
struct TopicRow {
  TopicId id;
  OrganisationId organisation;
  std::string slug;
  WordId title;
  WordId summary;
  std::string source_id;
  Moment launched;
  std::vector<PhaseRow> phases;
  std::optional<uint16_t> current_phase;  // The one that is open; an index into phases.
  Rules rules;
  std::optional<BoxRow> box;  // The last one opened.
  Position changed;           // The last event of the topic itself.

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.id, row.organisation, row.slug, row.title, row.summary, row.source_id, row.launched, row.phases,
                    row.current_phase, row.rules, row.box, row.changed);
  }
  friend bool operator==(const TopicRow&, const TopicRow&) = default;
};

// Where an imported topic came from.
struct ImportRow {
  ImportId id;
  TopicId topic;
  std::string source;
  Digest content_digest{};
  Timestamp imported_at;
  bool drives_clock = false;
  WordId attributes;
  Position position;

  template <typename Self>
  static auto fields(Self& row) {
    return std::tie(row.id, row.topic, row.source, row.content_digest, row.imported_at, row.drives_clock, row.attributes,
                    row.position);
  }
  friend bool operator==(const ImportRow&, const ImportRow&) = default;
};

}  // namespace civiclog
