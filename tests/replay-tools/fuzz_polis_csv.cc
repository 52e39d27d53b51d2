// Feeds arbitrary bytes to the CSV reader and, as each of its files, to the Polis reader. What the CSV reader accepts
// must survive writing and reading; what the Polis reader accepts must be valid and have a digest.
//
//   fuzz_polis_csv -max_len=4096 corpus/

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "replay-tools/csv.h"
#include "replay-tools/polis_reader.h"

namespace {

using namespace civiclog;

using Records = std::vector<std::vector<std::string>>;

bool read_all(std::string_view bytes, Records& records) {
  MemorySource source(bytes);
  CsvReader reader(source, "fuzz.csv");
  for (;;) {
    const auto more = reader.next();
    if (!more) return false;
    if (!*more) return true;
    records.emplace_back(reader.fields().begin(), reader.fields().end());
  }
}

void round_trip(std::string_view bytes) {
  Records records;
  if (!read_all(bytes, records)) return;
  CsvWriter writer;
  for (const auto& record : records) {
    for (const auto& field : record) writer.text(field);
    writer.end_record();
  }
  Records again;
  CHECK(read_all(writer.bytes(), again));
  CHECK(again == records);
}

void read_as_export(std::string_view bytes, uint8_t file) {
  const std::string comments_head = "timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n";
  const std::string votes_head = "timestamp,comment-id,voter-id,vote\n";
  const std::string comments = file == 0 ? std::string(bytes) : comments_head + "1500000000000,0,0,1,0,1,One\n" +
                                                                    "1500000000001,7,3,0,0,-1,Two\n" +
                                                                    (file == 1 ? std::string(bytes) : "");
  const std::string votes = votes_head + "1500000000002,0,0,1\n" + (file == 2 ? std::string(bytes) : "");
  const std::string summary = file == 3 ? std::string(bytes) : "topic,Fuzz\n";
  MemorySource comments_source(comments);
  MemorySource votes_source(votes);
  MemorySource summary_source(summary);
  MemorySource matrix_source(bytes);
  const auto reading = polis::read_conversation({comments_source, votes_source, summary_source, file >= 4 ? &matrix_source : nullptr});
  if (!reading) {
    CHECK(reading.error().code == ErrorCode::kInvalidArgument);
    CHECK(!reading.error().message.empty());
    return;
  }
  CHECK(polis::validate(reading->conversation).has_value());
  polis::latest_tallies(reading->conversation);
  polis::content_digest(reading->conversation);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const uint8_t target = data[0] % 6;
  if (target == 5) {
    round_trip(bytes);
  } else {
    read_as_export(bytes, target);
  }
  return 0;
}
