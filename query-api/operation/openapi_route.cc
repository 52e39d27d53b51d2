#include "query-api/operation/openapi_route.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "query-api/door/entity_tag.h"
#include "query-api/reading/read_route.h"

namespace civiclog {

void add_openapi_route(Router& router, const ReadSide& side) {
  const std::string tag = to_hex(view(sha256(openapi_document())).substr(0, 12));
  router.add(Method::kGet, "/openapi.json", [&side, tag](const HttpRequest& request, const PathParameters&) {
    if (Status known = request.allow_query({}); !known) {
      return reading_problem(side, {ErrorCode::kInvalidArgument, known.error().message, "parameter_unknown"});
    }
    const bool same = matches_tag(request.joined_header("if-none-match"), tag);
    HttpResponse response = same ? empty_response(304) : json_response(200, std::string(openapi_document()));
    return std::move(response).with("ETag", fmt::format("\"{}\"", tag)).with("Cache-Control", "public, max-age=3600");
  });
}

}  // namespace civiclog
