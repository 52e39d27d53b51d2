#pragma once

#include <filesystem>
#include <memory>

#include "events/rocks_log.h"
#include "installation/data_directory.h"
#include "projections/views.h"
#include "replay-tools/scratch_folder.h"
#include "vault/vault.h"

// What an auditor reads of a data directory: the log, and what else was asked for, each by itself, so that a broken read model
// does not hide the log. Changes nothing; the directory may be stopped or have a writer. (Observer, by contrast, is for who
// needs all three to fit together.) One thread.

namespace civiclog {

struct ReadParts {
  bool vault = false;
  bool views = false;
};

class DataReader {
 public:
  // Errors: those of DataDirectory::find() and RocksLog::open_secondary().
  static Result<std::unique_ptr<DataReader>> open(const std::filesystem::path& directory, ReadParts parts = {});
  ~DataReader();
  DataReader(const DataReader&) = delete;
  DataReader& operator=(const DataReader&) = delete;

  const RocksLog& log() const { return *log_; }
  // A directory of this reader's own, on the machine's temporary storage, gone with it.
  const std::filesystem::path& scratch() const { return scratch_.path(); }
  // The events up to here have all their words in vault().
  Position complete() const { return complete_; }
  // Only if asked for. The error of opening them otherwise.
  const Result<std::unique_ptr<Vault>>& vault() const { return vault_; }
  const Result<std::unique_ptr<Views>>& views() const { return views_; }

 private:
  explicit DataReader(ScratchFolder scratch) : scratch_(std::move(scratch)) {}

  ScratchFolder scratch_;
  std::unique_ptr<RocksLog> log_;
  Position complete_;
  Result<std::unique_ptr<Vault>> vault_ = std::unique_ptr<Vault>();
  Result<std::unique_ptr<Views>> views_ = std::unique_ptr<Views>();
};

}  // namespace civiclog
