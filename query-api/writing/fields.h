#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/id.h"
#include "base/time.h"
#include "events/vocabulary.h"
#include "query-api/writing/json_body.h"

// Takes the members of a JSON object one by one, each with its type, and refuses what is left over. The first fault counts; after it
// every member reads as empty, so that a route reads all it needs and asks once, at the end. null counts as not given.
//
// Belongs to one request.

namespace civiclog {

enum class Need { kRequired, kOptional };

class Fields {
 public:
  // The object must outlive this. `pointer` is its own place in the body.
  explicit Fields(const boost::json::object& object, std::string pointer = {}) : object_(object), pointer_(std::move(pointer)) {}

  std::string text(std::string_view name, Need need = Need::kRequired);
  bool flag(std::string_view name, Need need = Need::kRequired);
  uint64_t number(std::string_view name, uint64_t max, Need need = Need::kRequired);
  Timestamp time(std::string_view name, Need need = Need::kRequired);
  // nil when optional and not given.
  Uuid id(std::string_view name, Need need = Need::kRequired);
  template <typename Kind>
  Id<Kind> id_of(std::string_view name, Need need = Need::kRequired) { return Id<Kind>{id(name, need)}; }

  // One of the names of the vocabulary.
  template <typename Enum>
  Enum named(std::string_view name, Enum max, std::optional<Enum> otherwise = {}) {
    const std::optional<std::string> text = given(name, otherwise ? Need::kOptional : Need::kRequired);
    if (!text) return otherwise.value_or(Enum{});
    if (const std::optional<Enum> value = parse_name(*text, max)) return *value;
    refuse_name(name, *text);
    return otherwise.value_or(Enum{});
  }

  using VisitObject = std::function<void(Fields&)>;
  using VisitText = std::function<void(const std::string& text, const std::string& pointer)>;
  void object(std::string_view name, const VisitObject& visit, Need need = Need::kRequired);
  void objects(std::string_view name, size_t max, const VisitObject& visit, Need need = Need::kRequired);
  void texts(std::string_view name, size_t max, const VisitText& visit, Need need = Need::kRequired);

  void fail(std::string code, std::string detail, std::string pointer);
  bool has_failed() const { return fault_.has_value(); }
  // The first fault, or the first member that nobody took.
  std::optional<BodyFault> finish();

 private:
  const boost::json::value* take(std::string_view name, Need need);
  // nullopt where nothing stands. An empty text is something, and no id, time or name.
  std::optional<std::string> given(std::string_view name, Need need);
  void refuse_type(std::string_view name, std::string_view wanted);
  void refuse_name(std::string_view name, const std::string& given);
  void visit(const boost::json::value& value, const std::string& pointer, const VisitObject& visit);

  const boost::json::object& object_;
  const std::string pointer_;
  std::set<std::string, std::less<>> taken_;
  std::optional<BodyFault> fault_;
};

}  // namespace civiclog
