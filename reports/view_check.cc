#include "reports/view_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "projections/row_key.h"

namespace civiclog {
namespace {

constexpr uint64_t kProgressEvery = 16'384;
// Every log begins with an event that goes into these: no other read model must have rows.
constexpr std::string_view kNeverEmpty = "activity";

std::string subject_of(std::string_view projection) { return fmt::format("read model {}", projection); }

class ViewCheck {
 public:
  ViewCheck(const EventLog& log, const Views& views, Findings& findings, const CheckProgress& progress)
      : log_(log), views_(views), snapshot_(views.snapshot()), findings_(findings), progress_(progress) {}

  void check_record(const GenerationRecord& record);
  std::optional<CheckedView> check_rows(std::string_view projection);

 private:
  Status count_rows(const ViewReader& reader, bool history, uint64_t& count, Position& newest);

  const EventLog& log_;
  const Views& views_;
  const ViewSnapshot snapshot_;
  Findings& findings_;
  const CheckProgress& progress_;
  uint64_t done_ = 0;
};

void ViewCheck::check_record(const GenerationRecord& record) {
  const Status fits = views_.check_against(log_, record);
  if (!fits) {
    // Not ahead, and yet another event at its checkpoint: one of the two was rewritten.
    const bool another_history = fits.error().code == ErrorCode::kIncompatible && record.checkpoint <= log_.head();
    findings_.add(another_history ? FindingKind::kTampering : kind_of(fits.error()), record.checkpoint,
                  subject_of(record.projection), fits.error().message);
  }
  if (record.state == ViewState::kFaulted) {
    findings_.add(FindingKind::kDamage, record.fault_position, subject_of(record.projection),
                  fmt::format("stopped at position {}: {}", record.fault_position.value, record.error));
  } else if (record.checkpoint < log_.head()) {
    findings_.note(fmt::format("the {} is {} and has applied position {} of {}", subject_of(record.projection),
                               name_of(record.state), record.checkpoint.value, log_.head().value));
  }
}

Status ViewCheck::count_rows(const ViewReader& reader, bool history, uint64_t& count, Position& newest) {
  return reader.scan_all(history, {}, [&](std::string_view key, std::string_view) {
    ++count;
    if (history && key.size() >= kPositionBytes) {
      newest = std::max(newest, Position{~ByteReader(key.substr(key.size() - kPositionBytes)).be64()});
    }
    if (++done_ % kProgressEvery == 0 && progress_) progress_(done_, done_);
    return true;
  });
}

std::optional<CheckedView> ViewCheck::check_rows(std::string_view projection) {
  const Result<ViewReader> reader = snapshot_.reader(projection);
  if (!reader) {
    if (log_.head().value > 0) findings_.note(fmt::format("the {} has not been built yet", subject_of(projection)));
    return std::nullopt;
  }
  const GenerationRecord& record = reader->record();
  CheckedView out{record.projection, record.version, record.state, record.checkpoint};
  Position newest;
  Status read = count_rows(*reader, true, out.history, newest);
  if (read) read = count_rows(*reader, false, out.rows, newest);
  if (!read) findings_.add({}, subject_of(projection), read.error());
  if (record.checkpoint == Position{} && out.history + out.rows > 0) {
    findings_.note(fmt::format("the {} was interrupted at the end of its building, and is built anew at the next start", subject_of(projection)));
  } else if (newest > record.checkpoint) {
    findings_.add(FindingKind::kDamage, newest, subject_of(projection),
                  fmt::format("has a row of position {}, after its checkpoint {}", newest.value, record.checkpoint.value));
  }
  if (read && projection == kNeverEmpty && record.checkpoint.value > 0 && out.rows == 0) {
    findings_.add(FindingKind::kDamage, record.checkpoint, subject_of(projection),
                  fmt::format("says that it has applied position {}, but has no rows", record.checkpoint.value));
  }
  return out;
}

}  // namespace

std::vector<CheckedView> check_views(const EventLog& log, const Views& views, const Projections& projections, Findings& findings,
                                     const CheckProgress& progress) {
  ViewCheck check(log, views, findings, progress);
  for (const GenerationRecord& record : views.generations()) check.check_record(record);
  std::vector<CheckedView> out;
  for (const auto& projection : projections) {
    if (std::optional<CheckedView> view = check.check_rows(projection->name())) out.push_back(std::move(*view));
  }
  return out;
}

}  // namespace civiclog
