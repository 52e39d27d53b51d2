#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace civiclog {

// Pistache's own Http::Handler with a constant answer of JSON, as its manual shows it: what the door is measured against.
class BareServer {
 public:
  BareServer(size_t threads, std::string body);
  ~BareServer();

  uint16_t port() const;

 private:
  struct Endpoint;
  std::unique_ptr<Endpoint> endpoint_;
};

}  // namespace civiclog
