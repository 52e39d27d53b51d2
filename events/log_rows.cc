#include "events/log_rows.h"

namespace civiclog {
namespace {

StreamId read_stream(ByteReader& in) {
  StreamId stream;
  stream.kind = static_cast<StreamKind>(in.u8());
  stream.id.bytes = in.array<16>();
  stream.tag.bytes = in.array<16>();
  return stream;
}

bool has_known_kind(const StreamId& stream) {
  const auto kind = static_cast<uint8_t>(stream.kind);
  return kind >= 1 && kind <= kMaxStreamKind;
}

}  // namespace

std::string log_row(const LogRow& row) { return ByteWriter().u32(row.format).raw(view(row.log.uuid.bytes)).take(); }

std::string event_key(Position position) { return ByteWriter().be64(position.value).take(); }

std::string stream_row_key(const StreamId& stream, Version version) {
  return ByteWriter().raw(stream.key()).be64(version.value).take();
}

std::string command_key(CommandId command) { return std::string(view(command.uuid.bytes)); }

std::string position_value(Position position) { return ByteWriter().u64(position.value).take(); }

std::string stream_head_value(const StreamHead& head) {
  return ByteWriter().u64(head.version.value).u64(head.position.value).take();
}

std::optional<LogRow> parse_log_row(std::string_view value) {
  ByteReader in(value);
  LogRow row;
  row.format = in.u32();
  if (in.failed()) return std::nullopt;
  if (row.format > kLogFormat) return row;
  row.log.uuid.bytes = in.array<16>();
  return in.done() ? std::optional(row) : std::nullopt;
}

std::optional<Position> parse_event_key(std::string_view key) {
  ByteReader in(key);
  const Position position{in.be64()};
  return in.done() ? std::optional(position) : std::nullopt;
}

std::optional<StreamId> parse_stream_key(std::string_view key) {
  ByteReader in(key);
  const StreamId stream = read_stream(in);
  return in.done() && has_known_kind(stream) ? std::optional(stream) : std::nullopt;
}

std::optional<StreamRowKey> parse_stream_row_key(std::string_view key) {
  ByteReader in(key);
  StreamRowKey out;
  out.stream = read_stream(in);
  out.version.value = in.be64();
  return in.done() && has_known_kind(out.stream) ? std::optional(out) : std::nullopt;
}

std::optional<CommandId> parse_command_key(std::string_view key) {
  ByteReader in(key);
  CommandId command;
  command.uuid.bytes = in.array<16>();
  return in.done() ? std::optional(command) : std::nullopt;
}

std::optional<Position> parse_position_value(std::string_view value) {
  ByteReader in(value);
  const Position position{in.u64()};
  return in.done() ? std::optional(position) : std::nullopt;
}

std::optional<StreamHead> parse_stream_head_value(std::string_view value) {
  ByteReader in(value);
  StreamHead head;
  head.version.value = in.u64();
  head.position.value = in.u64();
  return in.done() ? std::optional(head) : std::nullopt;
}

}  // namespace civiclog
