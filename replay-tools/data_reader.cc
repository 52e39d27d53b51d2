#include "replay-tools/data_reader.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

}  // namespace

Result<std::unique_ptr<DataReader>> DataReader::open(const fs::path& directory, ReadParts parts) {
  const Result<DataDirectory> data = DataDirectory::find(directory);
  if (!data) return data.error();
  Result<ScratchFolder> made = ScratchFolder::make();
  if (!made) return made.error();
  std::unique_ptr<DataReader> out(new DataReader(std::move(*made)));
  const fs::path& scratch = out->scratch();
  // In this order: the log then has every event the views speak of, and the vault every word of the log as it was opened.
  if (parts.views) out->views_ = Views::open_secondary(data->views_path(), scratch / "views", data->log());
  RocksLogOptions options;
  options.expected_log = data->log();
  Result<std::unique_ptr<RocksLog>> log = RocksLog::open_secondary(data->log_path(), std::move(options));
  if (!log) return log.error();
  out->log_ = std::move(*log);
  out->complete_ = out->log_->head();
  if (!parts.vault) return out;
  out->vault_ = Vault::open_secondary(data->vault_path(), data->log(), scratch / "vault");
  // What the vault says is erased was erased by an event: the log must have it too.
  if (Status caught_up = out->log_->catch_up(); !caught_up) return caught_up.error();
  return out;
}

DataReader::~DataReader() {
  vault_ = std::unique_ptr<Vault>();
  log_.reset();
  views_ = std::unique_ptr<Views>();
}

}  // namespace civiclog
