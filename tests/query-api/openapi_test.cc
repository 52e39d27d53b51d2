#include <algorithm>
#include <cctype>
#include <sstream>

#include "base/version.h"
#include "query-api/operation/openapi_route.h"
#include "tests/query-api/write_fixture.h"

// docs/openapi.json against the service, both ways: routes, methods, query parameters, and the members of bodies. What clients are
// answered is held against it by schemathesis_test.py, and its codes by openapi_codes_test.py.

namespace civiclog {
namespace {

using Object = boost::json::object;

class OpenapiTest : public WriteTest {
 protected:
  struct Operation {
    std::string method;
    std::string path;
    const Object* content;
  };

  OpenapiTest() : document_(boost::json::parse(openapi_document())) {}

  const Json& resolve(const Json& value) const {
    const Object& object = value.as_object();
    return object.contains("$ref") ? document_.at_pointer(text_of(value, "/$ref").substr(1)) : value;
  }
  std::vector<Operation> operations() const {
    std::vector<Operation> all;
    for (const auto& path : document_.at("paths").as_object()) {
      for (const auto& method : path.value().as_object()) {
        std::string name = method.key();
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        all.push_back({name, path.key(), &method.value().as_object()});
      }
    }
    return all;
  }
  std::set<std::string> query_parameters(const Operation& operation) const {
    std::set<std::string> names;
    const Json* parameters = operation.content->if_contains("parameters");
    if (parameters == nullptr) return names;
    for (const Json& one : parameters->as_array()) {
      if (text_of(resolve(one), "/in") == "query") names.insert(text_of(resolve(one), "/name"));
    }
    return names;
  }
  // The address with something in each "{name}" that can stand there.
  std::string address(std::string path) const {
    for (size_t begin = 0; (begin = path.find('{')) != std::string::npos;) {
      const size_t size = path.find('}') + 1 - begin;
      const std::string name = path.substr(begin + 1, size - 2);
      path.replace(begin, size, name == "organisation" || name == "topic" ? "tram" : name == "phase" ? "0" : story_->opinion.text());
    }
    return path;
  }
  // A body for the operation as somebody new, and what becomes of it: "400 field_type /title".
  std::string answer(const Operation& operation, const Object& body) {
    const std::string if_match = operation.path.ends_with("/versions") ? "If-Match: \"0\"\r\n" : "";
    const RawResponse response =
        write(operation.method, address(operation.path), boost::json::serialize(body), token(new_id()), "", if_match);
    const Json json = body_of(response);
    if (response.status < 300) return std::to_string(response.status);
    const Json* pointer = json.as_object().if_contains("pointer");
    return outcome(response) + (pointer == nullptr ? "" : " " + std::string(pointer->as_string()));
  }
  std::string new_id() {
    std::string number = std::to_string(++ids_);
    return "aaaaaaaa-0000-4000-8000-" + std::string(12 - number.size(), '0') + number;
  }

  const Json document_;
  int ids_ = 0;
};

TEST_F(OpenapiTest, Every_route_is_described_and_nothing_else) {
  std::set<std::string> routes;
  for (const auto& [method, pattern] : api_->routes()) routes.insert(std::string(name_of(method)) + " " + pattern);
  std::set<std::string> described;
  for (const Operation& operation : operations()) described.insert(operation.method + " " + operation.path);
  EXPECT_EQ(described, routes);
  EXPECT_GE(routes.size(), 40u);
}

TEST_F(OpenapiTest, It_is_served_with_the_version_of_the_program_and_a_tag) {
  const RawResponse response = get("/openapi.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, openapi_document());
  EXPECT_EQ(response.header("content-type"), "application/json");
  EXPECT_EQ(response.header("cache-control"), "public, max-age=3600");
  EXPECT_NE(std::string(version_text()).find("civiclog " + text_of(document_, "/info/version") + " "), std::string::npos);
  EXPECT_EQ(text_of(document_, "/openapi"), "3.1.0");
  const RawResponse again = get("/openapi.json", "If-None-Match: " + response.header("etag") + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.header("etag"), response.header("etag"));
  EXPECT_EQ(problem("/openapi.json?x=1"), "400 parameter_unknown");
}

// What a route takes it says itself, to whom gives it something else.
TEST_F(OpenapiTest, The_query_parameters_are_those_that_the_routes_take) {
  const std::string known = "known are ";
  for (const Operation& operation : operations()) {
    const std::string target = address(operation.path) + "?colour=red";
    const RawResponse response = operation.method == "GET"
                                     ? get(target, "Authorization: Bearer " + token(new_id()) + "\r\n")
                                     : write(operation.method, target, "", token(new_id()));
    EXPECT_EQ(outcome(response), "400 parameter_unknown") << operation.method << " " << target;
    const std::string detail = text_of(body_of(response), "/detail");
    std::set<std::string> taken;
    if (const size_t begin = detail.find(known); begin != std::string::npos) {
      std::istringstream names(detail.substr(begin + known.size(), detail.size() - begin - known.size() - 1));
      for (std::string name; std::getline(names >> std::ws, name, ',');) taken.insert(name);
    }
    EXPECT_EQ(query_parameters(operation), taken) << operation.method << " " << operation.path;
  }
}

TEST_F(OpenapiTest, The_members_of_a_body_are_those_that_the_routes_take) {
  size_t bodies = 0;
  for (const Operation& operation : operations()) {
    const Json* request_body = operation.content->if_contains("requestBody");
    if (request_body == nullptr) continue;
    ++bodies;
    const Object& schema = resolve(request_body->at_pointer("/content/application~1json/schema")).as_object();
    const std::string name = operation.method + " " + operation.path;
    EXPECT_EQ(at(schema, "/additionalProperties"), "false") << name;
    const Object example = schema.at("examples").at(0).as_object();
    EXPECT_FALSE(answer(operation, example).starts_with("400")) << name << ": the example is refused";

    Object unknown = example;
    unknown["colour"] = "red";
    EXPECT_EQ(answer(operation, unknown), "400 field_unknown /colour") << name;
    for (const auto& property : schema.at("properties").as_object()) {
      Object wrong = example;
      if (property.key() == "comment") wrong.erase("contribution");
      wrong[property.key()] = Object{{"not", "of any type here"}};
      EXPECT_EQ(answer(operation, wrong), "400 field_type /" + std::string(property.key())) << name;
    }
    if (!schema.contains("required")) continue;
    EXPECT_EQ(at(*request_body, "/required"), "true") << name;
    for (const Json& member : schema.at("required").as_array()) {
      Object short_of = example;
      short_of.erase(member.as_string());
      EXPECT_EQ(answer(operation, short_of), "400 field_missing /" + std::string(member.as_string())) << name;
    }
  }
  EXPECT_GE(bodies, 20u);
}

}  // namespace
}  // namespace civiclog
