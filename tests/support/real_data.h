#pragma once

#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

// The folder of real deliberations (polis/, decide-madrid/), which lies beside the project and not in it. Tests that
// need it run where it exists and say plainly that they were skipped where it does not.

namespace civiclog {

// CIVICLOG_DATA when set (a folder that is not there fails the test: whoever names one wants it used); otherwise
// shared/data in the nearest folder above the working directory that has one; otherwise nullopt.
std::optional<std::filesystem::path> real_data_dir();

}  // namespace civiclog

// Declares `name` as the folder, or skips the test.
#define CIVICLOG_REAL_DATA_OR_SKIP(name)                                        \
  const auto name##_found = ::civiclog::real_data_dir();                        \
  if (!name##_found) GTEST_SKIP() << "skipped: real data folder not found";     \
  const std::filesystem::path name = *name##_found
