#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

// Identifiers. All are 128-bit UUIDs (RFC 9562) in the usual text form; each kind has its own type,
// so a topic's id cannot be passed where a participant's is meant.

namespace civiclog {

struct Uuid {
  ByteArray<16> bytes{};

  bool is_nil() const { return *this == Uuid{}; }
  std::string text() const;  // 8-4-4-4-12, lower case
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};

// The 36-character text form, either case; nullopt on anything else.
std::optional<Uuid> parse_uuid(std::string_view text);

// Version 7: sorts by creation time. `random` supplies the 74 random bits.
Uuid make_uuid_v7(Timestamp now, const ByteArray<16>& random);
// Version 4: says nothing about when it was made. Participants use it.
Uuid make_uuid_v4(const ByteArray<16>& random);
// Version 8 from the first 16 bytes of SHA-256(lp(source) | lp(kind) | lp(source_id)), lp = u32 length
// prefix. Importing the same thing twice gives the same id.
Uuid make_imported_uuid(std::string_view source, std::string_view kind, std::string_view source_id);

template <typename Kind>
struct Id {
  Uuid uuid;

  bool is_nil() const { return uuid.is_nil(); }
  std::string text() const { return uuid.text(); }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};

using LogId = Id<struct NameLog>;
using CommandId = Id<struct NameCommand>;
using OrganisationId = Id<struct NameOrganisation>;
using ParticipantId = Id<struct NameParticipant>;
using TopicId = Id<struct NameTopic>;
using ContributionId = Id<struct NameContribution>;
using CommentId = Id<struct NameComment>;
using BoxId = Id<struct NameBox>;
using CaseId = Id<struct NameCase>;
using ImportId = Id<struct NameImport>;
using WordId = Id<struct NameWord>;
// Names a voter within one ballot box and nowhere else: HMAC-SHA-256(box key, verified identity), first
// 16 bytes. Not a UUID, but as long.
using Tag = Id<struct NameTag>;

struct UuidHash {
  size_t operator()(const Uuid& id) const {
    return std::hash<std::string_view>{}(view(id.bytes));
  }
  template <typename Kind>
  size_t operator()(const Id<Kind>& id) const {
    return (*this)(id.uuid);
  }
};

}  // namespace civiclog
