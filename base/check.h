#pragma once

// CHECK(condition): an invariant of this program. Stays on in release builds. A false condition
// prints file, line and text and aborts: going on would write something untrue into the log.
// Never use it on input from outside; bad input is an Error (base/result.h).

namespace civiclog {

[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace civiclog

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) [[unlikely]]                              \
      ::civiclog::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
