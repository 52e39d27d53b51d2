#include "tests/support/real_data.h"

#include <cstdlib>

namespace civiclog {

std::optional<std::filesystem::path> real_data_dir() {
  if (const char* named = std::getenv("CIVICLOG_DATA"); named != nullptr && *named != '\0') {
    EXPECT_TRUE(std::filesystem::is_directory(named)) << "CIVICLOG_DATA names " << named << ", which is no folder";
    return std::filesystem::path(named);
  }
  // Tests run somewhere below the checkout; the name of this file may be a relative one.
  std::filesystem::path folder = std::filesystem::current_path();
  for (;;) {
    if (std::filesystem::is_directory(folder / "shared" / "data")) return folder / "shared" / "data";
    if (!folder.has_relative_path()) return std::nullopt;
    folder = folder.parent_path();
  }
}

}  // namespace civiclog
