#pragma once

#include <filesystem>

#include "base/id.h"
#include "base/result.h"

// Where an installation keeps everything it knows:
//
//   DIR/civiclog   this file last: format number and log id, as text; its presence says the directory is whole
//   DIR/log        the events and the head anchor
//   DIR/vault      words and keys
//   DIR/views      the read models; can be built anew from the log
//
// Each of the three also carries its own format and the log's id, and refuses a stranger.

namespace rocksdb {
class Env;
}

namespace civiclog {

class FileCalls;

inline constexpr int kDataFormat = 1;

// What lies beneath, for tests. All must outlive whatever is opened with them; nullptr: the machine's own.
struct DiskOptions {
  rocksdb::Env* env = nullptr;
  FileCalls* file_calls = nullptr;
};

class DataDirectory {
 public:
  // Makes a new one in a directory that is missing or empty, with log, vault and views. Errors: kIncompatible when something
  // is there already, kIo.
  static Result<DataDirectory> create(const std::filesystem::path& directory, DiskOptions disk = {});
  // kNotFound: nothing there. kIncompatible: not ours, half-written, or of a newer format; the sentence says what to do.
  static Result<DataDirectory> find(const std::filesystem::path& directory);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path log_path() const { return path_ / "log"; }
  std::filesystem::path vault_path() const { return path_ / "vault"; }
  std::filesystem::path views_path() const { return path_ / "views"; }
  LogId log() const { return log_; }

 private:
  DataDirectory(std::filesystem::path path, LogId log) : path_(std::move(path)), log_(log) {}

  std::filesystem::path path_;
  LogId log_;
};

}  // namespace civiclog
