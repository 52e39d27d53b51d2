#include "projections/compare.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "projections/row_key.h"

namespace civiclog {
namespace {

// What one side has and the other has not, in words.
Difference difference_of(const Projection& projection, bool in_history, std::string_view key,
                         std::optional<std::string_view> live, std::optional<std::string_view> rebuilt) {
  std::string_view row_key = key;
  std::string at;
  if (in_history && key.size() > kPositionBytes) {
    row_key = key.substr(0, key.size() - kPositionBytes);
    at = fmt::format(" at position {}", ~ByteReader(key.substr(row_key.size())).be64());
  }
  std::string subject;
  const auto describe = [&](std::optional<std::string_view> value) -> std::string {
    if (!value) return "nothing";
    if (in_history && (value->empty() || value->front() == kErasedMark)) {
      subject = projection.describe(row_key, {}).subject;
      return "erased";
    }
    const RowDescription row = projection.describe(row_key, in_history ? value->substr(1) : *value);
    subject = row.subject;
    return row.value;
  };
  const std::string live_words = describe(live);
  const std::string rebuilt_words = describe(rebuilt);
  // Two rows that read alike can still differ in a field that has no words.
  const std::string bytes = live && rebuilt && live_words == rebuilt_words
                                ? fmt::format(" (bytes {} and {})", to_hex(*live), to_hex(*rebuilt)) : std::string();
  return {std::string(projection.name()), in_history, to_hex(key),
          fmt::format("{}{}: {}, rebuilt {}{}", subject, at, live_words, rebuilt_words, bytes)};
}

using Row = std::pair<std::string, std::string>;
constexpr size_t kMaxRowsAtOnce = 1'000;

// Reads one side in chunks, so that two of them can be walked in step.
class Side {
 public:
  Side(const ViewReader& reader, bool history) : reader_(reader), history_(history) {}

  // The next row, or nullptr at the end.
  Result<const Row*> peek() {
    if (next_ == rows_.size() && !ended_) {
      if (Status read = read_chunk(); !read) return read.error();
    }
    return next_ == rows_.size() ? nullptr : &rows_[next_];
  }
  void pop() { ++next_; }

 private:
  Status read_chunk() {
    const std::string after = rows_.empty() ? std::string() : rows_.back().first;
    rows_.clear();
    next_ = 0;
    const Status status = reader_.scan_all(history_, after, [&](std::string_view key, std::string_view value) {
      rows_.emplace_back(key, value);
      return rows_.size() < kMaxRowsAtOnce;
    });
    ended_ = rows_.size() < kMaxRowsAtOnce;
    return status;
  }

  const ViewReader& reader_;
  const bool history_;
  std::vector<Row> rows_;
  size_t next_ = 0;
  bool ended_ = false;
};

Status compare_family(const Projection& projection, const ViewReader& live, const ViewReader& rebuilt, bool history,
                      ComparedView& out) {
  Side left(live, history);
  Side right(rebuilt, history);
  while (true) {
    const Result<const Row*> a = left.peek();
    if (!a) return a.error();
    const Result<const Row*> b = right.peek();
    if (!b) return b.error();
    const Row* x = *a;
    const Row* y = *b;
    if (x == nullptr && y == nullptr) return {};
    if (x != nullptr && y != nullptr && *x == *y) {
      ++(history ? out.history : out.rows);
      left.pop();
      right.pop();
      continue;
    }
    const bool only_live = y == nullptr || (x != nullptr && x->first < y->first);
    const bool only_rebuilt = x == nullptr || (y != nullptr && y->first < x->first);
    const std::string& key = only_rebuilt ? y->first : x->first;
    out.difference = difference_of(projection, history, key, only_rebuilt ? std::nullopt : std::optional<std::string_view>(x->second),
                                   only_live ? std::nullopt : std::optional<std::string_view>(y->second));
    return {};
  }
}

struct Candidate {
  const Projection* projection;
  ViewReader live;
  size_t place;  // In the report.
};

Status compare_one(const Candidate& candidate, const Views& rebuilt, ComparedView& out) {
  const Result<ViewReader> reader = rebuilt.snapshot().reader(candidate.projection->name());
  if (!reader) return reader.error();
  // History first: the earliest wrong row says more than what it led to.
  if (Status status = compare_family(*candidate.projection, candidate.live, *reader, true, out); !status) return status;
  if (out.difference) return {};
  return compare_family(*candidate.projection, candidate.live, *reader, false, out);
}

Status compare_in(const EventLog& log, std::vector<Candidate>& candidates, Projections projections, Views& rebuilt,
                  std::stop_token stop, const OnProgress& progress, std::vector<ComparedView>& report) {
  Result<std::unique_ptr<Projector>> projector = Projector::create(log, rebuilt, std::move(projections));
  if (!projector) return projector.error();
  std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
    return a.live.position() < b.live.position();
  });
  for (const Candidate& candidate : candidates) {
    const Status built = (*projector)->catch_up_to(candidate.live.position(), stop, progress);
    // Another read model's fault does not concern this one.
    const std::optional<GenerationRecord> reached = rebuilt.active(candidate.projection->name());
    if (!built && (!reached || reached->checkpoint != candidate.live.position())) return built;
    if (Status status = compare_one(candidate, rebuilt, report[candidate.place]); !status) return status;
  }
  return {};
}

}  // namespace

Result<std::vector<ComparedView>> compare_views(const EventLog& log, const Views& live, Projections projections,
                                                const std::filesystem::path& empty_directory, std::stop_token stop,
                                                const OnProgress& progress) {
  const ViewSnapshot snapshot = live.snapshot();
  std::vector<ComparedView> report;
  std::vector<Candidate> candidates;
  for (const auto& projection : projections) {
    ComparedView view;
    view.projection = projection->name();
    Result<ViewReader> reader = snapshot.reader(projection->name());
    if (!reader) {
      view.skipped = reader.error().message;
    } else {
      view.version = reader->record().version;
      view.position = reader->position();
      if (view.version != projection->version()) {
        view.skipped = fmt::format("it was built by version {}, this program has version {}", view.version, projection->version());
      } else if (view.position > log.head()) {
        view.skipped = fmt::format("it is at position {}, after the log's end at {}", view.position.value, log.head().value);
      } else {
        candidates.push_back({projection.get(), std::move(*reader), report.size()});
      }
    }
    report.push_back(std::move(view));
  }
  if (candidates.empty()) return report;
  if (Status made = Views::create(empty_directory, log.id()); !made) return made.error();
  Result<std::unique_ptr<Views>> rebuilt = Views::open(empty_directory, log.id());
  Status compared = rebuilt ? compare_in(log, candidates, std::move(projections), **rebuilt, stop, progress, report)
                            : Status(rebuilt.error());
  if (rebuilt) rebuilt->reset();
  std::error_code ignored;
  std::filesystem::remove_all(empty_directory, ignored);
  if (!compared) return compared.error();
  return report;
}

}  // namespace civiclog
