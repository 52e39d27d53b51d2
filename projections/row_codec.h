#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "base/position.h"
#include "base/time.h"
#include "events/envelope.h"
#include "events/payloads.h"

// Rows of read models as bytes. A row is a struct that lists its fields once:
//
//   struct Row {
//     TopicId id;
//     Position changed;
//     template <typename Self> static auto fields(Self& row) { return std::tie(row.id, row.changed); }
//   };
//
// encode_row() writes them in that order, decode_row() reads them back and is nullopt unless the bytes are exactly
// one row. Integers little-endian; truth values, enumerations and "is there one" one byte; texts and lists with a
// u32 count before them. A row's layout has no number of its own: whoever changes it raises the projection's
// version(), and the read model is built anew beside the old one. Pure and thread-safe.

namespace civiclog {

// Fields of structs that other layers own.
template <typename Self>
  requires std::same_as<std::remove_const_t<Self>, Actor>
auto fields_of(Self& actor) { return std::tie(actor.kind, actor.id, actor.role); }

template <typename Self>
  requires std::same_as<std::remove_const_t<Self>, StreamId>
auto fields_of(Self& stream) { return std::tie(stream.kind, stream.id, stream.tag); }

template <typename Self>
  requires std::same_as<std::remove_const_t<Self>, PhasePermissions>
auto fields_of(Self& allows) { return std::tie(allows.submit, allows.comment, allows.vote); }

template <typename Self>
  requires std::same_as<std::remove_const_t<Self>, Phase>
auto fields_of(Self& phase) { return std::tie(phase.kind, phase.allows, phase.starts_at, phase.ends_at); }

template <typename Self>
  requires std::same_as<std::remove_const_t<Self>, Rules>
auto fields_of(Self& rules) { return std::tie(rules.secrecy, rules.pre_moderation, rules.kinds); }

template <typename Self>
  requires std::same_as<std::remove_const_t<Self>, ModerationTarget>
auto fields_of(Self& target) { return std::tie(target.topic, target.contribution, target.comment); }

template <typename Self>
  requires requires(Self& row) { std::remove_const_t<Self>::fields(row); }
auto fields_of(Self& row) { return std::remove_const_t<Self>::fields(row); }

template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <typename T>
inline constexpr bool kIsByteArray = false;
template <size_t N>
inline constexpr bool kIsByteArray<ByteArray<N>> = true;
template <typename T>
inline constexpr bool kIsId = std::same_as<T, Uuid>;
template <typename Kind>
inline constexpr bool kIsId<Id<Kind>> = true;

inline const Uuid& uuid_of(const Uuid& id) { return id; }
template <typename Kind>
const Uuid& uuid_of(const Id<Kind>& id) { return id.uuid; }
inline Uuid& uuid_of(Uuid& id) { return id; }
template <typename Kind>
Uuid& uuid_of(Id<Kind>& id) { return id.uuid; }

template <typename T>
void write_field(ByteWriter& out, const T& value) {
  if constexpr (std::same_as<T, bool> || std::is_enum_v<T>) {
    out.u8(static_cast<uint8_t>(value));
  } else if constexpr (std::integral<T>) {
    static_assert(sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);
    if constexpr (sizeof(T) == 1) out.u8(static_cast<uint8_t>(value));
    if constexpr (sizeof(T) == 2) out.u16(static_cast<uint16_t>(value));
    if constexpr (sizeof(T) == 4) out.u32(static_cast<uint32_t>(value));
    if constexpr (sizeof(T) == 8) out.u64(static_cast<uint64_t>(value));
  } else if constexpr (kIsId<T>) {
    out.raw(view(uuid_of(value).bytes));
  } else if constexpr (kIsByteArray<T>) {
    out.raw(view(value));
  } else if constexpr (std::same_as<T, Position>) {
    out.u64(value.value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    out.i64(value.ms);
  } else if constexpr (std::same_as<T, std::string>) {
    out.text(value);
  } else if constexpr (kIsOptional<T>) {
    out.u8(value ? 1 : 0);
    if (value) write_field(out, *value);
  } else if constexpr (kIsVector<T>) {
    out.u32(static_cast<uint32_t>(value.size()));
    for (const auto& element : value) write_field(out, element);
  } else {
    std::apply([&out](const auto&... field) { (write_field(out, field), ...); }, fields_of(value));
  }
}

template <typename T>
void read_field(ByteReader& in, T& value) {
  if constexpr (std::same_as<T, bool>) {
    value = in.u8() != 0;
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(in.u8());
  } else if constexpr (std::integral<T>) {
    if constexpr (sizeof(T) == 1) value = static_cast<T>(in.u8());
    if constexpr (sizeof(T) == 2) value = static_cast<T>(in.u16());
    if constexpr (sizeof(T) == 4) value = static_cast<T>(in.u32());
    if constexpr (sizeof(T) == 8) value = static_cast<T>(in.u64());
  } else if constexpr (kIsId<T>) {
    uuid_of(value).bytes = in.array<16>();
  } else if constexpr (kIsByteArray<T>) {
    value = in.array<std::tuple_size_v<T>>();
  } else if constexpr (std::same_as<T, Position>) {
    value.value = in.u64();
  } else if constexpr (std::same_as<T, Timestamp>) {
    value.ms = in.i64();
  } else if constexpr (std::same_as<T, std::string>) {
    value = in.text();
  } else if constexpr (kIsOptional<T>) {
    value.reset();
    if (in.u8() != 0) read_field(in, value.emplace());
  } else if constexpr (kIsVector<T>) {
    const uint32_t count = in.u32();
    value.clear();
    // Every element takes at least one byte, so the loop is bounded by the input.
    for (uint32_t i = 0; i < count && !in.failed(); ++i) read_field(in, value.emplace_back());
  } else {
    std::apply([&in](auto&... field) { (read_field(in, field), ...); }, fields_of(value));
  }
}

inline constexpr size_t kUsualRowBytes = 96;

template <typename Row>
std::string encode_row(const Row& row) {
  ByteWriter out(kUsualRowBytes);
  write_field(out, row);
  return out.take();
}

template <typename Row>
std::optional<Row> decode_row(std::string_view bytes) {
  ByteReader in(bytes);
  Row row;
  read_field(in, row);
  if (!in.done()) return std::nullopt;
  return row;
}

}  // namespace civiclog
