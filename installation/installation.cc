#include "installation/installation.h"

#include <fmt/format.h>

#include "base/check.h"
#include "projections/all_projections.h"

namespace civiclog {

const char* name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::kLogStopped: return "log_stopped";
    case Trouble::kVaultStopped: return "vault_stopped";
    case Trouble::kReadModelsStopped: return "read_models_stopped";
    case Trouble::kStorageDamaged: return "storage_damaged";
    case Trouble::kLowDisk: return "disk_low";
  }
  CHECK(false);
}

Result<std::unique_ptr<Installation>> Installation::open(const DataDirectory& directory, InstallationOptions options) {
  std::unique_ptr<Installation> out(new Installation(std::move(options)));
  rocksdb::Env* const env = out->options_.disk.env;
  out->free_space_ = std::make_unique<FreeSpace>(directory.path().string(), out->options_.min_free_bytes,
                                                 env, out->options_.on_free_space);
  RocksLogOptions log_options;
  log_options.clock = out->options_.clock;
  log_options.expected_log = directory.log();
  log_options.env = env;
  Result<std::unique_ptr<RocksLog>> log = RocksLog::open(directory.log_path(), std::move(log_options));
  if (!log) return log.error();
  out->log_ = std::move(*log);
  Result<std::unique_ptr<Vault>> vault = Vault::open(directory.vault_path(), directory.log(), {env, out->options_.disk.file_calls});
  if (!vault) return vault.error();
  out->vault_ = std::move(*vault);
  if (out->vault_->erasures_applied() > out->log_->head()) {
    return incompatible(fmt::format("The vault has followed the log to position {}, but this log ends at {}, so it is an older copy: "
                                    "restore log and vault from the same moment.", out->vault_->erasures_applied().value,
                                    out->log_->head().value));
  }
  if (Status words = check_newest_words(*out->log_, *out->vault_); !words) return words.error();
  ViewsOptions views_options;
  views_options.env = env;
  Result<std::unique_ptr<Views>> views = Views::open(directory.views_path(), directory.log(), views_options);
  if (!views) return views.error();
  out->views_ = std::move(*views);
  ProjectorOptions projector_options;
  projector_options.on_fault = out->options_.on_error;
  Result<std::unique_ptr<Projector>> projector = Projector::create(*out->log_, *out->views_, all_projections(), projector_options);
  if (!projector) return projector.error();
  out->projector_ = std::move(*projector);
  if (Status sound = out->check_storage(); !sound) return sound.error();
  out->commands_ = std::make_unique<CommandHandler>(*out->log_, *out->vault_, out->options_.clock,
                                                    [space = out->free_space_.get()] { return space->check(); });
  return out;
}

uint64_t Installation::table_bytes() const { return log_->table_bytes() + vault_->table_bytes() + views_->table_bytes(); }

Status Installation::read_every_block(const std::stop_token& stop) const {
  if (Status log = log_->read_every_block(stop); !log) return log;
  if (Status words = vault_->read_every_block(stop); !words) return words;
  return views_->read_every_block(stop);
}

Status Installation::check_storage() {
  if (table_bytes() <= options_.max_bytes_read_at_start) return read_every_block({});
  storage_reader_ = std::jthread([this](const std::stop_token& stop) {
    const Status sound = read_every_block(stop);
    if (sound) return;
    options_.on_error(sound.error());
    const std::scoped_lock lock(mutex_);
    storage_damage_ = sound.error().message;
  });
  return {};
}

std::string Installation::sentence_of(Trouble trouble) const {
  switch (trouble) {
    case Trouble::kLogStopped: {
      const std::string failed = log_->failure();
      return failed.empty() ? log_->background_error() : failed;
    }
    case Trouble::kVaultStopped: return vault_->failure();
    case Trouble::kReadModelsStopped: return views_->failure();
    case Trouble::kStorageDamaged: {
      const std::scoped_lock lock(mutex_);
      return storage_damage_;
    }
    case Trouble::kLowDisk:
      if (!free_space_->is_low()) return {};
      return fmt::format("The disk has {} bytes free, less than the {} that writing needs.", free_space_->free_bytes(),
                         free_space_->min_bytes());
  }
  CHECK(false);
}

std::vector<Trouble> Installation::troubles() const {
  std::vector<Trouble> out;
  for (const Trouble trouble : kTroubles) {
    if (!sentence_of(trouble).empty()) out.push_back(trouble);
  }
  return out;
}

std::string Installation::failure() const {
  std::string out;
  for (const Trouble trouble : kTroubles) {
    const std::string sentence = sentence_of(trouble);
    if (!sentence.empty()) out += (out.empty() ? "" : " ") + sentence;
  }
  return out;
}

void Installation::start_following() {
  projector_->start();
  keeper_ = std::make_unique<WordKeeper>(*log_, *vault_, options_.clock, options_.on_error);
}

void Installation::stop_following() {
  keeper_.reset();
  projector_->stop();
}

Status Installation::catch_up(const OnProgress& progress) {
  if (Status applied = apply_erasures(*log_, *vault_); !applied) return applied;
  return projector_->catch_up_to(log_->head(), {}, progress);
}

}  // namespace civiclog
