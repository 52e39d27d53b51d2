#include "access/key_set.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "access/compact_token.h"
#include "access/json_object.h"
#include "base/text.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

// "keys.json: key 1 (kid "a")", counted from 0 as in the JSON list.
std::string label_of(std::string_view file, size_t index, const JsonObject& jwk) {
  const auto id = jwk.text("kid");
  return id ? fmt::format("{}: key {} (kid \"{}\")", file, index, *id) : fmt::format("{}: key {}", file, index);
}

bool is_for_encryption(const JsonObject& jwk) { return jwk.text("use") == "enc"; }

bool is_secret(const JsonObject& jwk) { return jwk.text("kty") == "oct" || jwk.has("d") || jwk.has("k"); }

Status check_purpose(const JsonObject& jwk, const PublicKey& key) {
  if (jwk.has("use") && jwk.text("use") != "sig") return invalid_argument("has a \"use\" other than \"sig\"");
  if (jwk.has("key_ops")) {
    const auto uses = jwk.texts("key_ops");
    if (!uses || std::ranges::find(*uses, "verify") == uses->end()) return invalid_argument("has \"key_ops\" without \"verify\"");
  }
  if (jwk.has("alg") && jwk.text("alg") != name_of(key.algorithm())) {
    return invalid_argument(fmt::format("has an \"alg\" other than {}, the only one accepted for this kind of key",
                                        name_of(key.algorithm())));
  }
  return {};
}

Result<std::string> id_of(const JsonObject& jwk) {
  if (!jwk.has("kid")) return std::string();
  const auto id = jwk.text("kid");
  if (!id || id->empty() || !normalise_text(*id, "kid", kMaxKeyIdBytes)) {
    return invalid_argument(fmt::format("has a \"kid\" that is not a text of 1 to {} bytes", kMaxKeyIdBytes));
  }
  return std::string(*id);
}

Result<AcceptedKey> accepted_key(const JsonObject& jwk) {
  auto id = id_of(jwk);
  if (!id) return id.error();
  auto key = PublicKey::from_jwk(jwk);
  if (!key) return key.error();
  if (Status status = check_purpose(jwk, *key); !status) return status.error();
  return AcceptedKey{*std::move(id), *std::move(key), false};
}

Status check_ids(const std::vector<AcceptedKey>& keys, std::string_view file) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].id.empty() && keys.size() > 1) {
      return invalid_argument(fmt::format("{}: among several keys each needs a \"kid\", and one has none; add it.", file));
    }
    for (size_t j = 0; j < i; ++j) {
      if (keys[i].id == keys[j].id) {
        return invalid_argument(fmt::format("{}: the kid \"{}\" comes twice; a token could not say which key it means.", file,
                                            keys[i].id));
      }
    }
  }
  return {};
}

}  // namespace

Result<KeySet> KeySet::read(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return not_found(fmt::format("The key set {} does not exist; name a JWKS file.", file.string()));
  if (!fs::is_regular_file(file, error)) {
    return invalid_argument(fmt::format("The key set {} is not a file; name a JWKS file.", file.string()));
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) return io_error(fmt::format("Could not open the key set {}: {}.", file.string(), std::strerror(errno)));
  std::string text(kMaxKeySetBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return io_error(fmt::format("Could not read the key set {}: {}.", file.string(), std::strerror(errno)));
  text.resize(static_cast<size_t>(in.gcount()));
  return parse(text, file.string());
}

Result<KeySet> KeySet::parse(std::string_view json, std::string_view name) {
  if (json.size() > kMaxKeySetBytes) {
    return invalid_argument(fmt::format("{}: longer than the {} bytes a key set may have.", name, kMaxKeySetBytes));
  }
  const auto document = JsonObject::parse(json);
  if (!document) {
    return invalid_argument(
        fmt::format("{}: {}; a key set is a JSON object with a list \"keys\".", name, document.error().message));
  }
  const auto keys = document->objects("keys");
  if (!keys) return invalid_argument(fmt::format("{}: has no list \"keys\" of objects, so it is not a JWKS file.", name));
  if (keys->size() > kMaxAcceptedKeys) {
    return invalid_argument(fmt::format("{}: has more than {} keys; remove old ones.", name, kMaxAcceptedKeys));
  }
  KeySet out;
  for (size_t i = 0; i < keys->size(); ++i) {
    const JsonObject& jwk = (*keys)[i];
    if (is_for_encryption(jwk) && !is_secret(jwk)) continue;
    auto key = accepted_key(jwk);
    if (!key) return invalid_argument(fmt::format("{} {}.", label_of(name, i, jwk), key.error().message));
    out.keys_.push_back(*std::move(key));
  }
  if (out.keys_.empty()) return invalid_argument(fmt::format("{}: has no key that signs tokens; add one.", name));
  if (Status status = check_ids(out.keys_, name); !status) return status.error();
  return out;
}

Status KeySet::add_installation_key(const std::string& id, const PublicKey& key) {
  for (const AcceptedKey& known : keys_) {
    if (known.id == id) {
      return Error{ErrorCode::kConflict,
                   fmt::format("The kid \"{}\" of the installation's own key is also in the key set; remove it there.", id), {}};
    }
  }
  keys_.push_back({id, key, true});
  return {};
}

const AcceptedKey* KeySet::find(const std::optional<std::string>& key_id) const {
  const AcceptedKey* found = nullptr;
  for (const AcceptedKey& known : keys_) {
    if (key_id && !key_id->empty() && known.id == *key_id) return &known;
    if (key_id || known.bootstrap) continue;
    if (found != nullptr) return nullptr;
    found = &known;
  }
  return found;
}

}  // namespace civiclog
