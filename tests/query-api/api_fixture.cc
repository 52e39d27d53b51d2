#include "tests/query-api/api_fixture.h"

#include "access/token_issuer.h"

namespace civiclog {

namespace {

constexpr int64_t kMsPerCommand = 60'000;

std::unique_ptr<Installation> open_installation(const std::filesystem::path& path, std::atomic<int64_t>& clock_ms) {
  const auto directory = DataDirectory::find(path);
  CHECK(directory.has_value());
  InstallationOptions options;
  options.clock = [&clock_ms] { return Timestamp{clock_ms.load()}; };
  auto installation = Installation::open(*directory, options);
  CHECK(installation.has_value());
  return std::move(*installation);
}

// The deliberation, told once per process: each test goes on with a copy of its own.
struct Told {
  Told() {
    CHECK(DataDirectory::create(scratch.path() / "data").has_value());
    const std::unique_ptr<Installation> installation = open_installation(scratch.path() / "data", clock_ms);
    story = std::make_unique<Deliberation>(installation->commands(), [this] { clock_ms += kMsPerCommand; });
    story->tell();
    CHECK(installation->catch_up().has_value());
  }
  ScratchDirectory scratch;
  std::atomic<int64_t> clock_ms{parse_rfc3339("2026-03-01T08:00:00Z")->ms};
  std::unique_ptr<Deliberation> story;
};

const Told& told() {
  static const Told once;
  return once;
}

}  // namespace

ApiTest::ApiTest() : clock_ms_(told().clock_ms.load()) {
  std::filesystem::copy(told().scratch.path() / "data", scratch_.path() / "data", std::filesystem::copy_options::recursive);
  installation_ = open_installation(scratch_.path() / "data", clock_ms_);
  installation_->start_following();
  story_ = std::make_unique<Deliberation>(*told().story, installation_->commands(), [this] { clock_ms_ += kMsPerCommand; });
  ReadSideOptions side;
  side.clock = [this] { return Timestamp{clock_ms_.load()}; };
  side.max_wait = std::chrono::milliseconds(1'500);
  side.max_waiters = kMaxApiWaiters;
  side.log = [this](std::string_view sentence) { log_.emplace_back(sentence); };
  key_ = std::make_unique<InstallationKey>(InstallationKey::read_or_make(scratch_.path() / "data").value());
  KeySet keys;
  EXPECT_TRUE(keys.add_installation_key(key_->id(), key_->public_key()));
  GateOptions gate_options;
  gate_options.per_subject = {.burst = 100, .interval = std::chrono::hours(1)};
  gate_ = std::make_unique<Gate>(gate_options, std::move(keys), installation_->vault().index_key(), side.clock);
  api_ = std::make_unique<Api>(*installation_, std::move(side), gate_.get());
  DoorOptions door_options;
  door_options.threads = 3;
  auto door = Door::start(door_options, [this](const HttpRequest& request) { return api_->handle(request); });
  EXPECT_TRUE(door);
  door_ = std::move(*door);
  catch_up();
}

ApiTest::~ApiTest() {
  api_->begin_stop();
  door_.reset();
  installation_->stop_following();
  EXPECT_TRUE(log_.empty()) << log_.front();
}

void ApiTest::catch_up() {
  const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (const std::string& name : installation_->projector().names()) {
    const Status applied = installation_->projector().wait_applied(name, head(), deadline);
    EXPECT_TRUE(applied) << applied.error().message;
  }
  // Erasures follow on their own.
  while (std::chrono::steady_clock::now() < deadline && installation_->vault().erasures_applied() < head()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(installation_->vault().erasures_applied(), head());
}

RawResponse ApiTest::get(const std::string& target, const std::string& headers, const std::string& method) {
  RawClient client(door_->port());
  EXPECT_TRUE(client.connected());
  EXPECT_TRUE(client.send(method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n"));
  std::optional<RawResponse> response = client.read_response(method == "HEAD");
  EXPECT_TRUE(response) << target;
  return response.value_or(RawResponse{});
}

std::string ApiTest::token(std::string_view subject) const {
  return TokenIssuer(*key_).issue(subject, "civiclog", std::chrono::hours(1), {clock_ms_.load()}).value();
}

RawResponse ApiTest::write(const std::string& method, const std::string& target, const std::string& body, const std::string& token,
                           const std::string& key, const std::string& headers) {
  RawClient client(door_->port());
  EXPECT_TRUE(client.connected());
  std::string request = method + " " + target + " HTTP/1.1\r\nHost: a\r\nIdempotency-Key: " + (key.empty() ? new_key() : key) + "\r\n";
  if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
  if (!body.empty()) request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  EXPECT_TRUE(client.send(request + headers + "\r\n" + body));
  std::optional<RawResponse> response = client.read_response();
  EXPECT_TRUE(response) << target;
  return response.value_or(RawResponse{});
}

Json ApiTest::read(const std::string& target) {
  const RawResponse response = get(target);
  EXPECT_EQ(response.status, 200) << target << " " << response.body;
  EXPECT_EQ(response.header("content-type"), "application/json");
  boost::json::error_code error;
  Json json = boost::json::parse(response.body, error);
  EXPECT_FALSE(error) << target << " " << response.body;
  if (json.is_object()) {
    EXPECT_EQ(response.header("civic-position"), at(json, "/position")) << target;
  }
  return json;
}

std::string ApiTest::problem(const std::string& target) {
  const RawResponse response = get(target);
  EXPECT_EQ(response.header("content-type"), "application/problem+json") << target << " " << response.body;
  boost::json::error_code error;
  const Json json = boost::json::parse(response.body, error);
  if (error) return std::to_string(response.status) + " " + response.body;
  EXPECT_EQ(at(json, "/status"), std::to_string(response.status));
  EXPECT_EQ(text_of(json, "/type"), "urn:civiclog:problem:" + text_of(json, "/code"));
  EXPECT_EQ(response.body.find(scratch_.path().string()), std::string::npos) << response.body;
  EXPECT_EQ(response.header("retry-after").empty(), response.status != 503);
  return std::to_string(response.status) + " " + text_of(json, "/code");
}

std::vector<Json> ApiTest::walk(const std::string& target, size_t limit, const std::function<void()>& between_pages) {
  const std::string joint = target.find('?') == std::string::npos ? "?" : "&";
  std::string page = target + joint + "limit=" + std::to_string(limit);
  std::vector<Json> items;
  std::string position;
  for (size_t pages = 0; pages < 1'000; ++pages) {
    const Json list = read(page);
    if (!list.is_object()) return items;
    if (position.empty()) position = at(list, "/position");
    EXPECT_EQ(at(list, "/position"), position);
    EXPECT_LE(list.at("items").as_array().size(), limit);
    for (const Json& item : list.at("items").as_array()) items.push_back(item);
    if (list.at("next").is_null()) break;
    page = target + joint + "limit=" + std::to_string(limit) + "&cursor=" + text_of(list, "/next");
    if (between_pages) between_pages();
  }
  std::set<std::string> seen;
  for (const Json& item : items) {
    EXPECT_TRUE(seen.insert(boost::json::serialize(item.as_object().contains("id") ? item.at("id") : item.at("position"))).second);
  }
  return items;
}

std::string text_of(const Json& json, const std::string& pointer) {
  boost::json::error_code error;
  const Json* found = json.find_pointer(pointer, error);
  if (error || found == nullptr || !found->is_string()) return "no text at " + pointer;
  return std::string(found->as_string());
}

std::string at(const Json& json, const std::string& pointer) {
  boost::json::error_code error;
  const Json* found = json.find_pointer(pointer, error);
  return error || found == nullptr ? "nothing at " + pointer : boost::json::serialize(*found);
}

std::vector<std::string> ids_of(const std::vector<Json>& items) {
  std::vector<std::string> out;
  for (const Json& item : items) out.push_back(text_of(item, "/id"));
  return out;
}

std::vector<std::string> ids_of(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list.at("items").as_array()) out.push_back(text_of(item, "/id"));
  return out;
}

}  // namespace civiclog
