#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/installation_key.h"
#include "access/token_issuer.h"
#include "installation/installation.h"
#include "query-api/api.h"
#include "query-api/door/door.h"
#include "tests/support/scratch_directory.h"

// The whole service in this process, as civicd puts it together, with an empty installation in a directory of its own (TMPDIR
// says where). Only the rate limits are wide, because here all requests come from one address.

namespace civiclog {

class Service {
 public:
  Service();
  ~Service();

  Installation& installation() { return *installation_; }
  const Api& api() const { return *api_; }
  uint16_t port() const { return door_->port(); }
  std::string token(ParticipantId participant) const;
  // Until the read models have applied the log.
  void catch_up();

 private:
  ScratchDirectory scratch_;
  std::unique_ptr<Installation> installation_;
  std::unique_ptr<InstallationKey> key_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Door> door_;
};

// "GET target", as a browser's connection sends it.
std::string get_request(std::string_view target);

}  // namespace civiclog
