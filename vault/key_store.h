#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "vault/key_file.h"

// 32-byte keys by name, each made once and destroyed at most once. A destroyed key leaves its name behind, so
// that the same key is never silently made anew. All of it is in memory too (about 100 bytes a key).
//
// Threads: find(), made() and destroyed() from any; the others from one thread at a time (the vault's writer lock).

namespace civiclog {

inline constexpr size_t kMaxKeys = 10'000'000;

enum class KeyState { kPresent, kDestroyed, kNeverMade };

struct KeyLookup {
  KeyState state = KeyState::kNeverMade;
  Key key{};  // Zeros unless kPresent.
};

class KeyStore {
 public:
  // Fails if the file exists. Makes the keys of `names`.
  static Status create(const std::filesystem::path& path, LogId log, std::span<const KeyName> names,
                       FileCalls& calls = FileCalls::system());
  // kRead: beside a running writer, see reload(). Errors as KeyFile::read.
  static Result<std::unique_ptr<KeyStore>> open(const std::filesystem::path& path, LogId log, KeyAccess access,
                                                FileCalls& calls = FileCalls::system());

  KeyLookup find(const KeyName& name) const;
  // Records in the file, and how many of them are destroyed keys. Neither ever shrinks.
  uint64_t made() const;
  uint64_t destroyed() const;

  // New random keys, durable on return with one flush. A name that exists, or did, or is repeated: kConflict, and
  // none is made. Too many: kUnavailable.
  Status make(std::span<const KeyName> names);
  // On return the key is in no file and not in memory. Again: does nothing. A name never made is remembered as
  // destroyed, so that it never will be. After a failure call it again.
  Status destroy(const KeyName& name);
  // See KeyFile. From any thread.
  std::string failure() const { return file_.failure(); }
  // Sees what a writer in another process has done. Only with kRead.
  Status reload();

 private:
  struct HashName {
    size_t operator()(const KeyName& name) const { return UuidHash{}(name.id) ^ static_cast<size_t>(name.kind); }
  };

  KeyStore(const std::filesystem::path& path, LogId log, KeyAccess access, FileCalls& calls)
      : path_(path), file_(path, log, access, calls) {}
  Status load();
  void remember(std::span<const KeyRecord> records);

  std::filesystem::path path_;
  KeyFile file_;
  mutable std::mutex mutex_;  // Guards what follows; never held during I/O.
  std::vector<KeyRecord> records_;
  std::unordered_map<KeyName, size_t, HashName> places_;
  uint64_t destroyed_ = 0;
};

}  // namespace civiclog
