#include "events/payloads.h"

namespace civiclog {

Digest rules_hash(const Rules& rules) {
  ByteWriter canonical;
  canonical.raw("civiclog/rules/v1").u8(0).u8(static_cast<uint8_t>(rules.secrecy)).u8(rules.pre_moderation ? 1 : 0);
  canonical.u8(static_cast<uint8_t>(rules.kinds.size()));
  for (const ContributionKind kind : rules.kinds) canonical.u8(static_cast<uint8_t>(kind));
  return sha256(canonical.bytes());
}

}  // namespace civiclog
