#pragma once

#include <rocksdb/file_system.h>

#include "tests/support/faulty_disk.h"

namespace civiclog {

// RocksDB's way to a FaultyDisk, which makes it: FaultyDisk::env(). Memory-mapped files are not supported.
class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(FaultyDisk& disk);
  const char* Name() const override { return "FaultyFileSystem"; }

  using IOStatus = rocksdb::IOStatus;
  using IOOptions = rocksdb::IOOptions;
  using Context = rocksdb::IODebugContext;
  IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file, Context* context) override;
  IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file, Context* context) override;
  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, Context* context) override;
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, Context* context) override;
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, Context* context) override;
  IOStatus NewRandomRWFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* file, Context* context) override;
  IOStatus NewDirectory(const std::string& name, const IOOptions& options, std::unique_ptr<rocksdb::FSDirectory>* directory,
                        Context* context) override;
  IOStatus DeleteFile(const std::string& name, const IOOptions& options, Context* context) override;
  IOStatus Truncate(const std::string& name, size_t size, const IOOptions& options, Context* context) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options, Context* context) override;
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options, Context* context) override;
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* bytes, Context* context) override;

 private:
  FaultyDisk& disk_;
};

}  // namespace civiclog
