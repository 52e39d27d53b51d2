#include "base/time.h"

#include <chrono>

#include <fmt/format.h>

namespace civiclog {
namespace {

std::optional<int> digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool eat(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int> fraction_ms(std::string_view& text) {
  if (!eat(text, ".")) return 0;
  int ms = 0;
  size_t count = 0;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++count) {
    if (count < 3) ms = ms * 10 + (text[0] - '0');
  }
  if (count == 0 || count > 9) return std::nullopt;
  for (; count < 3; ++count) ms *= 10;
  return ms;
}

std::optional<int> offset_minutes(std::string_view& text) {
  if (eat(text, "Zz")) return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '+' ? 1 : -1;
  text.remove_prefix(1);
  const auto hours = digits(text, 2);
  if (!hours || !eat(text, ":")) return std::nullopt;
  const auto minutes = digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

Timestamp system_now() {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

std::string to_rfc3339(Timestamp time) {
  using namespace std::chrono;
  const sys_time<milliseconds> instant{milliseconds{time.ms}};
  const auto day = floor<days>(instant);
  const year_month_day date{day};
  const hh_mm_ss<milliseconds> clock{instant - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto year_number = digits(text, 4);
  if (!year_number || !eat(text, "-")) return std::nullopt;
  const auto month_number = digits(text, 2);
  if (!month_number || !eat(text, "-")) return std::nullopt;
  const auto day_number = digits(text, 2);
  if (!day_number || !eat(text, "Tt ")) return std::nullopt;
  const auto hour = digits(text, 2);
  if (!hour || !eat(text, ":")) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || !eat(text, ":")) return std::nullopt;
  const auto second = digits(text, 2);
  if (!second) return std::nullopt;
  const auto ms = fraction_ms(text);
  if (!ms) return std::nullopt;
  const auto offset = offset_minutes(text);
  if (!offset || !text.empty()) return std::nullopt;

  const year_month_day date{year{*year_number}, month{static_cast<unsigned>(*month_number)},
                            day{static_cast<unsigned>(*day_number)}};
  if (!date.ok() || *year_number < 1970 || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const auto instant = sys_days{date} + hours{*hour} + minutes{*minute - *offset} + seconds{*second} + milliseconds{*ms};
  // The offset can carry it out of the years that can be written again.
  constexpr auto kEnd = sys_days{year{10'000} / January / 1};
  if (instant < sys_days{year{1970} / January / 1} || instant >= kEnd) return std::nullopt;
  return Timestamp{duration_cast<milliseconds>(instant.time_since_epoch()).count()};
}

}  // namespace civiclog
