#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

// Expected failures are values. Result<T> is either a T or an Error; nothing of ours throws.
// Exceptions of third-party libraries are caught in the one file that wraps the library.

namespace civiclog {

// Chosen by what the caller should do about it.
enum class ErrorCode {
  kInvalidArgument,  // The input is wrong; correct it. (HTTP 400, exit 1 or 2)
  kNotFound,         // No such thing. (HTTP 404)
  kRejected,         // A rule of participation forbids it now. (HTTP 409 or 422 with a stable rule code)
  kConflict,         // Somebody else was faster; read again and retry. (HTTP 409)
  kCommandReused,    // The command id was used before with another body. (HTTP 422)
  kUnavailable,      // Full, stopping, or not caught up: retry later; nothing was written. (HTTP 503)
  kOutcomeUnknown,   // A flush failed or timed out: retry with the same command id. (HTTP 503)
  kCorrupt,          // Stored bytes are damaged or not what was written. Run `civic-replay verify`.
  kIncompatible,     // Another installation, another or a newer format, or data out of step. Says what to do.
  kIo,               // The operating system refused. The message carries its reason.
};

// The stable lower-case name of a code, as used in logs and problem+json ("invalid_argument").
const char* name_of(ErrorCode code);

struct Error {
  ErrorCode code;
  std::string message;  // One sentence for a person: what happened and what to do.
  std::string rule;     // For kRejected: the stable name of the rule, e.g. "phase_not_open". Otherwise empty.

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
 public:
  using tl::expected<void, Error>::expected;
  Result() = default;
  Result(Error error) : tl::expected<void, Error>(tl::unexpect, std::move(error)) {}
};

using Status = Result<void>;

inline Error invalid_argument(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message), {}}; }
inline Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message), {}}; }
inline Error corrupt(std::string message) { return {ErrorCode::kCorrupt, std::move(message), {}}; }
inline Error incompatible(std::string message) { return {ErrorCode::kIncompatible, std::move(message), {}}; }
inline Error io_error(std::string message) { return {ErrorCode::kIo, std::move(message), {}}; }
inline Error rejected(std::string rule, std::string message) {
  return {ErrorCode::kRejected, std::move(message), std::move(rule)};
}

}  // namespace civiclog
