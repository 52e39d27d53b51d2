#include "tests/support/faulty_file_system.h"

#include <filesystem>

namespace civiclog {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using Verdict = FaultyDisk::Verdict;

IOStatus refusal(Verdict verdict, const std::string& path) {
  if (verdict == Verdict::kNoSpace) return IOStatus::NoSpace("no space left on the device that fails in tests", path);
  return IOStatus::IOError("the disk that fails in tests", path);
}
bool refuses(Verdict verdict) { return verdict != Verdict::kGo && verdict != Verdict::kLie; }

class SequentialFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<rocksdb::FSSequentialFile> file, FaultyDisk& disk, std::string path)
      : FSSequentialFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}
  IOStatus Read(size_t size, const IOOptions& options, Slice* result, char* scratch, IODebugContext* context) override {
    const std::scoped_lock lock(disk_.mutex());
    if (const Verdict verdict = disk_.ask(DiskCall::kRead, path_); refuses(verdict)) return refusal(verdict, path_);
    return target()->Read(size, options, result, scratch, context);
  }

 private:
  FaultyDisk& disk_;
  const std::string path_;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FaultyDisk& disk, std::string path)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}
  IOStatus Read(uint64_t offset, size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* context) const override {
    const std::scoped_lock lock(disk_.mutex());
    if (const Verdict verdict = disk_.ask(DiskCall::kRead, path_); refuses(verdict)) return refusal(verdict, path_);
    return target()->Read(offset, size, options, result, scratch, context);
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options, IODebugContext* context) override {
    for (size_t i = 0; i < count; ++i) {
      requests[i].status = Read(requests[i].offset, requests[i].len, options, &requests[i].result, requests[i].scratch, context);
    }
    return IOStatus::OK();
  }

 private:
  FaultyDisk& disk_;
  const std::string path_;
};

// What is told of the syncs of one file through one opening of it: of each that failed, once, as Linux does.
class OpenFile {
 public:
  OpenFile(FaultyDisk& disk, const std::string& path, UnsyncedChanges::File& state)
      : disk_(disk), path_(path), state_(state), told_(state.failed_syncs) {}
  IOStatus sync() {
    const std::scoped_lock lock(disk_.mutex());
    const Verdict verdict = disk_.ask(DiskCall::kSync, path_);
    disk_.sync(state_, verdict);
    if (refuses(verdict)) ++state_.failed_syncs;
    const bool was_told = told_ == state_.failed_syncs;
    told_ = state_.failed_syncs;
    return was_told ? IOStatus::OK() : refusal(verdict, path_);
  }

 private:
  FaultyDisk& disk_;
  const std::string& path_;
  UnsyncedChanges::File& state_;
  uint64_t told_;
};

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, FaultyDisk& disk, std::string path, UnsyncedChanges::FilePointer state)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)), state_(std::move(state)) {}

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* context) override {
    const std::scoped_lock lock(disk_.mutex());
    const Verdict verdict = disk_.ask(DiskCall::kWrite, path_);
    if (verdict == Verdict::kGo) return append(bytes, options, context);
    if (verdict == Verdict::kFailHalfWay) append(Slice(bytes.data(), bytes.size() / 2), options, context).PermitUncheckedError();
    return refusal(verdict, path_);
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options, const rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(bytes, options, context);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* context) override {
    const std::scoped_lock lock(disk_.mutex());
    if (const Verdict verdict = disk_.ask(DiskCall::kTruncate, path_); refuses(verdict)) return refusal(verdict, path_);
    disk_.changes().truncate(*state_, path_, size);
    return target()->Truncate(size, options, context);
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* context) override {
    const std::scoped_lock lock(disk_.mutex());
    if (const Verdict verdict = disk_.ask(DiskCall::kFlush, path_); refuses(verdict)) return refusal(verdict, path_);
    return target()->Flush(options, context);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return open_.sync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return open_.sync(); }
  // Only a hint without strict_bytes_per_sync: it promises nothing.
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    const std::scoped_lock lock(disk_.mutex());
    const Verdict verdict = disk_.ask(DiskCall::kFlush, path_);
    return refuses(verdict) ? refusal(verdict, path_) : IOStatus::OK();
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    const std::scoped_lock lock(disk_.mutex());
    const Verdict verdict = disk_.ask(DiskCall::kClose, path_);
    const IOStatus closed = target()->Close(options, context);
    return refuses(verdict) ? refusal(verdict, path_) : closed;
  }

 private:
  IOStatus append(const Slice& bytes, const IOOptions& options, IODebugContext* context) {
    state_->size += bytes.size();
    return target()->Append(bytes, options, context);
  }

  FaultyDisk& disk_;
  const std::string path_;
  const UnsyncedChanges::FilePointer state_;
  OpenFile open_{disk_, path_, *state_};
};

