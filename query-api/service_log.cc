#include "query-api/service_log.h"

#include <atomic>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/text.h"

namespace civiclog {
namespace {

std::atomic<LogFormat> log_format{LogFormat::kText};

void write(spdlog::level::level_enum level, std::string_view sentence) {
  const std::string line = log_format == LogFormat::kJson ? json_line(sentence) : one_line(sentence);
  spdlog::log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char symbol : text) {
    const auto byte = static_cast<unsigned char>(symbol);
    if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\x{:02x}", byte);
    else out += symbol;
  }
  return out;
}

std::string json_line(std::string_view text) {
  if (is_valid_utf8(text)) return boost::json::serialize(boost::json::string(text));
  std::string ascii;
  for (const char symbol : text) {
    const auto byte = static_cast<unsigned char>(symbol);
    if (byte < 0x80) ascii += symbol;
    else ascii += fmt::format("\\x{:02x}", byte);
  }
  return boost::json::serialize(boost::json::string(ascii));
}

void start_logging(LogLevel lowest, LogFormat format) {
  log_format = format;
  auto logger = std::make_shared<spdlog::logger>("civicd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(format == LogFormat::kJson ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})"
                                                 : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                      spdlog::pattern_time_type::utc);
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                   spdlog::level::err};
  logger->set_level(kLevels[static_cast<size_t>(lowest)]);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

void log_debug(std::string_view sentence) { write(spdlog::level::debug, sentence); }
void log_info(std::string_view sentence) { write(spdlog::level::info, sentence); }
void log_warning(std::string_view sentence) { write(spdlog::level::warn, sentence); }
void log_error(std::string_view sentence) { write(spdlog::level::err, sentence); }

}  // namespace civiclog
