#include "query-api/writing/json_body.h"

#include <optional>
#include <set>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include "query-api/door/http_syntax.h"

namespace civiclog {
namespace {

namespace json = boost::json;

// Builds the value, and remembers the names of each open object, which Boost's own parser does not.
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = kMaxJsonValues;
  static constexpr std::size_t max_array_size = kMaxJsonValues;
  static constexpr std::size_t max_key_size = 1'024;
  static constexpr std::size_t max_string_size = 1u << 20;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& error) { return open(true, error); }
  bool on_object_end(std::size_t count, json::error_code&) {
    values_.push_object(count);
    return close();
  }
  bool on_array_begin(json::error_code& error) { return open(false, error); }
  bool on_array_end(std::size_t count, json::error_code&) {
    values_.push_array(count);
    return close();
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key_.append(part.data(), part.size());
    values_.push_key(part);
    Level& level = levels_.back();
    level.member = std::exchange(key_, {});
    if (level.names.insert(level.member).second) return true;
    return fail({"field_repeated", fmt::format("The member \"{}\" stands there twice; give it once.", level.member), pointer()}, error);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    values_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& error) {
    values_.push_string(part);
    return count(error);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code& error) {
    values_.push_int64(number);
    return count(error);
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code& error) {
    values_.push_uint64(number);
    return count(error);
  }
  bool on_double(double number, json::string_view, json::error_code& error) {
    values_.push_double(number);
    return count(error);
  }
  bool on_bool(bool value, json::error_code& error) {
    values_.push_bool(value);
    return count(error);
  }
  bool on_null(json::error_code& error) {
    values_.push_null();
    return count(error);
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  const std::optional<BodyFault>& fault() const { return fault_; }
  json::value release() { return values_.release(); }
  void begin() { values_.reset(); }

 private:
  struct Level {
    bool is_object;
    std::string member;
    std::set<std::string> names;
    std::size_t index = 0;
  };

  bool open(bool is_object, json::error_code& error) {
    if (!count(error)) return false;
    if (levels_.size() >= kMaxJsonDepth) {
      return fail({"json_too_deep", fmt::format("The body is nested deeper than {} levels.", kMaxJsonDepth), pointer()}, error);
    }
    levels_.push_back({is_object, {}, {}, 0});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  bool count(json::error_code& error) {
    if (!levels_.empty()) ++levels_.back().index;
    if (++total_ <= kMaxJsonValues) return true;
    return fail({"json_too_large", fmt::format("The body has more than {} values.", kMaxJsonValues), {}}, error);
  }
  std::string pointer() const {
    std::string out;
    for (const Level& level : levels_) {
      out = level.is_object ? pointer_to(out, level.member) : fmt::format("{}/{}", out, level.index == 0 ? 0 : level.index - 1);
    }
    return out;
  }
  bool fail(BodyFault fault, json::error_code& error) {
    fault_ = std::move(fault);
    error = json::error::extra_data;
    return false;
  }

  json::value_stack values_;
  std::vector<Level> levels_;
  std::string key_;
  std::size_t total_ = 0;
  std::optional<BodyFault> fault_;
};

bool is_json_type(std::string_view type) {
  return to_lower(trim_white_space(type.substr(0, type.find(';')))) == "application/json";
}

tl::unexpected<BodyFault> refuse(BodyFault fault) { return tl::unexpected(std::move(fault)); }

}  // namespace

std::string pointer_to(const std::string& parent, std::string_view member) {
  std::string out = parent + "/";
  for (const char c : member) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

tl::expected<json::object, BodyFault> read_json_body(const HttpRequest& request) {
  if (request.body.empty()) return json::object();
  const std::string encoding = request.joined_header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return refuse({"media_type_unsupported", "Send the body without a Content-Encoding.", {}});
  }
  if (!is_json_type(request.header("content-type").value_or(""))) {
    return refuse({"media_type_unsupported", "Send the body as Content-Type: application/json.", {}});
  }
  json::parse_options options;
  options.max_depth = kMaxJsonDepth + 2;  // Ours speaks first.
  json::basic_parser<StrictHandler> parser(options);
  parser.handler().begin();
  json::error_code error;
  const std::size_t read = parser.write_some(false, request.body.data(), request.body.size(), error);
  if (parser.handler().fault()) return refuse(*parser.handler().fault());
  if (error || !parser.done()) {
    return refuse({"json_invalid", fmt::format("The body is not valid JSON, at byte {}.", read), {}});
  }
  for (std::size_t i = read; i < request.body.size(); ++i) {
    if (std::string_view(" \t\r\n").find(request.body[i]) == std::string_view::npos) {
      return refuse({"json_invalid", fmt::format("The body goes on after its JSON value, at byte {}.", i), {}});
    }
  }
  json::value value = parser.handler().release();
  if (!value.is_object()) return refuse({"json_not_an_object", "The body must be a JSON object.", {}});
  return std::move(value.get_object());
}

}  // namespace civiclog
