#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/token_key.h"
#include "base/result.h"

// The public keys whose tokens are accepted: those of a JWKS file (RFC 7517) and the installation's own. Built once, then only
// read, from any thread.
//
// The file is read strictly, because a mistake in it decides who may speak for whom: an unknown kind of key, a symmetric or a
// private key, an `alg` that is not that of the key, a `kid` that comes twice, or a missing `kid` among several keys is an
// error that names the file and the key. Keys for encryption (`use` "enc"), which identity providers publish in the same file,
// are no signature keys and are passed over, unless they are secret. `x5c`, `x5t` and `x5u` of a key are ignored; nothing is
// ever fetched.

namespace civiclog {

inline constexpr size_t kMaxKeySetBytes = 262'144;
inline constexpr size_t kMaxAcceptedKeys = 64;

struct AcceptedKey {
  std::string id;  // `kid`; empty only for a key that is alone in its file.
  PublicKey key;
  bool bootstrap;  // The installation's own key.
};

class KeySet {
 public:
  KeySet() = default;
  // kNotFound, kIo, kInvalidArgument.
  static Result<KeySet> read(const std::filesystem::path& file);
  // `name` stands for the file in messages.
  static Result<KeySet> parse(std::string_view json, std::string_view name);

  // kConflict when a key of the file has the same id.
  Status add_installation_key(const std::string& id, const PublicKey& key);

  // The key that a token means: by `kid`, or, for a token without one, the only key of the file. Null when there is none.
  // Lives as long as the set.
  const AcceptedKey* find(const std::optional<std::string>& key_id) const;
  size_t size() const { return keys_.size(); }

 private:
  std::vector<AcceptedKey> keys_;
};

}  // namespace civiclog
