#pragma once

#include <string>
#include <string_view>

// What the service tells its operator: one line each on standard error, with time and level, as text or as a JSON object
// {"time": "2026-03-01T09:12:00.000Z", "level": "info", "message": "…"}. Never a subject together with
// a position of a ballot. The only file that knows spdlog. From any thread; start_logging() once, before the others.

namespace civiclog {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

enum class LogFormat { kText, kJson };

void start_logging(LogLevel lowest, LogFormat format = LogFormat::kText);

void log_debug(std::string_view sentence);
void log_info(std::string_view sentence);
void log_warning(std::string_view sentence);
void log_error(std::string_view sentence);

// Control characters are written as \xNN, so that no text can begin a line of its own. Done by all of the above in text.
std::string one_line(std::string_view text);
// A JSON string; done by all of the above in JSON. Bytes that are no UTF-8 are written as in one_line().
std::string json_line(std::string_view text);

}  // namespace civiclog
