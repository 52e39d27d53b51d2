#include "query-api/writing/fields.h"

#include <fmt/format.h>

#include "base/text.h"

namespace civiclog {

namespace json = boost::json;

void Fields::fail(std::string code, std::string detail, std::string pointer) {
  if (!fault_) fault_ = BodyFault{std::move(code), std::move(detail), std::move(pointer)};
}

void Fields::refuse_type(std::string_view name, std::string_view wanted) {
  fail("field_type", fmt::format("\"{}\" must be {}.", name, wanted), pointer_to(pointer_, name));
}

void Fields::refuse_name(std::string_view name, const std::string& given) {
  constexpr size_t kMaxShown = 40;
  fail("field_invalid", fmt::format("\"{}\" cannot be \"{}\"; see the documentation for its values.", name, utf8_prefix(given, kMaxShown)),
       pointer_to(pointer_, name));
}

const json::value* Fields::take(std::string_view name, Need need) {
  taken_.emplace(name);
  const auto found = object_.find(json::string_view(name.data(), name.size()));
  if (found != object_.end() && !found->value().is_null()) return &found->value();
  if (need == Need::kRequired) fail("field_missing", fmt::format("\"{}\" must be given.", name), pointer_to(pointer_, name));
  return nullptr;
}

std::optional<std::string> Fields::given(std::string_view name, Need need) {
  const json::value* value = take(name, need);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    refuse_type(name, "a text");
    return std::nullopt;
  }
  const json::string& text = value->get_string();
  return std::string(text.data(), text.size());
}

std::string Fields::text(std::string_view name, Need need) {
  std::optional<std::string> text = given(name, need);
  if (text && text->empty() && need == Need::kRequired) {
    fail("field_invalid", fmt::format("\"{}\" must not be empty.", name), pointer_to(pointer_, name));
  }
  return std::move(text).value_or("");
}

bool Fields::flag(std::string_view name, Need need) {
  const json::value* value = take(name, need);
  if (value == nullptr) return false;
  if (!value->is_bool()) refuse_type(name, "true or false");
  return value->is_bool() && value->get_bool();
}

uint64_t Fields::number(std::string_view name, uint64_t max, Need need) {
  const json::value* value = take(name, need);
  if (value == nullptr) return 0;
  const bool whole = value->is_uint64() || (value->is_int64() && value->get_int64() >= 0);
  const uint64_t number = value->is_uint64() ? value->get_uint64() : whole ? static_cast<uint64_t>(value->get_int64()) : 0;
  if (!whole || number > max) refuse_type(name, fmt::format("a whole number from 0 to {}", max));
  return number;
}

Timestamp Fields::time(std::string_view name, Need need) {
  const std::optional<std::string> text = given(name, need);
  if (!text) return {};
  const std::optional<Timestamp> time = parse_rfc3339(*text);
  if (!time) fail("field_invalid", fmt::format("\"{}\" must be a time as in 2026-11-24T08:00:00Z.", name), pointer_to(pointer_, name));
  return time.value_or(Timestamp{});
}

Uuid Fields::id(std::string_view name, Need need) {
  const std::optional<std::string> text = given(name, need);
  if (!text) return {};
  const std::optional<Uuid> id = parse_uuid(*text);
  if (!id || id->is_nil()) fail("field_invalid", fmt::format("\"{}\" must be an id, a UUID.", name), pointer_to(pointer_, name));
  return id.value_or(Uuid{});
}

void Fields::visit(const json::value& value, const std::string& pointer, const VisitObject& visit) {
  if (!value.is_object()) return fail("field_type", "This must be an object.", pointer);
  Fields inner(value.get_object(), pointer);
  visit(inner);
  if (std::optional<BodyFault> fault = inner.finish(); fault && !fault_) fault_ = std::move(fault);
}

void Fields::object(std::string_view name, const VisitObject& visitor, Need need) {
  if (const json::value* value = take(name, need)) visit(*value, pointer_to(pointer_, name), visitor);
}

void Fields::objects(std::string_view name, size_t max, const VisitObject& visitor, Need need) {
  const json::value* value = take(name, need);
  if (value == nullptr) return;
  if (!value->is_array() || value->get_array().size() > max) return refuse_type(name, fmt::format("a list of at most {} objects", max));
  size_t index = 0;
  for (const json::value& item : value->get_array()) {
    visit(item, fmt::format("{}/{}", pointer_to(pointer_, name), index++), visitor);
  }
}

void Fields::texts(std::string_view name, size_t max, const VisitText& visitor, Need need) {
  const json::value* value = take(name, need);
  if (value == nullptr) return;
  if (!value->is_array() || value->get_array().size() > max) return refuse_type(name, fmt::format("a list of at most {} texts", max));
  size_t index = 0;
  for (const json::value& item : value->get_array()) {
    const std::string pointer = fmt::format("{}/{}", pointer_to(pointer_, name), index++);
    if (!item.is_string()) return fail("field_type", "This must be a text.", pointer);
    visitor(std::string(item.get_string().data(), item.get_string().size()), pointer);
  }
}

std::optional<BodyFault> Fields::finish() {
  for (const auto& member : object_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!taken_.contains(name)) {
      fail("field_unknown", fmt::format("There is no member \"{}\" here; leave it out.", utf8_prefix(name, 80)), pointer_to(pointer_, name));
    }
  }
  return fault_;
}

}  // namespace civiclog
