#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/position.h"

namespace civiclog {

// What an answer was made from: while neither number has changed, making it again would give the same bytes.
struct AnswerStamp {
  uint64_t read_models = 0;  // Projector::progress()
  uint64_t words = 0;        // Vault::changes()

  friend bool operator==(const AnswerStamp&, const AnswerStamp&) = default;
};

// Finished answers to the plain question of an address, for those that are asked over and over: a tally on an evening of voting.
// The stamp is taken before the rows are read, so an answer is never older than its stamp says. Bounded; when it is full it begins
// anew. From any thread.
class AnswerCache {
 public:
  static constexpr size_t kMaxAnswers = 4'096;
  static constexpr size_t kMaxBytes = 32u << 20;

  struct Answer {
    std::string body;
    std::string tag;
    Position position;
  };

  std::optional<Answer> find(std::string_view target, AnswerStamp stamp) const;
  void keep(std::string target, AnswerStamp stamp, Answer answer);

 private:
  struct Entry {
    AnswerStamp stamp;
    Answer answer;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;  // Guarded by mutex_.
  size_t bytes_ = 0;                                   // Guarded by mutex_.
};

}  // namespace civiclog
