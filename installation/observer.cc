#include "installation/observer.h"

#include <fmt/format.h>

#include "base/crypto.h"

namespace civiclog {

Result<std::unique_ptr<Observer>> Observer::open(const DataDirectory& directory) {
  std::error_code error;
  const std::filesystem::path scratch =
      std::filesystem::temp_directory_path(error) / ("civiclog-" + to_hex(view(random_array<8>())));
  if (error || !std::filesystem::create_directory(scratch, error)) {
    return io_error(fmt::format("cannot make a temporary directory {}: {}", scratch.string(), error.message()));
  }
  std::unique_ptr<Observer> out(new Observer(scratch));
  Result<std::unique_ptr<Views>> views = Views::open_secondary(directory.views_path(), scratch / "views", directory.log());
  if (!views) return views.error();
  out->views_ = std::move(*views);
  RocksLogOptions log_options;
  log_options.expected_log = directory.log();
  Result<std::unique_ptr<RocksLog>> log = RocksLog::open_secondary(directory.log_path(), std::move(log_options));
  if (!log) return log.error();
  out->log_ = std::move(*log);
  Result<std::unique_ptr<Vault>> vault = Vault::open_secondary(directory.vault_path(), directory.log(), scratch / "vault");
  if (!vault) return vault.error();
  out->vault_ = std::move(*vault);
  if (Status fits = out->views_->check_against(*out->log_); !fits) return fits.error();
  return out;
}

Observer::~Observer() {
  vault_.reset();
  log_.reset();
  views_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(scratch_, ignored);
}

Status Observer::refresh() {
  if (Status views = views_->refresh(); !views) return views;
  if (Status log = log_->catch_up(); !log) return log;
  return vault_->catch_up();
}

}  // namespace civiclog
