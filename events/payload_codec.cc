#include "events/payload_codec.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <fmt/format.h>

#include "base/check.h"
#include "events/upcast.h"

namespace civiclog {

// ---- reading without trust ---------------------------------------------------------------------------------

// What one list or text of a payload may hold, checked when decoding.
constexpr size_t kMaxElements = 4'096;

struct Truncated : std::runtime_error {
  Truncated() : std::runtime_error("it ends too early") {}
};

// Reads what cereal's PortableBinaryOutputArchive writes in little-endian order, and believes no size: a
// container may not claim more elements than there are bytes left.
class BoundedInput : public cereal::InputArchive<BoundedInput, cereal::AllowEmptyClassElision> {
 public:
  explicit BoundedInput(std::string_view bytes) : InputArchive(this), rest_(bytes) {
    uint8_t little_endian = 0;
    read(&little_endian, 1);
    if (little_endian != 1) throw std::runtime_error("it is not marked little-endian");
  }

  void read(void* out, size_t size) {
    if (size > rest_.size()) throw Truncated();
    std::copy_n(rest_.data(), size, static_cast<char*>(out));
    rest_.remove_prefix(size);
  }

  size_t remaining() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

template <typename T>
std::enable_if_t<std::is_integral_v<T>> CEREAL_LOAD_FUNCTION_NAME(BoundedInput& archive, T& value) {
  ByteArray<sizeof(T)> raw{};
  archive.read(raw.data(), raw.size());
  if constexpr (std::is_same_v<T, bool>) {
    if (raw[0] > 1) throw std::runtime_error("a truth value is neither 0 nor 1");
    value = raw[0] == 1;
  } else {
    uint64_t bits = 0;
    for (size_t i = 0; i < raw.size(); ++i) bits |= static_cast<uint64_t>(raw[i]) << (8 * i);
    value = static_cast<T>(bits);
  }
}

template <typename T>
void CEREAL_SERIALIZE_FUNCTION_NAME(BoundedInput& archive, cereal::SizeTag<T>& tag) {
  uint64_t size = 0;
  archive(size);
  if (size > archive.remaining()) throw Truncated();
  if (size > kMaxElements) throw std::runtime_error("a list or text is too long");
  tag.size = static_cast<std::decay_t<T>>(size);
}

template <typename T>
void CEREAL_LOAD_FUNCTION_NAME(BoundedInput& archive, cereal::BinaryData<T>& data) {
  archive.read(data.data, static_cast<size_t>(data.size));
}

}  // namespace civiclog

namespace cereal::traits::detail {
template <>
struct get_output_from_input<civiclog::BoundedInput> {
  using type = cereal::PortableBinaryOutputArchive;
};
}  // namespace cereal::traits::detail

namespace civiclog {

// ---- layouts: the fields of each type in the order of its bytes -------------------------------------------------
// `Archive` is a cereal archive, or one of the visitors below.

// clang-format off
template <class A> void serialize(A& ar, Uuid& v) { ar(cereal::binary_data(v.bytes.data(), v.bytes.size())); }
template <class A, class Kind> void serialize(A& ar, Id<Kind>& v) { ar(v.uuid); }
template <class A> void serialize(A& ar, WordRef& v) { ar(v.id, cereal::binary_data(v.commitment.data(), v.commitment.size())); }
template <class A> void serialize(A& ar, Timestamp& v) { ar(v.ms); }
template <class A> void serialize(A& ar, PhasePermissions& v) { ar(v.submit, v.comment, v.vote); }
template <class A> void serialize(A& ar, Phase& v) { ar(v.kind, v.allows, v.starts_at, v.ends_at); }
template <class A> void serialize(A& ar, Rules& v) { ar(v.secrecy, v.pre_moderation, v.kinds); }
template <class A> void serialize(A& ar, ModerationTarget& v) { ar(v.topic, v.contribution, v.comment); }

template <class A> void serialize(A& ar, OrganisationRegistered& v) { ar(v.slug, v.name); }
template <class A> void serialize(A& ar, RoleGranted& v) { ar(v.participant, v.role); }
template <class A> void serialize(A& ar, RoleRevoked& v) { ar(v.participant, v.role, v.reason); }
template <class A> void serialize(A& ar, ParticipantJoined& v) { ar(v.source_id); }
template <class A> void serialize(A& ar, ParticipantVerified& v) { ar(v.method, v.identity); }
template <class A> void serialize(A& ar, WordsErased& v) { ar(v.author, v.words, v.reason); }
template <class A> void serialize(A& ar, TopicLaunched& v) { ar(v.organisation, v.slug, v.title, v.summary, v.source_id); }
template <class A> void serialize(A& ar, PhasesDefined& v) { ar(v.phases); }
template <class A> void serialize(A& ar, RulesSet& v) { ar(v.rules, v.reason); }
template <class A> void serialize(A& ar, PhaseOpened& v) { ar(v.phase, v.reason); }
template <class A> void serialize(A& ar, PhaseClosed& v) { ar(v.phase, v.reason); }
template <class A> void serialize(A& ar, PhaseExtended& v) { ar(v.phase, v.old_end, v.new_end, v.justification); }
template <class A> void serialize(A& ar, BoxOpened& v) {
  ar(v.box, v.secrecy, cereal::binary_data(v.key_fingerprint.data(), v.key_fingerprint.size()),
     cereal::binary_data(v.rules_hash.data(), v.rules_hash.size()));
}
template <class A> void serialize(A& ar, BoxClosed& v) { ar(v.box); }
template <class A> void serialize(A& ar, ContributionSubmitted& v) { ar(v.topic, v.kind, v.pre_moderated, v.title, v.body, v.link, v.source_id); }
template <class A> void serialize(A& ar, ContributionRevised& v) { ar(v.topic, v.version, v.substantive, v.title, v.body); }
template <class A> void serialize(A& ar, ContributionWithdrawn& v) { ar(v.topic, v.reason); }
template <class A> void serialize(A& ar, ContributionModerated& v) { ar(v.topic, v.moderation_case, v.action, v.status); }
template <class A> void serialize(A& ar, CommentPosted& v) { ar(v.topic, v.target, v.parent, v.depth, v.body, v.source_id, v.stance); }
template <class A> void serialize(A& ar, CommentPostedV1& v) { ar(v.topic, v.target, v.parent, v.depth, v.body, v.source_id); }
template <class A> void serialize(A& ar, CommentEdited& v) { ar(v.topic, v.target, v.version, v.body); }
template <class A> void serialize(A& ar, CommentRetracted& v) { ar(v.topic, v.target); }
template <class A> void serialize(A& ar, CommentModerated& v) { ar(v.topic, v.target, v.moderation_case, v.action, v.status); }
template <class A> void serialize(A& ar, BallotCast& v) { ar(v.topic, v.contribution, v.contribution_version, v.choice); }
template <class A> void serialize(A& ar, BallotChanged& v) { ar(v.topic, v.contribution, v.contribution_version, v.previous, v.choice); }
template <class A> void serialize(A& ar, BallotReaffirmed& v) { ar(v.topic, v.contribution, v.contribution_version, v.choice); }
template <class A> void serialize(A& ar, BallotWithdrawn& v) { ar(v.topic, v.contribution, v.previous); }
template <class A> void serialize(A& ar, ContentFlagged& v) { ar(v.target, v.ground, v.explanation); }
template <class A> void serialize(A& ar, ModerationDecided& v) { ar(v.target, v.action, v.ground, v.facts, v.policy_ref, v.automated); }
template <class A> void serialize(A& ar, ImportStarted& v) {
  ar(v.source, cereal::binary_data(v.content_digest.data(), v.content_digest.size()), v.imported_at, v.drives_clock,
     v.topic, v.attributes);
}
// clang-format on

namespace {

// Walks the fields that serialize() names and hands the interesting ones to `Visit`.
template <typename Visit>
class FieldVisitor {
 public:
  explicit FieldVisitor(Visit visit) : visit_(std::move(visit)) {}

