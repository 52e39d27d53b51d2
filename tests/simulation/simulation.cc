#include "tests/simulation/simulation.h"

#include <algorithm>

#include <fmt/format.h>

#include "projections/all_projections.h"
#include "projections/compare.h"
#include "replay-tools/verify_record.h"
#include "tests/simulation/comparison.h"
#include "tests/simulation/settlement.h"

namespace civiclog {
namespace {

constexpr uint64_t kMaxSpell = 300;
constexpr size_t kLinesShown = 40;
constexpr int64_t kSecond = 1'000;
constexpr int64_t kDay = 24 * 3'600 * kSecond;
// kLyingSync is left out: it loses what was acknowledged, and the installation then refuses to go on.
constexpr std::array kFaults = {FaultKind::kFailedSync, FaultKind::kFailedName, FaultKind::kShortWrite,
                                FaultKind::kNoSpace,    FaultKind::kReadError,  FaultKind::kPowerCut};

class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options)
      : options_(options), dice_(options.seed), luck_(static_cast<uint32_t>(options.seed)), world_({1'700'000'000'000}),
        workload_(dice_, settled_.model()) {}

  SimulationReport run() {
    if (open()) {
      while (failure_.empty() && asked_ < options_.commands) spell();
      if (failure_.empty()) finish();
    }
    world_.close();
    SimulationReport report;
    report.commands = asked_;
    report.accepted = settled_.accepted();
    report.refused = settled_.refused();
    report.repeated = settled_.repeated();
    report.refusals = settled_.refusals();
    report.faults = faults_;
    report.openings = openings_;
    report.comparisons = comparisons_;
    report.digest = settled_.digest();
    if (!failure_.empty()) report.failure = explain();
    return report;
  }

