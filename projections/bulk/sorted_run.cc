#include "projections/bulk/sorted_run.h"

#include <algorithm>

#include <rocksdb/env.h>

#include "base/bytes.h"
#include "projections/rocks_error.h"

namespace civiclog {
namespace {

constexpr size_t kWriteBytes = 1u << 20;
constexpr size_t kReadBytes = 64u << 10;
constexpr uint64_t kMarkEvery = 4u << 10;
constexpr size_t kRowHeader = 8;

Error run_error(const rocksdb::Status& status) { return views_error(status, "sorting rows for a build"); }

// The row at the beginning of `bytes`, and how long it is; nullopt when it is not all there.
std::optional<std::pair<RowView, size_t>> parse(std::string_view bytes) {
  ByteReader in(bytes);
  const uint32_t key_size = in.u32();
  const uint32_t value_size = in.u32();
  const std::string_view key = in.raw(key_size);
  const std::string_view value = in.raw(value_size);
  if (in.failed()) return std::nullopt;
  return std::pair(RowView{key, value}, kRowHeader + key_size + value_size);
}

}  // namespace

SortedRun::SortedRun(rocksdb::Env& env, std::string path) : env_(env), path_(std::move(path)) {}

Result<std::unique_ptr<SortedRun>> SortedRun::write(rocksdb::Env& env, std::string path, const RowBuffer& rows, bool searchable) {
  std::unique_ptr<SortedRun> run(new SortedRun(env, std::move(path)));
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status status = env.NewWritableFile(run->path_, &file, rocksdb::EnvOptions());
  if (!status.ok()) return run_error(status);
  if (searchable) run->filter_.emplace(rows.size());
  std::string bytes;
  for (size_t i = 0; i < rows.size() && status.ok(); ++i) {
    const RowView row = rows[i];
    if (searchable) {
      run->filter_->add(row.key);
      const uint64_t offset = run->size_ + bytes.size();
      if (run->marks_.empty() || offset >= run->marks_.back().offset + kMarkEvery) run->marks_.push_back({std::string(row.key), offset});
    }
    ByteWriter header;
    bytes += header.u32(static_cast<uint32_t>(row.key.size())).u32(static_cast<uint32_t>(row.value.size())).bytes();
    bytes.append(row.key).append(row.value);
    if (bytes.size() < kWriteBytes && i + 1 < rows.size()) continue;
    status = file->Append(bytes);
    run->size_ += bytes.size();
    bytes.clear();
  }
  if (status.ok()) status = file->Close();
  if (status.ok() && searchable) status = env.NewRandomAccessFile(run->path_, &run->file_, rocksdb::EnvOptions());
  if (!status.ok()) return run_error(status);
  return run;
}

SortedRun::~SortedRun() {
  file_.reset();
  env_.DeleteFile(path_).PermitUncheckedError();
}

Result<std::optional<std::string>> SortedRun::find(std::string_view key) const {
  // Equal keys may begin before the mark that has them.
  auto mark = std::ranges::lower_bound(marks_, key, {}, [](const Mark& m) { return std::string_view(m.key); });
  if (mark != marks_.begin()) --mark;
  if (mark == marks_.end()) return std::optional<std::string>();
  std::string scratch;
  uint64_t offset = mark->offset;
  for (size_t wanted = 2 * kMarkEvery; offset < size_;) {
    scratch.resize(wanted);
    rocksdb::Slice read;
    const rocksdb::Status status = file_->Read(offset, wanted, &read, scratch.data());
    if (!status.ok()) return run_error(status);
    std::string_view rest = read.ToStringView();
    size_t done = 0;
    for (auto row = parse(rest); row; row = parse(rest)) {
      if (row->first.key == key) return std::optional(std::string(row->first.value));
      if (row->first.key > key) return std::optional<std::string>();
      rest.remove_prefix(row->second);
      done += row->second;
    }
    if (done == 0 && wanted > size_ - offset) return run_error(rocksdb::Status::Corruption("a run ends in the middle of a row"));
    if (done == 0) wanted *= 2;
    offset += done;
  }
  return std::optional<std::string>();
}

Result<std::unique_ptr<SortedRun::Cursor>> SortedRun::Cursor::open(const SortedRun& run) {
  std::unique_ptr<Cursor> cursor(new Cursor());
  const rocksdb::Status status = run.env_.NewSequentialFile(run.path_, &cursor->file_, rocksdb::EnvOptions());
  if (!status.ok()) return run_error(status);
  if (Status first = cursor->next(); !first) return first.error();
  return cursor;
}

SortedRun::Cursor::Cursor() = default;
SortedRun::Cursor::~Cursor() = default;

// Until `wanted` bytes from at_ on are there, or the file ends.
Status SortedRun::Cursor::fill(size_t wanted) {
  buffer_.erase(0, at_);
  at_ = 0;
  while (buffer_.size() < wanted) {
    const size_t had = buffer_.size();
    buffer_.resize(had + kReadBytes);
    rocksdb::Slice read;
    const rocksdb::Status status = file_->Read(kReadBytes, &read, buffer_.data() + had);
    if (!status.ok()) return run_error(status);
    if (read.data() != buffer_.data() + had) std::copy_n(read.data(), read.size(), buffer_.data() + had);
    buffer_.resize(had + read.size());
    if (read.empty()) break;
  }
  return {};
}

Status SortedRun::Cursor::next() {
  std::string_view rest = std::string_view(buffer_).substr(at_);
  auto row = parse(rest);
  for (size_t wanted = std::max(kReadBytes, rest.size() + 1); !row; wanted = buffer_.size() + 1) {
    if (Status filled = fill(wanted); !filled) return filled;
    row = parse(buffer_);
    if (row || buffer_.size() < wanted) break;
  }
  valid_ = row.has_value();
  if (!valid_) {
    return buffer_.size() == at_ ? Status() : Status(run_error(rocksdb::Status::Corruption("a run ends in the middle of a row")));
  }
  row_ = row->first;
  at_ += row->second;
  return {};
}

}  // namespace civiclog
