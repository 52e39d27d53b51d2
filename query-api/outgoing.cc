#include "query-api/outgoing.h"

#include <memory>
#include <utility>

namespace civiclog {
namespace {

std::chrono::nanoseconds since(std::chrono::steady_clock::time_point begun) { return std::chrono::steady_clock::now() - begun; }

}  // namespace

// A later answer. Counted when it is made, or else when the last one lets go of it: then the door had given another answer in its
// place, or nobody was there any more. Never used by two threads at once.
class Outgoing::Pending {
 public:
  Pending(const Outgoing& outgoing, Asked asked)
      : outgoing_(outgoing), metrics_(outgoing.metrics_), asked_(std::move(asked)) {}
  ~Pending() { count(0); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  HttpResponse made_by(const MakeResponse& make) {
    try {
      HttpResponse response = make();
      outgoing_.finish(asked_, response);
      count(response.status);
      return response;
    } catch (...) {
      count(500);
      throw;
    }
  }
  void count(int status) {
    if (!std::exchange(counted_, true)) metrics_->count(asked_.route, asked_.method, status, since(asked_.begun));
  }

 private:
  const Outgoing& outgoing_;  // For made_by(): whoever serves has it.
  const std::shared_ptr<HttpMetrics> metrics_;
  const Asked asked_;
  bool counted_ = false;
};

Response Outgoing::answer(const HttpRequest& request, const Route& route) const {
  Asked asked{std::chrono::steady_clock::now(), request.method, {}, cors_.ask(request), coding_asked(request)};
  try {
    Response response = route(request, &asked.route);
    if (auto* later = std::get_if<LaterResponse>(&response)) return finish_later(std::move(asked), std::move(*later));
    auto& made = std::get<HttpResponse>(response);
    finish(asked, made);
    metrics_->count(asked.route, asked.method, made.status, since(asked.begun));
    return response;
  } catch (...) {
    metrics_->count(asked.route, asked.method, 500, since(asked.begun));
    throw;
  }
}

void Outgoing::finish(const Asked& asked, HttpResponse& response) const {
  choose_coding(asked.coding, asked.method, response);
  cors_.apply(asked.cors, response);
}

LaterResponse Outgoing::finish_later(Asked asked, LaterResponse later) const {
  finish(asked, later.on_timeout);
  const auto pending = std::make_shared<Pending>(*this, std::move(asked));
  return {[pending, begin = std::move(later.begin)](Respond respond) {
            try {
              begin([pending, respond = std::move(respond)](MakeResponse make) {
                respond([pending, make = std::move(make)] { return pending->made_by(make); });
              });
            } catch (...) {
              pending->count(500);
              throw;
            }
          },
          std::move(later.on_timeout)};
}

}  // namespace civiclog
