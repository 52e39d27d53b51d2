#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

struct json_t;

// A JSON object (RFC 8259) read more strictly than the RFC asks: a name twice, bad UTF-8, a NUL in a string, an integer beyond
// 64 bits, anything after the object, or nesting deeper than kMaxTokenJsonDepth is refused. What a signature covers must mean one
// thing only. Over jansson, which is librhonabwy's own currency, and which can refuse a name that comes twice where Boost.JSON
// takes the last. The only file that includes jansson. Reading is safe from any number of threads; setting is not.

namespace civiclog {

inline constexpr size_t kMaxTokenJsonDepth = 16;

struct JsonFault {
  enum class Kind { kNotJson, kNotAnObject, kDuplicateName, kTooDeep };
  Kind kind;
  std::string message;  // A half sentence with the line, e.g. "line 3: '}' expected near 'x'".
};

class JsonObject {
 public:
  JsonObject();  // Empty.
  static tl::expected<JsonObject, JsonFault> parse(std::string_view text);

  bool has(const char* name) const;
  // nullopt when the member is missing or of another type. Views live as long as the object. 1.0 and 1e3 are no integers.
  std::optional<std::string_view> text(const char* name) const;
  std::optional<int64_t> integer(const char* name) const;
  std::optional<std::vector<std::string_view>> texts(const char* name) const;
  // The objects share nothing that is written.
  std::optional<std::vector<JsonObject>> objects(const char* name) const;

  void set(const char* name, std::string_view text);  // Valid UTF-8.
  void set(const char* name, int64_t value);
  std::string print() const;  // Compact, in order of setting.

 private:
  struct Release {
    void operator()(json_t* value) const;
  };

  explicit JsonObject(json_t* value);
  const json_t* member(const char* name) const;

  std::unique_ptr<json_t, Release> object_;
};

}  // namespace civiclog