  template <typename... Fields>
  void operator()(Fields&&... fields) {
    (walk(fields), ...);
  }

 private:
  template <typename T>
  void walk(std::vector<T>& list) {
    for (T& element : list) walk(element);
  }
  template <typename T>
  void walk(cereal::BinaryData<T>&) {}
  void walk(std::string&) {}
  void walk(Uuid&) {}
  template <typename T>
  void walk(T& field) {
    if constexpr (std::is_arithmetic_v<T>) return;
    else if constexpr (std::is_enum_v<T> || std::is_same_v<T, WordRef>) visit_(field);
    else serialize(*this, field);
  }

  Visit visit_;
};

bool in_range(Role v) { return v <= kMaxRole; }
bool in_range(ContributionKind v) { return v >= ContributionKind::kPolicy && v <= kMaxContributionKind; }
bool in_range(PhaseKind v) { return v >= PhaseKind::kInform && v <= kMaxPhaseKind; }
bool in_range(Choice v) { return v >= Choice::kAgree && v <= kMaxChoice; }
bool in_range(Secrecy v) { return v >= Secrecy::kOpen && v <= kMaxSecrecy; }
bool in_range(Stance v) { return v <= kMaxStance; }
bool in_range(ModerationAction v) { return v >= ModerationAction::kAccept && v <= kMaxModerationAction; }
bool in_range(Ground v) { return v >= Ground::kInScope && v <= kMaxGround; }
bool in_range(ItemStatus v) { return v <= kMaxItemStatus; }
bool in_range(ErasureReason v) { return v >= ErasureReason::kSubjectRequest && v <= kMaxErasureReason; }
bool in_range(const WordRef&) { return true; }

template <typename Event>
Event read(std::string_view bytes) {
  BoundedInput archive(bytes);
  Event event;
  archive(event);
  if (archive.remaining() > 0) throw std::length_error(fmt::format("{} bytes follow its end", archive.remaining()));
  FieldVisitor check([](auto& field) {
    if (!in_range(field)) throw std::runtime_error("a listed value is out of range");
  });
  serialize(check, event);
  return event;
}

template <typename Event>
Payload read_any_schema(uint16_t schema, std::string_view bytes) {
  if constexpr (std::is_same_v<Event, CommentPosted>) {
    if (schema == 1) {
      return upcast(read<CommentPostedV1>(bytes));
    }
  }
  return read<Event>(bytes);
}

struct TypeEntry {
  std::string_view name;
  uint16_t schema;
  Payload (*read)(uint16_t schema, std::string_view bytes);
};

template <size_t... I>
const std::vector<TypeEntry>& type_table(std::index_sequence<I...>) {
  static const std::vector<TypeEntry> table = {{std::variant_alternative_t<I, Payload>::kType,
                                                std::variant_alternative_t<I, Payload>::kSchema,
                                                &read_any_schema<std::variant_alternative_t<I, Payload>>}...};
  return table;
}

const std::vector<TypeEntry>& type_table() { return type_table(std::make_index_sequence<std::variant_size_v<Payload>>()); }

Error unreadable(ErrorCode code, const char* rule, Position at, std::string_view type, std::string_view what) {
  return {code, fmt::format("event at position {}: payload of {}: {}", at.value, type, what), rule};
}

}  // namespace

EncodedPayload encode_payload(const Payload& payload) {
  return std::visit(
      [](const auto& event) {
        using Event = std::decay_t<decltype(event)>;
        std::ostringstream out;
        {
          cereal::PortableBinaryOutputArchive archive(out, cereal::PortableBinaryOutputArchive::Options::LittleEndian());
          archive(event);
        }
        return EncodedPayload{Event::kType, Event::kSchema, std::move(out).str()};
      },
      payload);
}

Result<Payload> decode_payload(std::string_view type, uint16_t schema, std::string_view bytes, Position at) {
  const auto& table = type_table();
  const auto entry = std::find_if(table.begin(), table.end(), [&](const TypeEntry& e) { return e.name == type; });
  if (entry == table.end()) {
    return unreadable(ErrorCode::kIncompatible, "unknown_type", at, type,
                      "this program does not know the type; use a newer civiclog");
  }
  if (schema > entry->schema) {
    return unreadable(ErrorCode::kIncompatible, "future_schema", at, type,
                      fmt::format("schema {} is newer than {}; use a newer civiclog", schema, entry->schema));
  }
  try {
    return entry->read(schema, bytes);
  } catch (const Truncated& e) {
    return unreadable(ErrorCode::kCorrupt, "payload_truncated", at, type, e.what());
  } catch (const std::length_error& e) {
    return unreadable(ErrorCode::kCorrupt, "payload_trailing_bytes", at, type, e.what());
  } catch (const std::exception& e) {
    return unreadable(ErrorCode::kCorrupt, "payload_invalid", at, type, e.what());
  }
}

std::vector<WordRef> words_of(const Payload& payload) {
  std::vector<WordRef> words;
  FieldVisitor collect([&words](auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, WordRef>) {
      if (field.is_given()) words.push_back(field);
    }
  });
  Payload copy = payload;  // serialize() takes its fields by reference, for reading as for writing.
  std::visit([&collect](auto& event) { serialize(collect, event); }, copy);
  return words;
}

std::vector<std::string_view> known_types() {
  std::vector<std::string_view> names;
  for (const TypeEntry& entry : type_table()) names.push_back(entry.name);
  return names;
}

}  // namespace civiclog
