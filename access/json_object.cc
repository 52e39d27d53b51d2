#include "access/json_object.h"

#include <cstdlib>

#include <fmt/format.h>
#include <jansson.h>

#include "base/check.h"

namespace civiclog {
namespace {

// The parser recurses; it is asked only when the answer is known to be shallow. Brackets inside strings do not count.
bool is_too_deep(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if ((c == '[' || c == '{') && ++depth > kMaxTokenJsonDepth) return true;
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  return false;
}

std::string_view text_of(const json_t* value) { return {json_string_value(value), json_string_length(value)}; }

JsonFault fault_of(const json_error_t& error) {
  const bool twice = json_error_code(&error) == json_error_duplicate_key;
  return {twice ? JsonFault::Kind::kDuplicateName : JsonFault::Kind::kNotJson,
          fmt::format("line {}: {}", error.line, error.text)};
}

}  // namespace

void JsonObject::Release::operator()(json_t* value) const { json_decref(value); }

JsonObject::JsonObject(json_t* value) : object_(value) { CHECK(value != nullptr); }
JsonObject::JsonObject() : JsonObject(json_object()) {}

tl::expected<JsonObject, JsonFault> JsonObject::parse(std::string_view text) {
  if (is_too_deep(text)) {
    return tl::unexpected(JsonFault{JsonFault::Kind::kTooDeep, fmt::format("nested deeper than {} levels", kMaxTokenJsonDepth)});
  }
  json_error_t error;
  json_t* const value = json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error);
  if (value == nullptr) return tl::unexpected(fault_of(error));
  JsonObject out(value);
  if (!json_is_object(value)) return tl::unexpected(JsonFault{JsonFault::Kind::kNotAnObject, "line 1: not an object"});
  return out;
}

const json_t* JsonObject::member(const char* name) const { return json_object_get(object_.get(), name); }

bool JsonObject::has(const char* name) const { return member(name) != nullptr; }

std::optional<std::string_view> JsonObject::text(const char* name) const {
  const json_t* const value = member(name);
  if (!json_is_string(value)) return std::nullopt;
  return text_of(value);
}

std::optional<int64_t> JsonObject::integer(const char* name) const {
  const json_t* const value = member(name);
  if (!json_is_integer(value)) return std::nullopt;
  return json_integer_value(value);
}

std::optional<std::vector<std::string_view>> JsonObject::texts(const char* name) const {
  const json_t* const list = member(name);
  if (!json_is_array(list)) return std::nullopt;
  std::vector<std::string_view> out;
  for (size_t i = 0; i < json_array_size(list); ++i) {
    const json_t* const value = json_array_get(list, i);
    if (!json_is_string(value)) return std::nullopt;
    out.push_back(text_of(value));
  }
  return out;
}

std::optional<std::vector<JsonObject>> JsonObject::objects(const char* name) const {
  const json_t* const list = member(name);
  if (!json_is_array(list)) return std::nullopt;
  std::vector<JsonObject> out;
  for (size_t i = 0; i < json_array_size(list); ++i) {
    const json_t* const value = json_array_get(list, i);
    if (!json_is_object(value)) return std::nullopt;
    out.push_back(JsonObject(json_deep_copy(value)));
  }
  return out;
}

void JsonObject::set(const char* name, std::string_view text) {
  CHECK(json_object_set_new(object_.get(), name, json_stringn(text.data(), text.size())) == 0);
}

void JsonObject::set(const char* name, int64_t value) {
  CHECK(json_object_set_new(object_.get(), name, json_integer(value)) == 0);
}

std::string JsonObject::print() const {
  char* const text = json_dumps(object_.get(), JSON_COMPACT);
  CHECK(text != nullptr);
  std::string out(text);
  std::free(text);
  return out;
}

}  // namespace civiclog
