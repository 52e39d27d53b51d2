#include "vault/key_store.h"

#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace civiclog {
namespace {

std::vector<KeyRecord> fresh_records(std::span<const KeyName> names) {
  std::vector<KeyRecord> out;
  out.reserve(names.size());
  for (const KeyName& name : names) out.push_back({name, false, random_array<32>()});
  return out;
}

}  // namespace

Status KeyStore::create(const std::filesystem::path& path, LogId log, std::span<const KeyName> names, FileCalls& calls) {
  return KeyFile::create(path, log, fresh_records(names), calls);
}

Result<std::unique_ptr<KeyStore>> KeyStore::open(const std::filesystem::path& path, LogId log, KeyAccess access,
                                                 FileCalls& calls) {
  std::unique_ptr<KeyStore> store(new KeyStore(path, log, access, calls));
  if (Status status = store->load(); !status) return status.error();
  if (access == KeyAccess::kWrite) {
    if (Status status = store->file_.wipe_leftovers(); !status) return status.error();
  }
  return store;
}

Status KeyStore::load() {
  Result<std::vector<KeyRecord>> records = file_.read();
  if (!records) return records.error();
  if (records->size() > kMaxKeys) return corrupt(fmt::format("The key file {} has too many keys.", path_.string()));
  const std::scoped_lock lock(mutex_);
  for (KeyRecord& record : records_) record.key.fill(0);
  records_.clear();
  places_.clear();
  destroyed_ = 0;
  for (const KeyRecord& record : *records) {
    if (!places_.emplace(record.name, records_.size()).second) {
      return corrupt(
          fmt::format("The key file {} names a key twice: restore the vault from its backup.", path_.string()));
    }
    records_.push_back(record);
    if (record.destroyed) ++destroyed_;
  }
  return {};
}

void KeyStore::remember(std::span<const KeyRecord> records) {
  const std::scoped_lock lock(mutex_);
  for (const KeyRecord& record : records) {
    places_.emplace(record.name, records_.size());
    records_.push_back(record);
    if (record.destroyed) ++destroyed_;
  }
}

KeyLookup KeyStore::find(const KeyName& name) const {
  const std::scoped_lock lock(mutex_);
  const auto place = places_.find(name);
  if (place == places_.end()) return {};
  const KeyRecord& record = records_[place->second];
  if (record.destroyed) return {KeyState::kDestroyed, {}};
  return {KeyState::kPresent, record.key};
}

uint64_t KeyStore::made() const {
  const std::scoped_lock lock(mutex_);
  return records_.size();
}

uint64_t KeyStore::destroyed() const {
  const std::scoped_lock lock(mutex_);
  return destroyed_;
}

Status KeyStore::make(std::span<const KeyName> names) {
  if (names.empty()) return {};
  if (made() + names.size() > kMaxKeys) {
    return Error{ErrorCode::kUnavailable, fmt::format("The key file {} is full.", path_.string()), {}};
  }
  std::unordered_set<KeyName, HashName> seen;
  for (const KeyName& name : names) {
    if (!seen.insert(name).second || find(name).state != KeyState::kNeverMade) {
      return Error{ErrorCode::kConflict, fmt::format("The key {} was made before.", name.id.text()), {}};
    }
  }
  const std::vector<KeyRecord> records = fresh_records(names);
  if (Status status = file_.append(records); !status) return status;
  remember(records);
  return {};
}

Status KeyStore::destroy(const KeyName& name) {
  const KeyRecord tombstone{name, true, {}};
  const KeyState state = find(name).state;
  if (state == KeyState::kDestroyed) return file_.wipe_leftovers();
  if (state == KeyState::kNeverMade) {
    if (made() >= kMaxKeys) {
      return Error{ErrorCode::kUnavailable, fmt::format("The key file {} is full.", path_.string()), {}};
    }
    if (Status status = file_.append({&tombstone, 1}); !status) return status;
    remember({&tombstone, 1});
    return {};
  }
  // Only this thread changes the records, so the copy needs no lock.
  const size_t place = places_.at(name);
  {
    std::vector<KeyRecord> records = records_;
    records[place] = tombstone;
    if (Status status = file_.replace(records); !status) return status;
  }
  {
    const std::scoped_lock lock(mutex_);
    records_[place] = tombstone;
    ++destroyed_;
  }
  return file_.wipe_leftovers();
}

Status KeyStore::reload() {
  const Result<bool> changed = file_.has_changed();
  if (!changed) return changed.error();
  return *changed ? load() : Status();
}

}  // namespace civiclog
