#include "query-api/operation/head_routes.h"

#include <fmt/format.h>

#include "base/check.h"
#include "query-api/door/problem.h"
#include "query-api/reading/json_values.h"
#include "query-api/reading/read_route.h"

namespace civiclog {
namespace {

Status no_parameters(const HttpRequest& request) {
  if (request.query.empty()) return {};
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("There is no query parameter \"{}\" here; leave it out.", request.query.front().name),
               "parameter_unknown"};
}

HttpResponse head(const ReadSide& side, const HttpRequest& request) {
  if (Status known = no_parameters(request); !known) return reading_problem(side, known.error());
  const Position position = side.log().head();
  boost::json::object body;
  body["position"] = position.value;
  body["recorded_at"] = nullptr;
  if (position != Position{}) {
    const Result<StoredEvent> last = read_one(side.log(), position);
    if (!last) return reading_problem(side, last.error());
    body["recorded_at"] = time_json(last->envelope.recorded_at);
  }
  body["log"] = id_json(side.log().id());
  return tagged_response(request, boost::json::serialize(body), position, fmt::format("h{}", position.value));
}

struct ModelHealth {
  std::string name;
  std::optional<GenerationRecord> record;
  uint64_t lag = 0;

  bool ready() const { return record && record->state == ViewState::kRunning && lag <= kMaxReadyLag; }
  std::string complaint() const {
    if (!record) return fmt::format("the read model {} has not been built", name);
    if (record->state != ViewState::kRunning) {
      return fmt::format("the read model {} is {} at position {}", name, name_of(record->state), record->checkpoint.value);
    }
    return fmt::format("the read model {} is {} events behind", name, lag);
  }
};

std::vector<ModelHealth> health_of_models(const ReadSide& side) {
  const uint64_t head = side.log().head().value;
  std::vector<ModelHealth> out;
  for (const std::string& name : side.projector().names()) {
    ModelHealth model{name, side.views().active(name), 0};
    const uint64_t applied = model.record ? model.record->checkpoint.value : 0;
    model.lag = head > applied ? head - applied : 0;
    out.push_back(std::move(model));
  }
  return out;
}

boost::json::value model_json(const ModelHealth& model) {
  boost::json::object out;
  out["name"] = text_json(model.name);
  out["state"] = model.record ? text_json(name_of(model.record->state)) : nullptr;
  out["version"] = model.record ? boost::json::value(model.record->version) : boost::json::value(nullptr);
  out["position"] = model.record ? model.record->checkpoint.value : 0;
  out["lag"] = model.lag;
  return out;
}

HttpResponse not_ready(std::string code, std::string detail) {
  return problem_response(Problem{503, std::move(code), std::move(detail), {}, kRetryAfterSeconds})
      .with("Cache-Control", "no-store");
}

std::string_view describe(Trouble trouble) {
  switch (trouble) {
    case Trouble::kLogStopped: return "the log takes no more events until the service is restarted";
    case Trouble::kVaultStopped: return "words and keys cannot be written until the service is restarted";
    case Trouble::kReadModelsStopped: return "the read models cannot be written";
    case Trouble::kStorageDamaged: return "stored bytes are damaged";
    case Trouble::kLowDisk: return "the disk is nearly full";
  }
  CHECK(false);
}

HttpResponse readiness(const ReadSide& side, const std::vector<Trouble>& troubles, const HttpRequest& request) {
  if (Status known = no_parameters(request); !known) return reading_problem(side, known.error());
  if (side.is_stopping()) return not_ready(kStopping, "The service is stopping.");
  std::string complaints;
  for (const Trouble trouble : troubles) {
    complaints += fmt::format("{}{} ({})", complaints.empty() ? "" : ", ", describe(trouble), name_of(trouble));
  }
  boost::json::array models;
  Position lowest = side.log().head();
  for (const ModelHealth& model : health_of_models(side)) {
    if (!model.ready()) complaints += fmt::format("{}{}", complaints.empty() ? "" : ", ", model.complaint());
    lowest = std::min(lowest, model.record ? model.record->checkpoint : Position{});
    models.push_back(model_json(model));
  }
  if (!complaints.empty()) return not_ready("not_ready", fmt::format("Not ready: {}.", complaints));
  boost::json::object body;
  body["ready"] = true;
  body["position"] = lowest.value;
  body["read_models"] = std::move(models);
  return json_response(200, boost::json::serialize(body))
      .with("Cache-Control", "no-store")
      .with("Civic-Position", std::to_string(lowest.value));
}

}  // namespace

void add_head_routes(Router& router, const ReadSide& side, std::function<std::vector<Trouble>()> troubles) {
  router.add(Method::kGet, "/v1/head",
             [&side](const HttpRequest& request, const PathParameters&) { return head(side, request); });
  router.add(Method::kGet, "/healthz", [&side](const HttpRequest& request, const PathParameters&) {
    if (Status known = no_parameters(request); !known) return reading_problem(side, known.error());
    return json_response(200, R"({"status":"ok"})").with("Cache-Control", "no-store");
  });
  router.add(Method::kGet, "/readyz",
             [&side, troubles = std::move(troubles)](const HttpRequest& request, const PathParameters&) {
               return readiness(side, troubles(), request);
             });
}

}  // namespace civiclog
