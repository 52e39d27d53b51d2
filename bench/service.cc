#include "bench/service.h"

#include <fmt/format.h>

#include "base/check.h"

namespace civiclog {
namespace {

constexpr std::chrono::seconds kCatchUpTime{60};
constexpr size_t kDoorThreads = 2;  // With one thread of the load client on two cores.

}  // namespace

Service::Service() {
  const auto directory = DataDirectory::create(scratch_.path() / "data");
  CHECK(directory.has_value());
  auto installation = Installation::open(*directory);
  CHECK(installation.has_value());
  installation_ = std::move(*installation);
  installation_->start_following();
  key_ = std::make_unique<InstallationKey>(InstallationKey::read_or_make(scratch_.path() / "data").value());
  KeySet keys;
  CHECK(keys.add_installation_key(key_->id(), key_->public_key()).has_value());
  GateOptions gate_options;
  gate_options.per_subject = {.burst = kMaxBurst, .interval = std::chrono::milliseconds(1)};
  gate_options.per_address = {.burst = kMaxBurst, .interval = std::chrono::microseconds(20)};
  gate_ = std::make_unique<Gate>(gate_options, std::move(keys), installation_->vault().index_key(), system_now);
  api_ = std::make_unique<Api>(*installation_, ReadSideOptions{}, gate_.get());
  DoorOptions options;
  options.threads = kDoorThreads;
  auto door = Door::start(options, [this](const HttpRequest& request) { return api_->handle(request); });
  CHECK(door.has_value());
  door_ = std::move(*door);
}

Service::~Service() {
  api_->begin_stop();
  door_.reset();
  installation_->stop_following();
}

std::string Service::token(ParticipantId participant) const {
  return TokenIssuer(*key_).issue(participant.text(), "civiclog", std::chrono::hours(1), system_now()).value();
}

void Service::catch_up() {
  const Deadline deadline = std::chrono::steady_clock::now() + kCatchUpTime;
  for (const std::string& name : installation_->projector().names()) {
    CHECK(installation_->projector().wait_applied(name, installation_->log().head(), deadline).has_value());
  }
}

std::string get_request(std::string_view target) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nConnection: keep-alive\r\n\r\n", target);
}

}  // namespace civiclog
