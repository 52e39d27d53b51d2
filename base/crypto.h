#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

// The cryptography the project uses, over OpenSSL 3 (EVP). All functions are thread-safe. A failure of
// OpenSSL itself (out of memory, no entropy) is a broken invariant and aborts.

namespace civiclog {

using Digest = ByteArray<32>;
using Key = ByteArray<32>;

Digest sha256(std::string_view bytes);                              // FIPS 180-4
Digest hmac_sha256(const Key& key, std::string_view bytes);         // RFC 2104

// For digests of files larger than memory.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  Digest finish();  // Once.

 private:
  void* context_;
};

// AES-256-GCM (NIST SP 800-38D). `seal` draws a fresh random 12-byte nonce and returns
// nonce | ciphertext | 16-byte tag. `open` returns nullopt unless key, bytes and associated data all fit.
std::string seal(const Key& key, std::string_view plain, std::string_view associated);
std::optional<std::string> open(const Key& key, std::string_view sealed, std::string_view associated);

// From the operating system's generator, by way of OpenSSL.
void random_bytes(uint8_t* out, size_t size);
template <size_t N>
ByteArray<N> random_array() {
  ByteArray<N> out;
  random_bytes(out.data(), N);
  return out;
}

// CRC-32C (Castagnoli; RFC 3720 appendix B.4). Detects damage, not tampering.
uint32_t crc32c(std::string_view bytes);

bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace civiclog
