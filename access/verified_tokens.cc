#include "access/verified_tokens.h"

#include <algorithm>

namespace civiclog {

VerifiedTokens::VerifiedTokens(size_t max_tokens) : max_per_stripe_(std::max<size_t>(1, max_tokens / kStripes)) {}

std::optional<VerifiedToken> VerifiedTokens::find(const Digest& token, Timestamp now) {
  Stripe& stripe = stripe_of(token);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.index.find(token);
  if (found == stripe.index.end()) return std::nullopt;
  const auto entry = found->second;
  if (now >= entry->verified.expires_at) {
    stripe.index.erase(found);
    stripe.entries.erase(entry);
    return std::nullopt;
  }
  if (!entry->verified.holds_at(now)) return std::nullopt;
  stripe.entries.splice(stripe.entries.begin(), stripe.entries, entry);
  return entry->verified;
}

void VerifiedTokens::keep(const Digest& token, const VerifiedToken& verified, uint64_t generation) {
  Stripe& stripe = stripe_of(token);
  const std::lock_guard lock(stripe.mutex);
  if (generation != stripe.generation || stripe.index.contains(token)) return;
  if (stripe.entries.size() >= max_per_stripe_) {
    stripe.index.erase(stripe.entries.back().token);
    stripe.entries.pop_back();
  }
  stripe.entries.push_front({token, verified});
  stripe.index.emplace(token, stripe.entries.begin());
}

void VerifiedTokens::clear(uint64_t generation) {
  for (Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    stripe.generation = generation;
    stripe.index.clear();
    stripe.entries.clear();
  }
}

size_t VerifiedTokens::size() const {
  size_t out = 0;
  for (const Stripe& stripe : stripes_) {
    const std::lock_guard lock(stripe.mutex);
    out += stripe.entries.size();
  }
  return out;
}

}  // namespace civiclog
