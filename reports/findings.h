#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/result.h"

// What a verification found. Two kinds of trouble are kept apart:
//
//   damage      bytes are missing or unreadable, as after a failed disk or a lost copy
//   tampering   bytes that are whole, with a right checksum, and contradict one another: no failure of a machine makes these
//
// Notes are what a reader should know and is no trouble. One thread.

namespace civiclog {

inline constexpr size_t kMaxListedFindings = 200;
inline constexpr size_t kMaxListedNotes = 100;

enum class FindingKind { kDamage, kTampering };
const char* name_of(FindingKind kind);

struct Finding {
  FindingKind kind;
  Position position;     // 0 where there is none.
  std::string subject;   // "event 17", "word …", "read model topics".
  std::string sentence;  // What is wrong with it: subject and sentence read as one.
};

class Findings {
 public:
  void add(FindingKind kind, Position position, std::string subject, std::string sentence);
  // With the kind that the error speaks of.
  void add(Position position, std::string subject, const Error& error);
  void note(std::string sentence);

  // At most kMaxListedFindings, tampering never displaced by damage; total() counts all.
  const std::vector<Finding>& listed() const { return listed_; }
  const std::vector<std::string>& notes() const { return notes_; }
  uint64_t total() const { return damage_ + tampering_; }
  uint64_t damage() const { return damage_; }
  uint64_t tampering() const { return tampering_; }
  bool names(Position position) const;

 private:
  std::vector<Finding> listed_;
  std::vector<std::string> notes_;
  uint64_t damage_ = 0;
  uint64_t tampering_ = 0;
};

// Which kind an error of the log is: by its rule, see events/envelope.h, events/payload_codec.h and events/log_store.h.
FindingKind kind_of(const Error& error);

}  // namespace civiclog
