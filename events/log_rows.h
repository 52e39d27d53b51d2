#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/position.h"
#include "events/stream_id.h"

// The rows of the log on disk. Keys are big-endian, so that they sort; values little-endian. Column families:
//
//   default   "log"                                 format u32, log id (16)           one row; written last on creating
//   events    position be64                         the stored event (events/envelope.h)
//   streams   stream (33), stream version be64      position u64                      one row per event
//   heads     stream (33)                           last version u64, its position u64  one row per stream
//   commands  command id (16)                       position u64 of its first event   one row per commit
//
// All but the first are a function of the events alone. What else is asked of a command (last position, body digest,
// time) is in its first event; a second copy would cost 48 incompressible bytes per commit and could disagree.
// Pure and thread-safe. Parsers return nullopt for a row of the wrong size.

namespace civiclog {

inline constexpr uint32_t kLogFormat = 1;
inline constexpr std::string_view kLogRowKey = "log";

struct LogRow {
  uint32_t format = kLogFormat;
  LogId log;
};

struct StreamHead {
  Version version;    // kNone: the stream does not exist.
  Position position;  // Of the event that made this version.
  friend bool operator==(const StreamHead&, const StreamHead&) = default;
};

struct StreamRowKey {
  StreamId stream;
  Version version;
};

std::string log_row(const LogRow& row);
std::string event_key(Position position);
std::string stream_row_key(const StreamId& stream, Version version);
std::string command_key(CommandId command);
std::string position_value(Position position);
std::string stream_head_value(const StreamHead& head);

// Reads only the format number of a row written by a newer program.
std::optional<LogRow> parse_log_row(std::string_view value);
std::optional<Position> parse_event_key(std::string_view key);
std::optional<StreamId> parse_stream_key(std::string_view key);
std::optional<StreamRowKey> parse_stream_row_key(std::string_view key);
std::optional<CommandId> parse_command_key(std::string_view key);
std::optional<Position> parse_position_value(std::string_view value);
std::optional<StreamHead> parse_stream_head_value(std::string_view value);

}  // namespace civiclog