 private:
  void fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
  }

  bool open() {
    ++openings_;
    following_ = dice_.percent(25);
    const Status opened = world_.open(following_);
    if (!opened) fail("it does not open: " + opened.error().message);
    return opened.has_value();
  }

  void spell() {
    const bool rough = options_.faults && dice_.percent(12);
    jump();
    if (rough) plan_fault();
    ask(dice_.between(1, kMaxSpell));
    if (rough) {
      if (dice_.percent(50) && !following_) (void)world_.installation().catch_up();
      return settle_rough();
    }
    settle_calm();
    if (!failure_.empty()) return;
    if (dice_.percent(15)) compare();
    if (failure_.empty() && dice_.percent(6)) {
      world_.close();
      if (open()) settle_opened();
    }
  }

  void plan_fault() {
    fault_ = options_.all_kinds ? kFaults[dice_.below(kFaults.size())] : FaultKind::kPowerCut;
    world_.disk().plan(fault_, dice_.between(1, dice_.percent(50) ? 20 : 600));
  }

  void ask(uint64_t count) {
    for (Asked& again : settled_.take_unknown()) submit(std::move(again));
    for (uint64_t i = 0; i < count && asked_ < options_.commands; ++i) {
      move_clock();
      Asked next = workload_.next(world_.now());
      // An erasure stands alone: whether a word can be named depends on what the vault has applied by then.
      const bool erases = Workload::erases(next);
      if (erases && i > 0) {
        pending_erasure_ = std::move(next);
        ++asked_;
        return;
      }
      ++asked_;
      submit(std::move(next));
      if (erases) return;
    }
  }

  void submit(Asked asked) {
    lines_.push_back(to_line(asked.request));
    if (lines_.size() > kLinesShown) lines_.pop_front();
    world_.submit(asked.request);
    settled_.asked(std::move(asked));
  }

  // Only while nothing is under way: the age of orphans is measured with this clock, so a jump beyond it makes words look
  // given up whose commit is about to come.
  void jump() {
    if (dice_.percent(10)) world_.move_clock((static_cast<int64_t>(dice_.below(60)) - 30) * kDay);
    if (dice_.percent(30)) world_.move_clock((static_cast<int64_t>(dice_.below(7'200)) - 3'600) * kSecond);
  }

  void move_clock() {
    if (dice_.below(1'000) < 4) return world_.move_clock(static_cast<int64_t>(dice_.below(240)) * kSecond - 120 * kSecond);
    world_.move_clock(static_cast<int64_t>(dice_.below(50)));
  }

  void settle_calm() {
    settled_.settle(world_.take_answers(), world_.installation().log(), Spell::kCalm);
    fail(settled_.failure());
    if (failure_.empty() && pending_erasure_) erase_alone();
  }

  void erase_alone() {
    follow();
    if (!failure_.empty()) return;
    submit(std::move(*pending_erasure_));
    pending_erasure_.reset();
    settled_.settle(world_.take_answers(), world_.installation().log(), Spell::kCalm);
    fail(settled_.failure());
    if (failure_.empty() && dice_.percent(50)) follow();
  }

  void settle_rough() {
    std::vector<Result<Appended>> answers = world_.take_answers();
    world_.close();
    const std::string met = world_.disk().fired();
    if (!met.empty()) ++faults_;
    world_.disk().repair();
    const bool power = fault_ == FaultKind::kPowerCut || dice_.percent(40);
    if (power) world_.lose_power(dice_.percent(70) ? &luck_ : nullptr);
    lines_.push_back(fmt::format("-- {} met: {}{}", name_of(fault_), met.empty() ? "nothing" : met, power ? "; then the power went" : ""));
    if (!open()) return;
    settled_.settle(std::move(answers), world_.installation().log(), Spell::kRough);
    fail(settled_.failure());
    if (failure_.empty()) settle_opened();
  }

  // What was closed and opened again follows, and is sometimes compared at once.
  void settle_opened() {
    lines_.push_back(following_ ? "-- opened, following" : "-- opened");
    if (pending_erasure_ && failure_.empty()) erase_alone();
    if (failure_.empty() && dice_.percent(30)) compare();
  }

  void follow() {
    const Status followed = world_.follow();
    if (!followed) fail("it does not follow: " + followed.error().message);
  }

  void compare() {
    follow();
    if (!failure_.empty()) return;
    ++comparisons_;
    const ViewSnapshot snapshot = world_.installation().views().snapshot();
    fail(compare_read_models(snapshot, settled_.model(), settled_.model(), {}, dice_));
    const Position as_of{dice_.below(settled_.head().value + 1)};
    fail(compare_read_models(snapshot, settled_.past(as_of), settled_.model(), as_of, dice_));
    fail(settled_.compare_times(world_.installation().log(), dice_));
    if (failure_.empty()) compare_vault();
  }

  // Nothing is under way, so nothing is too young to be collected.
  void compare_vault() {
    Installation& installation = world_.installation();
    const Timestamp late{world_.now().ms + 100 * kDay};
    const Result<Collected> collected = collect_orphans(installation.log(), installation.vault(), late, 0);
    if (!collected) return fail("orphans cannot be collected: " + collected.error().message);
    fail(compare_words(installation.vault(), settled_.model()));
  }

  void finish() {
    ask(0);
    settle_calm();
    if (!failure_.empty()) return;
    compare();
    if (!failure_.empty()) return;
    const auto views = compare_views(world_.installation().log(), world_.installation().views(), all_projections(), world_.scratch().path() / "rebuilt");
    if (!views) return fail("the read models cannot be rebuilt: " + views.error().message);
    for (const ComparedView& view : *views) {
      if (view.difference) fail(fmt::format("{} differs from its rebuild: {}", view.projection, view.difference->meaning));
    }
    world_.close();
    const Result<Verification> verified = verify_record(world_.directory());
    if (!verified) return fail("it cannot be verified: " + verified.error().message);
    for (const Finding& finding : verified->findings.listed()) fail(fmt::format("verify: {} {}", finding.subject, finding.sentence));
    if (verified->head != settled_.head()) fail("verify sees another head");
  }

  std::string explain() const {
    std::string out = failure_ + fmt::format("\n  seed {}, after {} commands. Last:\n", options_.seed, asked_);
    for (const std::string& line : lines_) out += "  " + line + "\n";
    return out;
  }

  const SimulationOptions options_;
  Dice dice_;
  std::mt19937 luck_;
  World world_;
  Settlement settled_;
  Workload workload_;
  FaultKind fault_ = FaultKind::kPowerCut;
  std::optional<Asked> pending_erasure_;
  bool following_ = false;
  uint64_t asked_ = 0;
  uint64_t faults_ = 0;
  uint64_t openings_ = 0;
  uint64_t comparisons_ = 0;
  std::string failure_;
  std::deque<std::string> lines_;
};

}  // namespace

SimulationReport simulate(const SimulationOptions& options) { return Simulation(options).run(); }

}  // namespace civiclog
