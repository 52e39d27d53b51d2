#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "access/token_key.h"
#include "base/result.h"

// The installation's own Ed25519 key, made at the first start: DIR/installation-key.jwk, a JWK (RFC 8037) with kty, crv, x, d
// and kid, where kid is the key's RFC 7638 thumbprint. It signs tokens that only bootstrap: whoever can read it can name any
// subject.
//
// So the file has mode 0600, and a file that group or others may read or write is refused, as ssh does; so are a symbolic link,
// a file that is not whole, and halves that do not belong together. A refused key is never replaced by a new one: a person must
// decide, since tokens are out. To make a new one, stop the service, remove the file and start again; all tokens of the old key
// are then refused.
//
// Making it: installation-key.jwk.new is written and flushed, renamed, and the directory flushed. A crash leaves the old state
// or the new; a left-over .new is removed. Makers of the same directory wait for each other (flock on the directory), and the
// later ones read what the first made. The object cannot be changed and may be used from any thread.

namespace civiclog {

inline constexpr const char* kInstallationKeyFile = "installation-key.jwk";

class InstallationKey {
 public:
  // kNotFound, kCorrupt (damaged), kIncompatible (readable by others, or no plain file), kIo. Each says what to do.
  static Result<InstallationKey> read(const std::filesystem::path& directory);
  // The directory must exist.
  static Result<InstallationKey> read_or_make(const std::filesystem::path& directory);

  const std::string& id() const { return key_.key_id(); }
  const PublicKey& public_key() const { return key_.public_key(); }
  std::string sign(std::string_view payload) const { return key_.sign(payload); }

 private:
  explicit InstallationKey(PrivateKey key) : key_(std::move(key)) {}

  PrivateKey key_;
};

}  // namespace civiclog
