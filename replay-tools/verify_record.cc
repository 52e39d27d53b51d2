#include "replay-tools/verify_record.h"

#include "access/installation_key.h"
#include "projections/all_projections.h"
#include "replay-tools/data_reader.h"

namespace civiclog {
namespace {

void add_file_finding(const std::string& part, const Status& status, Findings& findings, bool& has_writer) {
  if (status) return;
  if (status.error().rule == kInUse) has_writer = true;
  else if (status.error().code == ErrorCode::kCorrupt) findings.add(Position{}, part, status.error());
  else findings.note(status.error().message);
}

// Reading rows passes over damage where no row is (indexes, filters, files that are missing altogether).
Findings check_files(const DataDirectory& data, const VerificationProgress& progress) {
  Findings findings;
  bool has_writer = false;
  const auto report = [&progress](uint64_t done, uint64_t total) {
    if (progress) progress("files", done, total);
  };
  constexpr FileDepth kDepth = FileDepth::kEveryBlock;
  add_file_finding("the log", RocksLog::check_still_files(data.log_path(), kDepth, report), findings, has_writer);
  add_file_finding("the vault", Vault::check_still_files(data.vault_path(), kDepth, report), findings, has_writer);
  add_file_finding("the read models", Views::check_still_files(data.views_path(), kDepth, report), findings, has_writer);
  if (has_writer) findings.note("a writer has the record open, so its files were not read whole; verify again when it is stopped");
  return findings;
}

// Nothing that was recorded hangs on it, but the service does not start without it. A key that this reader may not see, or that was
// copied with other permissions, is no damage.
void check_installation_key(const DataDirectory& data, Findings& findings) {
  const auto key = InstallationKey::read(data.path());
  if (key || key.error().code == ErrorCode::kNotFound) return;
  if (key.error().code == ErrorCode::kCorrupt) findings.add(Position{}, "the installation key", key.error());
  else findings.note(key.error().message);
}

// Damaged files are found already when there is no writer; a second finding would say the same.
void add_opening_finding(const std::string& part, const Error& error, Findings& findings) {
  if (error.rule != kDamagedFiles || findings.total() == 0) findings.add(Position{}, part, error);
}

}  // namespace

Result<Verification> verify_record(const DataDirectory& data, const VerificationProgress& progress) {
  Findings findings = check_files(data, progress);
  check_installation_key(data, findings);
  const Result<std::unique_ptr<DataReader>> reader = DataReader::open(data.path(), {.vault = true, .views = true});
  if (!reader && reader.error().code != ErrorCode::kCorrupt) return reader.error();
  if (!reader) {
    // The log says of itself that it is not what it was: that is the finding, and there is nothing else to read.
    add_opening_finding("the log", reader.error(), findings);
    Verification found;
    found.findings = std::move(findings);
    return found;
  }
  const Result<std::unique_ptr<Vault>>& vault = (*reader)->vault();
  const Result<std::unique_ptr<Views>>& views = (*reader)->views();
  if (!vault) add_opening_finding("the vault", vault.error(), findings);
  if (!views) add_opening_finding("the read models", views.error(), findings);
  const Projections projections = all_projections();
  return verify_installation(
      {(*reader)->log(), (*reader)->complete(), vault ? vault->get() : nullptr, views ? views->get() : nullptr, projections},
      std::move(findings), progress);
}

}  // namespace civiclog
