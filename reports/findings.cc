#include "reports/findings.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace civiclog {
namespace {

// What is only said of bytes whose checksum was right.
constexpr std::array<std::string_view, 8> kContradictions = {
    "other_log",          "wrong_position",         "bad_envelope",   "other_event",
    "payload_truncated",  "payload_trailing_bytes", "payload_invalid", "index_mismatch"};

}  // namespace

const char* name_of(FindingKind kind) { return kind == FindingKind::kTampering ? "tampering" : "damage"; }

FindingKind kind_of(const Error& error) {
  const bool contradicts = std::ranges::find(kContradictions, error.rule) != kContradictions.end();
  // Two installations in one directory are a mistake and not a forgery.
  return contradicts && error.code == ErrorCode::kCorrupt ? FindingKind::kTampering : FindingKind::kDamage;
}

void Findings::add(FindingKind kind, Position position, std::string subject, std::string sentence) {
  ++(kind == FindingKind::kTampering ? tampering_ : damage_);
  if (listed_.size() >= kMaxListedFindings) {
    if (kind == FindingKind::kDamage) return;
    const auto last_damage = std::find_if(listed_.rbegin(), listed_.rend(),
                                          [](const Finding& finding) { return finding.kind == FindingKind::kDamage; });
    if (last_damage == listed_.rend()) return;
    listed_.erase(std::next(last_damage).base());
  }
  listed_.push_back({kind, position, std::move(subject), std::move(sentence)});
}

void Findings::add(Position position, std::string subject, const Error& error) {
  add(kind_of(error), position, std::move(subject), "cannot be relied on: " + error.message);
}

void Findings::note(std::string sentence) {
  if (notes_.size() < kMaxListedNotes) notes_.push_back(std::move(sentence));
}

bool Findings::names(Position position) const {
  return std::ranges::any_of(listed_, [&](const Finding& finding) { return finding.position == position; });
}

}  // namespace civiclog
