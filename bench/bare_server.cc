#include "bench/bare_server.h"

#include <utility>

#include <pistache/endpoint.h>
#include <pistache/http.h>

namespace civiclog {
namespace {

namespace Http = Pistache::Http;

class Constant : public Http::Handler {
 public:
  HTTP_PROTOTYPE(Constant)
  explicit Constant(std::string body) : body_(std::move(body)) {}

  void onRequest(const Http::Request&, Http::ResponseWriter response) override {
    response.send(Http::Code::Ok, body_, MIME(Application, Json));
  }

 private:
  std::string body_;
};

}  // namespace

struct BareServer::Endpoint {
  Http::Endpoint endpoint{Pistache::Address("127.0.0.1", Pistache::Port(0))};
};

BareServer::BareServer(size_t threads, std::string body) : endpoint_(std::make_unique<Endpoint>()) {
  const auto flags = Pistache::Tcp::Options::ReuseAddr | Pistache::Tcp::Options::NoDelay;
  endpoint_->endpoint.init(Http::Endpoint::options().threads(static_cast<int>(threads)).flags(flags));
  endpoint_->endpoint.setHandler(Http::make_handler<Constant>(std::move(body)));
  endpoint_->endpoint.serveThreaded();
}

BareServer::~BareServer() { endpoint_->endpoint.shutdown(); }

uint16_t BareServer::port() const { return endpoint_->endpoint.getPort(); }

}  // namespace civiclog
