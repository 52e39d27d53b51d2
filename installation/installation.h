#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
#include "commands/command_handler.h"
#include "commands/word_keeping.h"
#include "events/rocks_log.h"
#include "installation/data_directory.h"
#include "projections/projector.h"
#include "projections/views.h"
#include "storage/free_space.h"
#include "vault/vault.h"

// One installation, owned by this process: the log, the vault, the read models, and what keeps them in step. Opening
// checks that the three belong together and refuses what does not; nothing is guessed or repaired.
//
// Threads: as each part says. Construction and destruction by one thread.

namespace civiclog {

// About as much as is read in the time a start should take.
inline constexpr uint64_t kMaxBytesReadAtStart = 256u << 20;

struct InstallationOptions {
  Clock clock = system_now;
  std::function<void(const Error&)> on_error = [](const Error&) {};  // From background work; any thread.
  uint64_t max_bytes_read_at_start = kMaxBytesReadAtStart;
  // Acts are refused (kUnavailable "disk_low") while less is free; 0: never. See storage/free_space.h.
  uint64_t min_free_bytes = kMinFreeBytes;
  FreeSpace::OnChange on_free_space = {};
  DiskOptions disk = {};
};

// What keeps an installation from taking acts, or from keeping its read models.
enum class Trouble {
  kLogStopped,        // A write or flush of the log failed: it takes no more until a restart.
  kVaultStopped,      // The same of words or keys.
  kReadModelsStopped, // RocksDB cannot write the read models. (A single one that stopped says so itself.)
  kStorageDamaged,    // Damage was found after the start.
  kLowDisk,           // Too little is free; goes away by itself.
};
inline constexpr std::array kTroubles = {Trouble::kLogStopped, Trouble::kVaultStopped, Trouble::kReadModelsStopped,
                                         Trouble::kStorageDamaged, Trouble::kLowDisk};
const char* name_of(Trouble trouble);  // "log_stopped"

class Installation {
 public:
  // Reads every block of every file beneath; what is more than max_bytes_read_at_start is left to a
  // thread of its own, which hands damage to on_error and to failure(). Errors: kNotFound (no data), kUnavailable (another
  // process has it), kIncompatible, kCorrupt, kIo.
  static Result<std::unique_ptr<Installation>> open(const DataDirectory& directory, InstallationOptions options = {});

  // Why this installation should not serve, as sentences for the operator; empty when all is well. All three from any thread.
  std::string failure() const;
  std::vector<Trouble> troubles() const;
  FreeSpace& free_space() const { return *free_space_; }

  // Follows the log from now on: read models and erasures, on threads of their own.
  void start_following();
  // Ends what start_following() began. Also in the destructor.
  void stop_following();
  // For tools, without start_following(): brings read models and erasures up to the head.
  Status catch_up(const OnProgress& progress = {});

  RocksLog& log() { return *log_; }
  Vault& vault() { return *vault_; }
  Views& views() { return *views_; }
  Projector& projector() { return *projector_; }
  CommandHandler& commands() { return *commands_; }

 private:
  explicit Installation(InstallationOptions options) : options_(std::move(options)) {}

  Status check_storage();
  Status read_every_block(const std::stop_token& stop) const;
  uint64_t table_bytes() const;
  std::string sentence_of(Trouble trouble) const;

  const InstallationOptions options_;
  // In the order of dependence: what comes later uses what comes before.
  std::unique_ptr<FreeSpace> free_space_;
  std::unique_ptr<RocksLog> log_;
  std::unique_ptr<Vault> vault_;
  std::unique_ptr<Views> views_;
  std::unique_ptr<Projector> projector_;
  std::unique_ptr<WordKeeper> keeper_;
  std::unique_ptr<CommandHandler> commands_;
  mutable std::mutex mutex_;
  std::string storage_damage_;  // Guarded by mutex_.
  std::jthread storage_reader_;
};

}  // namespace civiclog
