// Feeds arbitrary bytes to the CSV reader, whole and in pieces. What it accepts survives writing and reading; what it refuses has a line.
//
// Input: one byte for the size of the pieces, then the file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "replay-tools/csv.h"

namespace {

using namespace civiclog;

using Records = std::vector<std::vector<std::string>>;

// Gives at most `piece` bytes at a time.
class PieceSource final : public ByteSource {
 public:
  PieceSource(std::string_view bytes, size_t piece) : whole_(bytes), piece_(piece) {}
  Result<size_t> read(char* buffer, size_t size) override { return whole_.read(buffer, std::min(size, piece_)); }

 private:
  MemorySource whole_;
  const size_t piece_;
};

struct Outcome {
  Records records;
  std::vector<uint64_t> lines;
  std::optional<Error> error;
  bool crlf = false;
  bool unterminated = false;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read_all(std::string_view bytes, size_t piece) {
  PieceSource source(bytes, piece);
  CsvReader reader(source, "fuzz.csv");
  Outcome out;
  for (;;) {
    const auto more = reader.next();
    if (!more) {
      out.error = more.error();
      return out;
    }
    if (!*more) break;
    out.records.emplace_back(reader.fields().begin(), reader.fields().end());
    out.lines.push_back(reader.line());
  }
  out.crlf = reader.is_crlf();
  out.unterminated = reader.is_unterminated();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome outcome = read_all(bytes, bytes.size() + 1);
  CHECK(read_all(bytes, 1 + data[0] % 64u) == outcome);
  CHECK(std::ranges::is_sorted(outcome.lines));
  if (outcome.error) {
    CHECK(outcome.error->code == ErrorCode::kInvalidArgument && outcome.error->message.starts_with("fuzz.csv line "));
    return 0;
  }
  CsvWriter writer;
  for (const auto& record : outcome.records) {
    for (const auto& field : record) writer.text(field);
    writer.end_record();
  }
  const Outcome again = read_all(writer.bytes(), writer.bytes().size() + 1);
  CHECK(!again.error && again.records == outcome.records);
  return 0;
}