class RandomRWFile final : public rocksdb::FSRandomRWFileOwnerWrapper {
 public:
  RandomRWFile(std::unique_ptr<rocksdb::FSRandomRWFile> file, FaultyDisk& disk, std::string path, UnsyncedChanges::FilePointer state)
      : FSRandomRWFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)), state_(std::move(state)) {}
  IOStatus Write(uint64_t offset, const Slice& bytes, const IOOptions& options, IODebugContext* context) override {
    const std::scoped_lock lock(disk_.mutex());
    const Verdict verdict = disk_.ask(DiskCall::kWrite, path_);
    if (verdict == Verdict::kGo) return write(offset, bytes, options, context);
    if (verdict == Verdict::kFailHalfWay) {
      write(offset, Slice(bytes.data(), bytes.size() / 2), options, context).PermitUncheckedError();
    }
    return refusal(verdict, path_);
  }
  IOStatus Read(uint64_t offset, size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* context) const override {
    const std::scoped_lock lock(disk_.mutex());
    if (const Verdict verdict = disk_.ask(DiskCall::kRead, path_); refuses(verdict)) return refusal(verdict, path_);
    return FSRandomRWFileOwnerWrapper::Read(offset, size, options, result, scratch, context);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return open_.sync(); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return open_.sync(); }

 private:
  IOStatus write(uint64_t offset, const Slice& bytes, const IOOptions& options, IODebugContext* context) {
    disk_.changes().write(*state_, path_, offset, bytes.size());
    return FSRandomRWFileOwnerWrapper::Write(offset, bytes, options, context);
  }

  FaultyDisk& disk_;
  const std::string path_;
  const UnsyncedChanges::FilePointer state_;
  OpenFile open_{disk_, path_, *state_};
};

std::filesystem::path tidy(const std::string& path) {
  const std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, FaultyDisk& disk, const std::string& path)
      : FSDirectoryWrapper(directory.get()), owned_(std::move(directory)), disk_(disk), path_(tidy(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const std::scoped_lock lock(disk_.mutex());
    const Verdict verdict = disk_.ask(DiskCall::kSyncDirectory, path_);
    disk_.sync_directory(path_, verdict);
    return refuses(verdict) ? refusal(verdict, path_.string()) : IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* context, const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, context);
  }

 private:
  const std::unique_ptr<rocksdb::FSDirectory> owned_;
  FaultyDisk& disk_;
  const std::filesystem::path path_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem(FaultyDisk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}

IOStatus FaultyFileSystem::NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                             std::unique_ptr<rocksdb::FSSequentialFile>* file, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kOpenToRead, name); refuses(verdict)) return refusal(verdict, name);
  IOStatus status = target()->NewSequentialFile(name, options, file, context);
  if (status.ok()) *file = std::make_unique<SequentialFile>(std::move(*file), disk_, name);
  return status;
}

IOStatus FaultyFileSystem::NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kOpenToRead, name); refuses(verdict)) return refusal(verdict, name);
  IOStatus status = target()->NewRandomAccessFile(name, options, file, context);
  if (status.ok()) *file = std::make_unique<RandomAccessFile>(std::move(*file), disk_, name);
  return status;
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kCreate, name); refuses(verdict)) return refusal(verdict, name);
  const UnsyncedChanges::FilePointer state = disk_.changes().create(tidy(name));
  IOStatus status = target()->NewWritableFile(name, options, file, context);
  if (status.ok()) *file = std::make_unique<WritableFile>(std::move(*file), disk_, name, state);
  return status;
}

IOStatus FaultyFileSystem::ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* file, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kOpenToWrite, name); refuses(verdict)) return refusal(verdict, name);
  const UnsyncedChanges::FilePointer state = disk_.changes().file(tidy(name));
  IOStatus status = target()->ReopenWritableFile(name, options, file, context);
  if (status.ok()) *file = std::make_unique<WritableFile>(std::move(*file), disk_, name, state);
  return status;
}

IOStatus FaultyFileSystem::ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                                             std::unique_ptr<rocksdb::FSWritableFile>*, Context*) {
  return IOStatus::NotSupported("write-ahead logs are not used again on the disk that fails in tests");
}

IOStatus FaultyFileSystem::NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSRandomRWFile>* file, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kOpenToWrite, name); refuses(verdict)) return refusal(verdict, name);
  const UnsyncedChanges::FilePointer state = disk_.changes().file(tidy(name));
  IOStatus status = target()->NewRandomRWFile(name, options, file, context);
  if (status.ok()) *file = std::make_unique<RandomRWFile>(std::move(*file), disk_, name, state);
  return status;
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& name, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* directory, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kOpenToRead, name); refuses(verdict)) return refusal(verdict, name);
  IOStatus status = target()->NewDirectory(name, options, directory, context);
  if (status.ok()) *directory = std::make_unique<Directory>(std::move(*directory), disk_, name);
  return status;
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& name, const IOOptions& options, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kRemove, name); refuses(verdict)) return refusal(verdict, name);
  disk_.changes().remove(tidy(name));
  return target()->DeleteFile(name, options, context);
}

IOStatus FaultyFileSystem::Truncate(const std::string& name, size_t size, const IOOptions& options, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kTruncate, name); refuses(verdict)) return refusal(verdict, name);
  disk_.changes().truncate(*disk_.changes().file(tidy(name)), tidy(name), size);
  return target()->Truncate(name, size, options, context);
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions& options, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kRename, from); refuses(verdict)) return refusal(verdict, from);
  disk_.changes().rename(tidy(from), tidy(to));
  return target()->RenameFile(from, to, options, context);
}

IOStatus FaultyFileSystem::LinkFile(const std::string& from, const std::string& to, const IOOptions& options, Context* context) {
  const std::scoped_lock lock(disk_.mutex());
  if (const Verdict verdict = disk_.ask(DiskCall::kLink, from); refuses(verdict)) return refusal(verdict, from);
  const IOStatus status = target()->LinkFile(from, to, options, context);
  if (status.ok()) disk_.changes().link(tidy(from), tidy(to));
  return status;
}

IOStatus FaultyFileSystem::GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* bytes, Context* context) {
  const std::optional<uint64_t> said = disk_.free_bytes();
  if (!said) return target()->GetFreeSpace(path, options, bytes, context);
  *bytes = *said;
  return IOStatus::OK();
}

}  // namespace civiclog
