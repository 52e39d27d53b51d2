#include "base/crypto.h"

#include <memory>

#include <isa-l/crc.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr int kNonceSize = 12;
constexpr int kTagSize = 16;

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigestContext>;

struct FreeCipherContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

// Fetched once: implicit fetching on every digest costs three to four times the hash itself.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(algorithm != nullptr);
  return algorithm;
}

const EVP_CIPHER* aes_gcm_algorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(algorithm != nullptr);
  return algorithm;
}

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
int length(std::string_view bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

Digest sha256(std::string_view bytes) {
  thread_local const DigestContext context(EVP_MD_CTX_new());
  Digest out;
  CHECK(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1);
  CHECK(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
  return out;
}

Digest hmac_sha256(const Key& key, std::string_view bytes) {
  Digest out;
  unsigned int size = 0;
  CHECK(HMAC(sha256_algorithm(), key.data(), static_cast<int>(key.size()), raw(bytes), bytes.size(), out.data(),
             &size) != nullptr);
  CHECK(size == out.size());
  return out;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  CHECK(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), sha256_algorithm(), nullptr) == 1);
}
Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Sha256::update(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1);
}
Digest Sha256::finish() {
  Digest out;
  CHECK(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out.data(), nullptr) == 1);
  return out;
}

std::string seal(const Key& key, std::string_view plain, std::string_view associated) {
  const ByteArray<kNonceSize> nonce = random_array<kNonceSize>();
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string out(kNonceSize + plain.size() + kTagSize, '\0');
  out.replace(0, kNonceSize, view(nonce));
  int written = 0;
  CHECK(EVP_EncryptInit_ex2(context.get(), aes_gcm_algorithm(), key.data(), nonce.data(), nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &written, raw(associated), length(associated)) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), raw(out) + kNonceSize, &written, raw(plain), length(plain)) == 1);
  CHECK(EVP_EncryptFinal_ex(context.get(), raw(out) + kNonceSize + written, &written) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, raw(out) + kNonceSize + plain.size()) == 1);
  return out;
}

std::optional<std::string> open(const Key& key, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < kNonceSize + kTagSize) return std::nullopt;
  const std::string_view body = sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string out(body.size(), '\0');
  int written = 0;
  CHECK(EVP_DecryptInit_ex2(context.get(), aes_gcm_algorithm(), key.data(), raw(sealed), nullptr) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), nullptr, &written, raw(associated), length(associated)) == 1);
  CHECK(EVP_DecryptUpdate(context.get(), raw(out), &written, raw(body), length(body)) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, raw(tag)) == 1);
  if (EVP_DecryptFinal_ex(context.get(), raw(out) + written, &written) != 1) return std::nullopt;
  return out;
}

void random_bytes(uint8_t* out, size_t size) { CHECK(RAND_bytes(out, static_cast<int>(size)) == 1); }

uint32_t crc32c(std::string_view bytes) {
  // The library does not change what it reads, but says so only in its manual.
  return ~crc32_iscsi(const_cast<unsigned char*>(raw(bytes)), length(bytes), ~0U);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace civiclog
