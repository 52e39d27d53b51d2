#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "access/installation_key.h"
#include "tests/support/raw_client.h"

// What the clients of a civicd under load share: one topic that takes everything, what can be voted and commented on, and
// what is counted about them all. All methods from any thread, except those that say otherwise.

namespace civiclog {

// One act over HTTP. A retry is the same act, byte for byte.
struct LoadAct {
  std::string method;
  std::string target;
  std::string body;
  std::string subject;
  std::string key;
};

// What of an answer must be the same whenever the act is repeated: everything.
struct LoadAnswer {
  int status = 0;
  uint64_t position = 0;
  std::string location;
  std::string etag;
  std::string body;

  friend bool operator==(const LoadAnswer&, const LoadAnswer&) = default;
};
std::string describe(const LoadAct& act, const LoadAnswer& answer);

struct Acknowledged {
  LoadAct act;
  LoadAnswer answer;
};

struct LoadCounts {
  std::atomic<uint64_t> acknowledged{0};
  std::atomic<uint64_t> rejected{0};
  std::atomic<uint64_t> repeated{0};           // Acts sent again after their answer, which must be the same.
  std::atomic<uint64_t> cut{0};                // Acts whose answer the kill took away.
  std::atomic<uint64_t> found_committed{0};    // Of these: they were in the log when the service came back.
  std::atomic<uint64_t> found_uncommitted{0};  // Of these: they were not, and were written by the retry.
};

class LoadTown {
 public:
  static constexpr const char* kTopicPath = "/v1/topics/square";
  static constexpr size_t kHotContributions = 4;

  // The key of the installation that civicd has made in `data`.
  explicit LoadTown(const std::filesystem::path& data);

  // Makes the organisation, the topic, its phase, a moderator and the hot contributions. One thread, before any other use.
  void found(uint16_t port);

  // The request of an act, with a token of its subject.
  std::string request_of(const LoadAct& act) const;
  std::string get_request(const std::string& target, std::string_view subject = {}) const;
  const std::string& moderator() const { return moderator_; }
  const std::string& installation() const { return installation_; }

  // Mostly one of the hot ones, otherwise any.
  std::string some_contribution(std::mt19937& random) const;
  // Never a hot one, so that these can always be voted on. Empty when there is none yet.
  std::string some_spread_contribution(std::mt19937& random) const;
  std::string some_comment(std::mt19937& random) const;
  void add_contribution(std::string id);
  void add_comment(std::string id);

  // Set between two runs of civicd, by one thread, while no client runs.
  void set_head_at_start(uint64_t head) { head_at_start_ = head; }
  uint64_t head_at_start() const { return head_at_start_; }

  // What found() has written.
  const std::vector<Acknowledged>& founded() const { return founded_; }
  LoadCounts& counts() { return counts_; }

 private:
  std::string found_one(RawClient& client, LoadAct act);

  const InstallationKey key_;
  const std::string installation_;
  std::string moderator_;
  std::vector<std::string> hot_;
  std::vector<Acknowledged> founded_;
  uint64_t head_at_start_ = 0;
  LoadCounts counts_;
  mutable std::mutex mutex_;
  std::vector<std::string> spread_;    // Guarded by mutex_.
  std::vector<std::string> comments_;  // Guarded by mutex_.
};

LoadAnswer answer_of(const RawResponse& response);
// The string member of a JSON object; "" if there is none.
std::string member_of(const std::string& json, const std::string& pointer);

}  // namespace civiclog
