#include "installation/installation.h"

#include <fmt/format.h>

#include "projections/all_projections.h"

namespace civiclog {

Result<std::unique_ptr<Installation>> Installation::open(const DataDirectory& directory, InstallationOptions options) {
  std::unique_ptr<Installation> out(new Installation(std::move(options)));
  RocksLogOptions log_options;
  log_options.clock = out->options_.clock;
  log_options.expected_log = directory.log();
  log_options.env = out->options_.disk.env;
  Result<std::unique_ptr<RocksLog>> log = RocksLog::open(directory.log_path(), std::move(log_options));
  if (!log) return log.error();
  out->log_ = std::move(*log);
  Result<std::unique_ptr<Vault>> vault = Vault::open(directory.vault_path(), directory.log(), {out->options_.disk.env, out->options_.disk.file_calls});
  if (!vault) return vault.error();
  out->vault_ = std::move(*vault);
  if (out->vault_->erasures_applied() > out->log_->head()) {
    return incompatible(fmt::format("The vault has followed the log to position {}, but this log ends at {}, so it is an older copy: "
                                    "restore log and vault from the same moment.", out->vault_->erasures_applied().value,
                                    out->log_->head().value));
  }
  if (Status words = check_newest_words(*out->log_, *out->vault_); !words) return words.error();
  ViewsOptions views_options;
  views_options.env = out->options_.disk.env;
  Result<std::unique_ptr<Views>> views = Views::open(directory.views_path(), directory.log(), views_options);
  if (!views) return views.error();
  out->views_ = std::move(*views);
  Result<std::unique_ptr<Projector>> projector = Projector::create(*out->log_, *out->views_, all_projections());
  if (!projector) return projector.error();
  out->projector_ = std::move(*projector);
  if (Status sound = out->check_storage(); !sound) return sound.error();
  out->commands_ = std::make_unique<CommandHandler>(*out->log_, *out->vault_, out->options_.clock);
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

std::string Installation::failure() const {
  if (std::string failed = log_->failure(); !failed.empty()) return failed;
  const std::scoped_lock lock(mutex_);
  return storage_damage_;
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
