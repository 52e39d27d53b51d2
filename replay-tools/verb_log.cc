#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "events/payload_codec.h"
#include "replay-tools/arguments.h"
#include "replay-tools/data_reader.h"
#include "replay-tools/event_filter.h"
#include "replay-tools/event_text.h"
#include "replay-tools/printing.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

// Even of the largest events a read carries as many as this, so walking backwards steps over none.
constexpr uint64_t kReadBatch = 200;
static_assert(kReadBatch * kMaxEventSize < (16u << 20));

struct LogOptions : FormatOptions {
  std::string topic, actor, type, since, until;
  uint64_t limit = 0;  // 0: all
  bool oldest_first = false;
  bool words = false;
};

// Positions from..to, both included.
struct Span {
  uint64_t from = 1;
  uint64_t to = 0;
};

// All of it but the topic, which only the log knows.
Result<EventFilter> filter_of(const LogOptions& options) {
  EventFilter filter;
  filter.type = options.type;
  if (!options.type.empty()) {
    const std::vector<std::string_view> types = known_types();
    if (std::ranges::find(types, options.type) == types.end()) {
      return usage_error(fmt::format("there is no event type {}; there are {}", options.type, fmt::join(types, ", ")));
    }
  }
  if (!options.actor.empty()) {
    const Result<Uuid> actor = parse_actor(options.actor);
    if (!actor) return actor.error();
    filter.actor = *actor;
  }
  return filter;
}

Result<std::optional<Point>> optional_point(const std::string& text, const char* option) {
  if (text.empty()) return std::optional<Point>();
  const Result<Point> point = parse_point(text, option);
  if (!point) return point.error();
  return std::optional<Point>(*point);
}

// Points of one kind compare by themselves; a time and a position by where they lie in the log.
bool is_later(const Point& since, const Point& until, const Span& between) {
  return since.index() == until.index() ? since > until : between.from > between.to;
}

Result<Span> span_of(const LogOptions& options, const EventLog& log) {
  Span span{1, log.head().value};
  const auto since = optional_point(options.since, "--since");
  if (!since) return since.error();
  const auto until = optional_point(options.until, "--until");
  if (!until) return until.error();
  if (*since && std::holds_alternative<Position>(**since)) {
    span.from = std::max<uint64_t>(std::get<Position>(**since).value, 1);
  } else if (*since) {
    const Result<Position> before = position_at(log, {std::get<Timestamp>(**since).ms - 1});
    if (!before) return before.error();
    span.from = before->value + 1;
  }
  if (*until) {
    const Result<Position> last = resolve(log, **until, system_now());
    if (!last) return last.error();
    span.to = std::min(span.to, last->value);
  }
  if (*since && *until && is_later(**since, **until, span)) {
    return usage_error(fmt::format("--since {} is later than --until {}, so there is nothing between them", options.since, options.until));
  }
  return span;
}

class LogPrinter {
 public:
  LogPrinter(const LogOptions& options, EventFilter filter, ReadWord read_word)
      : options_(options), filter_(std::move(filter)), read_word_(std::move(read_word)) {}

  // False when the limit is reached.
  Result<bool> print(const StoredEvent& event) {
    if (!filter_.matches_envelope(event.envelope)) return true;
    const bool bytes_only = options_.format == "hex" && !filter_.topic;
    if (!bytes_only) {
      const Result<Payload> payload = decode_payload(event);
      if (!payload) return payload.error();
      if (!filter_.matches_topic(event.envelope, *payload)) return true;
      if (options_.format == "text") fmt::print("{}\n", event_line(event.envelope, *payload, read_word_));
      if (options_.format == "json") print_json(event_json(event.envelope, *payload, read_word_));
    }
    if (options_.format == "hex") fmt::print("{} {}\n", event.envelope.position.value, to_hex(event.bytes));
    return ++printed_ != options_.limit;
  }
  uint64_t printed() const { return printed_; }

