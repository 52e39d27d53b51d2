#include "replay-tools/progress.h"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

namespace civiclog {
namespace {

using std::chrono::steady_clock;

constexpr uint64_t kBarWidth = 24;
constexpr const char* kClearLine = "\r\x1b[K";
constexpr double kShortestMeasure = 0.5;  // Seconds, before a rate means anything.

}  // namespace

OnProgress catch_up_progress(Progress& progress) {
  return [&progress](const CatchUpProgress& at) {
    progress.phase(at.rows > 0 ? "writing tables" : "read models");
    at.rows > 0 ? progress.report(at.rows_written, at.rows) : progress.report(at.done.value, at.goal.value);
  };
}

std::string duration_text(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds < 3'600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3'600, seconds / 60 % 60, seconds % 60);
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

Progress::Progress(bool quiet, std::string_view phase)
    : Progress(stderr, quiet ? Style::kSilent : ::isatty(STDERR_FILENO) != 0 ? Style::kBar : Style::kLines, steady_clock::now, phase) {}

Progress::Progress(std::FILE* out, Style style, Now now, std::string_view phase)
    : out_(out), style_(style), now_(std::move(now)), phase_(phase), began_(now_()), shown_(began_) {}

Progress::~Progress() { clear(); }

void Progress::phase(std::string_view name) {
  if (name == phase_) return;
  phase_ = name;
  began_ = now_();
}

void Progress::report(uint64_t done, uint64_t total) {
  if (style_ == Style::kSilent) return;
  const auto now = now_();
  if (now - shown_ < (style_ == Style::kBar ? std::chrono::milliseconds(kRedrawEvery) : std::chrono::milliseconds(kLineEvery))) return;
  shown_ = now;
  const std::string line = text(std::min(done, total), total, now - began_);
  if (style_ == Style::kLines) {
    show(line + "\n");
  } else {
    const uint64_t filled = total == 0 ? 0 : kBarWidth * std::min(done, total) / total;
    show(fmt::format("{}[{}{}] {}", kClearLine, std::string(filled, '#'), std::string(kBarWidth - filled, '.'), line));
    drawn_ = true;
  }
}

// Unlike fmt::print it does not throw when nobody reads: the work goes on unseen.
void Progress::show(const std::string& text) {
  std::fputs(text.c_str(), out_);
  std::fflush(out_);
}

std::string Progress::text(uint64_t done, uint64_t total, std::chrono::duration<double> elapsed) const {
  std::string out = phase_.empty() ? std::string() : phase_ + ": ";
  out += fmt::format("{} of {} ({}%)", grouped(done), grouped(total), total == 0 ? 100 : 100 * done / total);
  if (elapsed.count() < kShortestMeasure || done == 0) return out;
  const double rate = static_cast<double>(done) / elapsed.count();
  const auto left = std::chrono::seconds(static_cast<int64_t>(static_cast<double>(total - done) / rate + 0.5));
  return out + fmt::format(", {}/s, {} left", grouped(static_cast<uint64_t>(rate)), duration_text(left));
}

void Progress::clear() {
  if (!drawn_) return;
  show(kClearLine);
  drawn_ = false;
}

ReportProgress Progress::callback() {
  if (style_ == Style::kSilent) return {};
  return [this](uint64_t done, uint64_t total) { report(done, total); };
}

ReportPhase Progress::phase_callback() {
  if (style_ == Style::kSilent) return {};
  return [this](std::string_view name, uint64_t done, uint64_t total) {
    phase(name);
    report(done, total);
  };
}

}  // namespace civiclog
