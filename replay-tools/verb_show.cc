#include <memory>

#include <fmt/format.h>

#include "events/payload_codec.h"
#include "base/number.h"
#include "replay-tools/arguments.h"
#include "replay-tools/data_reader.h"
#include "replay-tools/event_text.h"
#include "replay-tools/printing.h"
#include "replay-tools/verb_options.h"

namespace civiclog {
namespace {

struct ShowOptions : CommonOptions {
  std::string position;
};

// Where else to look: the events before and after in the same stream; 0 for none.
struct Neighbours {
  uint64_t previous = 0;
  uint64_t next = 0;
};

Result<Neighbours> neighbours_of(const EventLog& log, const Envelope& envelope) {
  Neighbours out;
  const uint64_t version = envelope.stream_version.value;
  const Result<std::vector<StoredEvent>> from = log.read_stream(envelope.stream, {version >= 2 ? version - 2 : 0});
  if (!from) return from.error();
  for (const StoredEvent& event : *from) {
    if (event.envelope.stream_version.value + 1 == version) out.previous = event.envelope.position.value;
    if (event.envelope.stream_version.value == version + 1) out.next = event.envelope.position.value;
  }
  return out;
}

void print_as_text(const StoredEvent& event, const Payload& payload, const Neighbours& around, const ReadWord& read_word) {
  const Envelope& e = event.envelope;
  const uint64_t first = e.position.value - e.commit_index;
  fmt::print("event {}, {} (schema {})\n", e.position.value, printable(e.type), e.schema);
  fmt::print("  recorded at    {}\n", to_rfc3339(e.recorded_at));
  if (e.occurred_at) fmt::print("  occurred at    {}\n", to_rfc3339(*e.occurred_at));
  fmt::print("  by             {}\n", actor_text(e.actor));
  fmt::print("  stream         {} version {}\n", e.stream.text(), e.stream_version.value);
  fmt::print("  in the stream  {}, {}\n", around.previous ? fmt::format("before it {}", around.previous) : "the first",
             around.next ? fmt::format("after it {}", around.next) : "the last so far");
  fmt::print("  commit         {} of {}, positions {} to {}\n", e.commit_index + 1, e.commit_size, first, first + e.commit_size - 1);
  fmt::print("  command        {}\n", e.command.text());
  fmt::print("  size           {} bytes\n", event.bytes.size());
  for (const auto& field : payload_json(payload, read_word)) {
    fmt::print("  {:<14} {}\n", std::string(field.key()), field_text(field.value()));
  }
}

Result<ExitStatus> show(const ShowOptions& options) {
  const std::optional<uint64_t> position = parse_number(options.position);
  if (!position) return usage_error(fmt::format("\"{}\" is no position; give a number from 1", options.position));
  const Result<std::unique_ptr<DataReader>> reader = DataReader::open(options.data, {.vault = true});
  if (!reader) return reader.error();
  const RocksLog& log = (*reader)->log();
  const Result<StoredEvent> event = read_one(log, {*position});
  if (!event) return event.error();
  const Result<Payload> payload = decode_payload(*event);
  if (!payload) return payload.error();
  // A fault elsewhere is no reason to keep back the event.
  Result<Neighbours> around = neighbours_of(log, event->envelope);
  if (!around) {
    fmt::print(stderr, "note: the stream's other events cannot be read: {}\n", one_line(around.error().message));
    around = Neighbours{};
  }
  const Result<std::unique_ptr<Vault>>& vault = (*reader)->vault();
  if (!vault) fmt::print(stderr, "note: the words cannot be read: {}\n", one_line(vault.error().message));
  ReadWord read_word;
  if (vault) read_word = [&](WordId word) { return (*vault)->get(word); };
  if (!options.json) {
    print_as_text(*event, *payload, *around, read_word);
    return ExitStatus::kHolds;
  }
  boost::json::object out = event_json(event->envelope, *payload, read_word);
  const auto or_null = [](uint64_t number) { return number == 0 ? boost::json::value() : boost::json::value(number); };
  out["stream_previous"] = or_null(around->previous);
  out["stream_next"] = or_null(around->next);
  out["bytes"] = to_hex(event->bytes);
  print_json(out);
  return ExitStatus::kHolds;
}

}  // namespace

void add_show_verb(CLI::App& app, RunVerb& chosen) {
  CLI::App* verb = app.add_subcommand("show", "One event in full");
  const auto options = std::make_shared<ShowOptions>();
  verb->add_option("position", options->position, "Its position")->required()->type_name("POSITION");
  add_data_option(*verb, *options);
  add_json_option(*verb, *options);
  verb->footer("Example:\n  civic-replay show 17 --data ./record");
  verb->callback([&chosen, options] { chosen = [options] { return show(*options); }; });
}

}  // namespace civiclog
