#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "commands/command.h"

// A whole country that takes part, made up from a seed: the load that a machine, a tool or a new version is tried with. Its
// proportions are those of real processes: deliberations in which people vote on some hundred statements each, budget votes
// that bring in most people for three votes, one item drawing nearly all of them in a burst; comments, objections and their
// decisions; 0.84 % of votes cast again, 95 % of these the same and within two seconds. Many sessions overlap.
//
// The same seed gives the same commands in the same order, with the same ids and times, everywhere. Memory grows only with the
// processes under way. One thread.

namespace civiclog {

struct CountryAct {
  std::string key;  // Unique in the country.
  Issuer issuer;
  Command command;
  Timestamp time;   // Never runs back.
  uint32_t events = 1;  // That the command writes.
};

class Country {
 public:
  // About `events` are to come, spread over a year and a half from `begin`.
  Country(uint64_t seed, uint64_t events, Timestamp begin);
  ~Country();

  // There is always one more.
  CountryAct next();

 private:
  struct Process;
  struct Session;

  uint64_t below(uint64_t limit) { return random_() % limit; }
  bool chance(double share) { return static_cast<double>(random_() >> 11) * 0x1p-53 < share; }
  uint64_t between_log(uint64_t least, uint64_t most);
  Uuid id(std::string_view kind, uint64_t number) const;
  ParticipantId person(uint64_t number) const { return {id("participant", number)}; }
  std::string words(size_t least, size_t most);
  void tick(int64_t most_ms) { now_.ms += static_cast<int64_t>(below(static_cast<uint64_t>(most_ms) + 1)); }

  void found();
  void launch();
  void close(Process& process);
  void begin_session();
  void settle(uint64_t person);
  void go_on(Session& session);
  void vote(Session& session);
  void submit(Process& process, uint64_t author);
  void comment(Process& process, uint64_t author);
  void object(Process& process, uint64_t author);
  void act(std::string key, Issuer issuer, Command command, uint32_t events = 1);

  const std::string source_;
  std::mt19937_64 random_;
  int64_t step_ms_;  // Twice the mean time between acts.
  Timestamp now_;
  OrganisationId organisation_;
  ParticipantId office_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Session> sessions_;
  std::deque<CountryAct> ready_;
  uint64_t people_ = 0;
  uint64_t launched_ = 0;
  uint64_t contributions_ = 0;
  uint64_t comments_ = 0;
  uint64_t cases_ = 0;
  uint64_t votes_ = 0;
};

}  // namespace civiclog
