#include <atomic>
#include <functional>
#include <thread>

#include "tests/query-api/write_fixture.h"
#include "tests/support/faulty_disk.h"

// What keeps the installation from taking acts: said to who writes, by /readyz and by the metrics, while reads go on.

namespace civiclog {
namespace {

// The fixture's installation once more, on a disk that can be told to be full or to fail.
class ApiTroubleTest : public WriteTest {
 protected:
  ApiTroubleTest() {
    api_->begin_stop();
    door_.reset();
    api_.reset();
    installation_->stop_following();
    story_.reset();
    installation_.reset();
    const DataDirectory data = DataDirectory::find(scratch_.path() / "data").value();
    InstallationOptions options;
    options.clock = [this] { return Timestamp{clock_ms_.load()}; };
    options.disk = {disk_.env(), &disk_.file_calls()};
    options.on_free_space = [this](bool is_low, uint64_t) { is_low ? ++times_low_ : ++times_free_; };
    installation_ = std::move(Installation::open(data, options).value());
    installation_->start_following();
    ReadSideOptions side;
    side.clock = options.clock;
    api_ = std::make_unique<Api>(*installation_, std::move(side), gate_.get());
    door_ = std::move(Door::start({}, [this](const HttpRequest& request) { return api_->handle(request); }).value());
    catch_up();
  }
  ~ApiTroubleTest() override {
    api_->begin_stop();
    door_.reset();
    api_.reset();
    installation_->stop_following();
    installation_.reset();
    disk_.repair();
    InstallationOptions options;
    options.clock = [this] { return Timestamp{clock_ms_.load()}; };
    // The fixture ends one of its own.
    installation_ = std::move(Installation::open(DataDirectory::find(scratch_.path() / "data").value(), options).value());
    api_ = std::make_unique<Api>(*installation_, ReadSideOptions{});
  }
  RawResponse register_organisation(const std::string& slug, const std::string& key = "") {
    return write("POST", "/v1/organisations", R"({"slug":")" + slug + R"(","name":"A city"})", token(kInstallationSubject), key);
  }
  std::string readiness() {
    const RawResponse response = get("/readyz");
    return std::to_string(response.status) + " " + (response.status == 200 ? "" : text_of(body_of(response), "/detail"));
  }
  bool metric_says(const std::string& trouble) {
    return get("/metrics").body.find("civiclog_installation_trouble{trouble=\"" + trouble + "\"} 1") != std::string::npos;
  }
  bool comes_true(const std::function<bool()>& condition) {
    const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return condition();
  }

  FaultyDisk disk_{scratch_.path() / "aside"};
  std::atomic<int> times_low_{0};
  std::atomic<int> times_free_{0};
};

TEST_F(ApiTroubleTest, A_disk_that_is_nearly_full_pauses_writing_until_there_is_room_again) {
  const std::string key = new_key();
  ASSERT_EQ(outcome(register_organisation("first", key)), "201");
  EXPECT_TRUE(comes_true([&] { return readiness() == "200 "; })) << readiness();
  const Position before = head();
  disk_.set_free_bytes(kMinFreeBytes - 1);
  EXPECT_TRUE(comes_true([&] { return metric_says("disk_low"); }));
  const RawResponse refused = register_organisation("second");
  EXPECT_EQ(outcome(refused), "503 disk_low");
  EXPECT_FALSE(refused.header("retry-after").empty());
  EXPECT_EQ(head(), before);
  // An answer that was given once is given again: it writes nothing.
  EXPECT_EQ(outcome(register_organisation("first", key)), "201");
  EXPECT_EQ(get("/v1/organisations").status, 200);
  EXPECT_TRUE(readiness().starts_with("503 ") && readiness().find("disk_low") != std::string::npos) << readiness();
  EXPECT_EQ(times_low_, 1);
  disk_.set_free_bytes(kMinFreeBytes);
  EXPECT_TRUE(comes_true([&] { return readiness() == "200 "; })) << readiness();
  EXPECT_EQ(outcome(register_organisation("second")), "201");
  EXPECT_FALSE(metric_says("disk_low"));
  EXPECT_EQ(times_free_, 1);
}

TEST_F(ApiTroubleTest, A_log_whose_flush_failed_is_named_and_reads_go_on) {
  disk_.plan(FaultKind::kFailedSync, 1, [](const std::string& path) { return path.find("/log/") != std::string::npos && path.ends_with(".log"); });
  EXPECT_EQ(outcome(register_organisation("first")), "503 outcome_unknown");
  EXPECT_NE(disk_.fired(), "");
  EXPECT_EQ(outcome(register_organisation("second")), "503 log_stopped");
  EXPECT_EQ(get("/v1/organisations").status, 200);
  EXPECT_TRUE(readiness().starts_with("503 ") && readiness().find("log_stopped") != std::string::npos) << readiness();
  EXPECT_TRUE(metric_says("log_stopped"));
}

TEST_F(ApiTroubleTest, A_vault_whose_flush_failed_is_named_and_reads_go_on) {
  disk_.plan(FaultKind::kFailedSync, 1, [](const std::string& path) { return path.find("/words/") != std::string::npos; });
  EXPECT_GE(register_organisation("first").status, 500);
  EXPECT_NE(disk_.fired(), "");
  EXPECT_EQ(get("/v1/organisations").status, 200);
  EXPECT_TRUE(readiness().starts_with("503 ") && readiness().find("vault_stopped") != std::string::npos) << readiness();
  EXPECT_TRUE(metric_says("vault_stopped"));
}

TEST_F(ApiTroubleTest, Read_models_that_cannot_be_written_stop_and_say_so_and_acts_are_still_taken) {
  disk_.plan(FaultKind::kShortWrite, 1, [](const std::string& path) { return path.find("/views/") != std::string::npos; });
  EXPECT_EQ(outcome(register_organisation("first")), "201");
  EXPECT_TRUE(comes_true([&] { return readiness().find("faulted") != std::string::npos; })) << readiness();
  EXPECT_NE(disk_.fired(), "");
  EXPECT_EQ(get("/v1/organisations").status, 200);
  EXPECT_EQ(outcome(register_organisation("second")), "201");
}

}  // namespace
}  // namespace civiclog
