#include "tests/simulation/world.h"

#include <thread>

namespace civiclog {
namespace {

constexpr auto kPatience = std::chrono::seconds(120);

std::filesystem::path made(const std::filesystem::path& path) {
  CHECK(std::filesystem::create_directory(path));
  return path;
}

}  // namespace

World::World(Timestamp begin)
    : now_(std::make_shared<std::atomic<int64_t>>(begin.ms)), disk_(made(scratch_.path() / "aside")) {
  Result<DataDirectory> created = DataDirectory::create(scratch_.path() / "data", {disk_.env(), &disk_.file_calls()});
  CHECK(created.has_value());
  directory_ = std::move(*created);
}

World::~World() { close(); }

Status World::open(bool following) {
  InstallationOptions options;
  options.clock = [now = now_] { return Timestamp{now->load()}; };
  options.disk = {disk_.env(), &disk_.file_calls()};
  Result<std::unique_ptr<Installation>> opened = Installation::open(*directory_, std::move(options));
  if (!opened) return opened.error();
  installation_ = std::move(*opened);
  following_ = following;
  if (following_) installation_->start_following();
  return {};
}

void World::close() { installation_.reset(); }

void World::submit(CommandRequest request) {
  size_t slot = 0;
  {
    const std::scoped_lock lock(mutex_);
    slot = answers_.size();
    answers_.emplace_back();
    ++open_answers_;
  }
  installation_->commands().submit(std::move(request), [this, slot](Result<Appended> answer) {
    const std::scoped_lock lock(mutex_);
    CHECK(!answers_.at(slot).has_value());
    answers_[slot] = std::move(answer);
    if (--open_answers_ == 0) answered_.notify_all();
  });
}

std::vector<Result<Appended>> World::take_answers() {
  std::unique_lock lock(mutex_);
  CHECK(answered_.wait_for(lock, kPatience, [this] { return open_answers_ == 0; }));
  std::vector<Result<Appended>> out;
  for (std::optional<Result<Appended>>& answer : answers_) out.push_back(std::move(*answer));
  answers_.clear();
  return out;
}

Status World::follow() { return following_ ? wait_followed() : installation_->catch_up(); }

Status World::wait_followed() {
  const Position head = installation_->log().head();
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  for (const std::string& name : installation_->projector().names()) {
    if (Status applied = installation_->projector().wait_applied(name, head, deadline); !applied) return applied;
  }
  while (installation_->vault().erasures_applied() < head) {
    if (std::chrono::steady_clock::now() > deadline) return io_error("erasures do not follow the log");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {};
}

}  // namespace civiclog
