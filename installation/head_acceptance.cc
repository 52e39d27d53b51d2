#include "installation/head_acceptance.h"

#include "events/rocks_log.h"
#include "vault/vault.h"

namespace civiclog {

Result<AcceptedHead> accept_present_head(const DataDirectory& directory) {
  // First, so that nothing is accepted when the second half could not be done.
  const Result<std::unique_ptr<Vault>> vault = Vault::open(directory.vault_path(), directory.log());
  if (!vault) return vault.error();
  const Result<AcceptedHead> accepted = RocksLog::accept_present_head(directory.log_path());
  if (!accepted) return accepted.error();
  if (Status forgotten = (*vault)->forget_erasures_after(accepted->head); !forgotten) return forgotten.error();
  return accepted;
}

}  // namespace civiclog
