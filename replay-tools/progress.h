#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "projections/projector.h"

// How far something is, with rate and time left, on standard error: on a terminal a bar that is redrawn, otherwise a plain line
// every few seconds (so that what ends soon says nothing), with --quiet nothing. One thread. The bar is gone when the
// object is, so that it never mixes with what is printed afterwards.

namespace civiclog {

// Done so far, and of how many. Called now and then, on the caller's thread.
using ReportProgress = std::function<void(uint64_t done, uint64_t total)>;
// The same of work that has several parts, one after the other.
using ReportPhase = std::function<void(std::string_view phase, uint64_t done, uint64_t total)>;

class Progress {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  static constexpr std::chrono::milliseconds kRedrawEvery{100};
  static constexpr std::chrono::seconds kLineEvery{5};

  enum class Style { kSilent, kLines, kBar };

  // The style that fits standard error.
  explicit Progress(bool quiet, std::string_view phase = "");
  Progress(std::FILE* out, Style style, Now now, std::string_view phase = "");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Begins to count anew when the phase is another one than before.
  void phase(std::string_view name);
  void report(uint64_t done, uint64_t total);
  // Removes the bar.
  void clear();

  // Refer to this object. Empty with Style::kSilent.
  ReportProgress callback();
  ReportPhase phase_callback();

 private:
  std::string text(uint64_t done, uint64_t total, std::chrono::duration<double> elapsed) const;
  void show(const std::string& text);

  std::FILE* const out_;
  const Style style_;
  const Now now_;
  std::string phase_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point shown_;
  bool drawn_ = false;
};

// For read models that are being computed: first events, then the rows of the tables made of them. Refers to `progress`.
OnProgress catch_up_progress(Progress& progress);

// "0:07", "12:30", "3:05:00".
std::string duration_text(std::chrono::seconds duration);
// "1,234,567".
std::string grouped(uint64_t number);

}  // namespace civiclog
