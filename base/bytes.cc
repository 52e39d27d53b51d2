#include "base/bytes.h"

namespace civiclog {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <typename T>
void put_little_endian(std::string& out, T value) {
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 0xff);
  out.append(bytes, sizeof bytes);
}

template <typename T>
T get_little_endian(std::string_view bytes) {
  T value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(static_cast<uint8_t>(bytes[i])) << (8 * i)));
  }
  return value;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 0xf]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

ByteWriter& ByteWriter::u8(uint8_t value) {
  bytes_.push_back(static_cast<char>(value));
  return *this;
}
ByteWriter& ByteWriter::u16(uint16_t value) {
  put_little_endian(bytes_, value);
  return *this;
}
ByteWriter& ByteWriter::u32(uint32_t value) {
  put_little_endian(bytes_, value);
  return *this;
}
ByteWriter& ByteWriter::u64(uint64_t value) {
  put_little_endian(bytes_, value);
  return *this;
}
ByteWriter& ByteWriter::be64(uint64_t value) {
  char bytes[sizeof value];
  for (size_t i = 0; i < sizeof value; ++i) bytes[i] = static_cast<char>((value >> (56 - 8 * i)) & 0xff);
  bytes_.append(bytes, sizeof bytes);
  return *this;
}
ByteWriter& ByteWriter::raw(std::string_view bytes) {
  bytes_.append(bytes);
  return *this;
}
ByteWriter& ByteWriter::text(std::string_view bytes) {
  u32(static_cast<uint32_t>(bytes.size()));
  return raw(bytes);
}

std::string_view ByteReader::raw(size_t count) {
  if (count > rest_.size()) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  const std::string_view out = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return out;
}
uint8_t ByteReader::u8() { return get_little_endian<uint8_t>(raw(1)); }
uint16_t ByteReader::u16() { return get_little_endian<uint16_t>(raw(2)); }
uint32_t ByteReader::u32() { return get_little_endian<uint32_t>(raw(4)); }
uint64_t ByteReader::u64() { return get_little_endian<uint64_t>(raw(8)); }
uint64_t ByteReader::be64() {
  uint64_t value = 0;
  for (const char c : raw(8)) value = (value << 8) | static_cast<uint8_t>(c);
  return value;
}
std::string_view ByteReader::text() {
  const uint32_t size = u32();
  return raw(size);
}

}  // namespace civiclog
