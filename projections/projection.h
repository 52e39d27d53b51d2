#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "projections/recorded_event.h"
#include "projections/view_writer.h"

namespace civiclog {

// A row in words, for whoever has to find out why two read models differ.
struct RowDescription {
  std::string subject;  // e.g. "contribution 0190… tally"
  std::string value;    // e.g. "agree 12, disagree 3, pass 1"
};

// Computes one read model from events. An event is a fact: apply() cannot refuse one, reads no clock, draws no random
// number, keeps nothing in memory between calls (it is const) and has no effect but its rows, so that building
// twice gives the same bytes. An event about something the model never saw is ignored; our deciders write none.
// Called by one thread at a time.
class Projection {
 public:
  virtual ~Projection() = default;

  // Stable; names column families and appears in answers and messages. Lower-case letters and '_'.
  virtual std::string_view name() const = 0;
  // Raised whenever the same events would give other bytes. Answers name it.
  virtual uint32_t version() const = 0;
  virtual void apply(const RecordedEvent& event, ViewWriter& rows) const = 0;
  // Any bytes, also damaged ones.
  virtual RowDescription describe(std::string_view key, std::string_view value) const = 0;
};

using Projections = std::vector<std::unique_ptr<Projection>>;

}  // namespace civiclog
