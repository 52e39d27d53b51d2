#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Bytes are std::string / std::string_view throughout (RocksDB's own currency). This file has the
// fixed-size array, hexadecimal, and a writer and a bounds-checked reader for our own row formats.
// Everything here is pure and safe from any thread.

namespace civiclog {

template <size_t N>
using ByteArray = std::array<uint8_t, N>;

template <size_t N>
std::string_view view(const ByteArray<N>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

std::string to_hex(std::string_view bytes);
// Lower or upper case; nullopt on an odd length or a character that is no hexadecimal digit.
std::optional<std::string> from_hex(std::string_view text);

// Appends to a string it owns. Keys use big-endian (so that they sort), values little-endian.
class ByteWriter {
 public:
  ByteWriter() = default;
  explicit ByteWriter(size_t expected_size) { bytes_.reserve(expected_size); }
  ByteWriter& u8(uint8_t value);
  ByteWriter& u16(uint16_t value);
  ByteWriter& u32(uint32_t value);
  ByteWriter& u64(uint64_t value);
  ByteWriter& i64(int64_t value) { return u64(static_cast<uint64_t>(value)); }
  ByteWriter& be64(uint64_t value);
  ByteWriter& raw(std::string_view bytes);
  ByteWriter& text(std::string_view bytes);  // u32 length, then the bytes

  const std::string& bytes() const& { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what ByteWriter wrote. Reading past the end sets failed() and yields zeros; check once at
// the end with done(). Does not own the bytes: they must outlive the reader.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  uint8_t u8();
  uint16_t u16();
  uint32_t u32();
  uint64_t u64();
  int64_t i64() { return static_cast<int64_t>(u64()); }
  uint64_t be64();
  std::string_view raw(size_t count);
  std::string_view text();

  template <size_t N>
  ByteArray<N> array() {
    ByteArray<N> out{};
    const std::string_view bytes = raw(N);
    for (size_t i = 0; i < bytes.size(); ++i) out[i] = static_cast<uint8_t>(bytes[i]);
    return out;
  }

  size_t remaining() const { return rest_.size(); }
  bool failed() const { return failed_; }
  bool done() const { return !failed_ && rest_.empty(); }  // Everything read, nothing left over.

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace civiclog
