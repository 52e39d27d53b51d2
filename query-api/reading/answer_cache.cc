#include "query-api/reading/answer_cache.h"

#include <utility>

namespace civiclog {

std::optional<AnswerCache::Answer> AnswerCache::find(std::string_view target, AnswerStamp stamp) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(target);
  if (found == entries_.end() || found->second.stamp != stamp) return std::nullopt;
  return found->second.answer;
}

void AnswerCache::keep(std::string target, AnswerStamp stamp, Answer answer) {
  const size_t size = target.size() + answer.body.size() + answer.tag.size();
  if (size > kMaxBytes / 4) return;
  const std::lock_guard lock(mutex_);
  if (const auto old = entries_.find(target); old != entries_.end()) {
    bytes_ -= old->first.size() + old->second.answer.body.size() + old->second.answer.tag.size();
    entries_.erase(old);
  }
  if (entries_.size() >= kMaxAnswers || bytes_ + size > kMaxBytes) {
    entries_.clear();
    bytes_ = 0;
  }
  entries_.emplace(std::move(target), Entry{stamp, std::move(answer)});
  bytes_ += size;
}

}  // namespace civiclog