 private:
  const LogOptions& options_;
  const EventFilter filter_;
  const ReadWord read_word_;
  uint64_t printed_ = 0;
};

Status print_span(const EventLog& log, Span span, bool oldest_first, LogPrinter& printer) {
  while (span.from <= span.to) {
    const uint64_t count = std::min(kReadBatch, span.to - span.from + 1);
    const uint64_t first = oldest_first ? span.from : span.to - count + 1;
    Result<std::vector<StoredEvent>> events = log.read({first - 1}, count);
    if (!events) return events.error();
    if (!oldest_first) std::ranges::reverse(*events);
    for (const StoredEvent& event : *events) {
      const Result<bool> more = printer.print(event);
      if (!more) return more.error();
      if (!*more) return {};
    }
    oldest_first ? span.from += events->size() : span.to -= count;
  }
  return {};
}

Result<ExitStatus> show_log(const LogOptions& options) {
  Result<EventFilter> filter = filter_of(options);
  if (!filter) return filter.error();
  Result<TopicName> topic = TopicName{};
  if (!options.topic.empty()) topic = parse_topic(options.topic);
  if (!topic) return topic.error();
  const Result<std::unique_ptr<DataReader>> reader = DataReader::open(options.data, {.vault = options.words});
  if (!reader) return reader.error();
  if (options.words && !(*reader)->vault()) return (*reader)->vault().error();
  const RocksLog& log = (*reader)->log();
  const Result<Span> span = span_of(options, log);
  if (!span) return span.error();
  if (!options.topic.empty()) {
    const Result<TopicId> found = find_topic(log, *topic);
    if (!found) return found.error();
    filter->topic = *found;
  }
  ReadWord read_word;
  if (options.words) read_word = [&](WordId word) { return (*(*reader)->vault())->get(word); };
  LogPrinter printer(options, *filter, std::move(read_word));
  const bool oldest_first = options.oldest_first || options.format == "hex";
  const Status printed = print_span(log, *span, oldest_first, printer);
  if (!printed) return printed.error();
  if (filter->topic && printer.printed() == 0) {
    const Result<Version> version = log.stream_version(stream_of(*filter->topic));
    if (!version) return version.error();
    if (*version == kNone) return no_such_topic(*topic, log.head());
  }
  return ExitStatus::kHolds;
}

}  // namespace

void add_log_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("log", "What happened, newest first");
  const auto options = std::make_shared<LogOptions>();
  add_data_option(*verb, *options);
  verb->add_option("--topic", options->topic, "Only what belongs to this topic: id or slug")->type_name("T");
  verb->add_option("--actor", options->actor, "Only what this participant or tag did, or \"system\"")->type_name("ID");
  verb->add_option("--type", options->type, "Only this type of event, e.g. phase-opened")->type_name("TYPE");
  verb->add_option("--since", options->since, "From this position or time on")->type_name("POSITION|TIME");
  verb->add_option("--until", options->until, "Up to this position or time")->type_name("POSITION|TIME");
  verb->add_option("--limit", options->limit, "At most so many")->type_name("N")->check(CLI::PositiveNumber);
  verb->add_flag("--oldest-first", options->oldest_first, "In the order of the log");
  verb->add_flag("--words", options->words, "With the texts, from the vault");
  add_format_options(*verb, *options, "text, json (one object a line) or hex (the stored bytes, oldest first)",
                     {"text", "json", "hex"});
  verb->footer("Examples:\n  civic-replay log --data ./record --topic tram --limit 20\n"
               "  civic-replay log --data ./record --type phase-extended --words\n"
               "  civic-replay log --data ./record --since 2026-03-01T00:00:00Z --until 2026-03-02T00:00:00Z --format json");
  verb->callback([&chosen, options] {
    chosen = [options]() -> Result<ExitStatus> {
      if (Status settled = settle_format(*options, "text"); !settled) return settled.error();
      return show_log(*options);
    };
  });
}

}  // namespace civiclog
