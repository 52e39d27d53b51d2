#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/number.h"
#include "query-api/reading/reading.h"
#include "tests/support/child_process.h"

namespace civiclog {

// civicd as its users have it: a process.
class Civicd : public ChildProcess {
 public:
  Civicd(const std::filesystem::path& scratch, std::vector<std::string> arguments)
      : ChildProcess(scratch, CIVICD_PATH, std::move(arguments)) {}

  // The port of the ready line; 0 if it does not come.
  uint16_t port() const {
    const std::string ready = "civicd listening on http://127.0.0.1:";
    for (int i = 0; i < 6'000; ++i) {
      const std::string text = out();
      if (text.starts_with(ready) && text.ends_with("\n")) {
        return static_cast<uint16_t>(*parse_number(text.substr(ready.size(), text.size() - ready.size() - 1)));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return 0;
  }
};

}  // namespace civiclog
