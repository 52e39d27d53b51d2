#pragma once

#include <filesystem>
#include <memory>

#include "events/rocks_log.h"
#include "installation/data_directory.h"
#include "projections/views.h"
#include "vault/vault.h"

// Reads an installation that another process may be writing, and changes nothing in it. Views are opened first, then the
// log, so that the log has everything the views speak of.
//
// Threads: reading from any; refresh() by one at a time.

namespace civiclog {

class Observer {
 public:
  static Result<std::unique_ptr<Observer>> open(const DataDirectory& directory);
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  // Sees what the writer has done since.
  Status refresh();

  const RocksLog& log() const { return *log_; }
  const Vault& vault() const { return *vault_; }
  const Views& views() const { return *views_; }
  // A directory of this observer's own, on the machine's temporary storage, gone with it.
  const std::filesystem::path& scratch() const { return scratch_; }

 private:
  explicit Observer(std::filesystem::path scratch) : scratch_(std::move(scratch)) {}

  std::filesystem::path scratch_;
  std::unique_ptr<Views> views_;
  std::unique_ptr<RocksLog> log_;
  std::unique_ptr<Vault> vault_;
};

}  // namespace civiclog
