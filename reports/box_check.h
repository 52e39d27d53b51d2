#pragma once

#include "events/event_log.h"
#include "events/payloads.h"
#include "reports/findings.h"
#include "vault/vault.h"

namespace civiclog {

// Whether a ballot box was opened under the rules then in force, and whether its key in the vault is the one it was opened
// with. `vault` may be nullptr: then the key is not looked at.
void check_box(const EventLog& log, const Vault* vault, const Envelope& envelope, const BoxOpened& opened, Findings& findings);

}  // namespace civiclog
