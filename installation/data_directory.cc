#include "installation/data_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/crypto.h"
#include "events/rocks_log.h"
#include "projections/views.h"
#include "storage/file_calls.h"
#include "vault/vault.h"

namespace civiclog {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormatFile = "civiclog";
constexpr const char* kFormatFileNew = "civiclog.new";
constexpr size_t kMaxFormatFileSize = 4'096;

Error system_error(const fs::path& path, const char* what) {
  return io_error(fmt::format("{} {}: {}", what, path.string(), std::strerror(errno)));
}

FileCalls& calls_of(const DiskOptions& disk) { return disk.file_calls != nullptr ? *disk.file_calls : FileCalls::system(); }

Status flush_directory(const fs::path& path, FileCalls& calls) {
  const int file = calls.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (file < 0) return system_error(path, "cannot open");
  const Status flushed = calls.sync(file) == 0 ? Status{} : Status(system_error(path, "cannot flush"));
  calls.close(file);
  return flushed;
}

Status write_and_flush(const fs::path& path, std::string_view bytes, FileCalls& calls) {
  const int file = calls.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return system_error(path, "cannot make");
  const ssize_t written = calls.write_at(file, bytes.data(), bytes.size(), 0);
  Status done;
  if (written < 0 || static_cast<size_t>(written) != bytes.size()) done = system_error(path, "cannot write");
  else if (calls.sync(file) != 0) done = system_error(path, "cannot flush");
  calls.close(file);
  return done;
}

Status write_format_file(const fs::path& directory, LogId log, FileCalls& calls) {
  const fs::path fresh = directory / kFormatFileNew;
  const std::string text = fmt::format("civiclog data directory\nformat {}\nlog {}\n", kDataFormat, log.text());
  if (Status written = write_and_flush(fresh, text, calls); !written) return written;
  if (calls.rename(fresh, directory / kFormatFile) != 0) return system_error(fresh, "cannot rename");
  if (Status flushed = flush_directory(directory, calls); !flushed) return flushed;
  // The directory's own name, too, where its parent may be read.
  std::error_code failure;
  const fs::path parent = fs::canonical(directory, failure).parent_path();
  if (failure || ::access(parent.c_str(), R_OK) != 0) return {};
  return flush_directory(parent, calls);
}

// False also where nothing is. What is there and cannot be looked into is an error: it may hold a record.
Result<bool> has_something_in_it(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (error == std::errc::no_such_file_or_directory) {
    if (!fs::is_symlink(directory, error)) return false;
    return incompatible(fmt::format("{} is a link to something that is not there; mount or name what it should lead to", directory.string()));
  }
  if (error) return io_error(fmt::format("cannot look at the directory {}: {}", directory.string(), error.message()));
  if (!fs::is_directory(status)) {
    return incompatible(fmt::format("{} is not a directory; name the directory of an installation", directory.string()));
  }
  const bool empty = fs::is_empty(directory, error);
  if (error) return io_error(fmt::format("cannot read the directory {}: {}", directory.string(), error.message()));
  return !empty;
}

Status make_parts(const fs::path& directory, LogId log, const DiskOptions& disk) {
  RocksLogOptions log_options;
  log_options.env = disk.env;
  Result<std::unique_ptr<RocksLog>> events = RocksLog::create(directory / "log", log, std::move(log_options));
  if (!events) return events.error();
  events->reset();
  Result<std::unique_ptr<Vault>> vault = Vault::create(directory / "vault", log, {disk.env, disk.file_calls});
  if (!vault) return vault.error();
  vault->reset();
  ViewsOptions views_options;
  views_options.env = disk.env;
  return Views::create(directory / "views", log, views_options);
}

}  // namespace

Result<DataDirectory> DataDirectory::create(const fs::path& directory, DiskOptions disk) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return io_error(fmt::format("cannot make the directory {}: {}", directory.string(), error.message()));
  const bool empty = fs::is_empty(directory, error);
  if (error) return io_error(fmt::format("cannot read the directory {}: {}", directory.string(), error.message()));
  if (!empty) {
    return incompatible(fmt::format("{} is not empty; name a directory that is empty or does not exist", directory.string()));
  }
  const LogId log{make_uuid_v4(random_array<16>())};
  if (Status made = make_parts(directory, log, disk); !made) return made.error();
  if (Status written = write_format_file(directory, log, calls_of(disk)); !written) return written.error();
  return DataDirectory(directory, log);
}

Result<DataDirectory> DataDirectory::find(const fs::path& directory) {
  const Result<bool> has_files = has_something_in_it(directory);
  if (!has_files) return has_files.error();
  if (!*has_files) {
    return not_found(fmt::format("there is no data in {}; `civic-replay init --data {}` makes a new installation",
                                 directory.string(), directory.string()));
  }
  std::error_code error;
  std::ifstream file(directory / kFormatFile, std::ios::binary);
  if (!file) {
    const bool ours = fs::exists(directory / "log", error) || fs::exists(directory / kFormatFileNew, error);
    return incompatible(ours ? fmt::format("{} has no file \"{}\": if it was being made when that was interrupted, remove it and "
                                           "make it again; if it was in use, restore that file from a copy",
                                           directory.string(), kFormatFile)
                             : fmt::format("{} is not a Civiclog data directory", directory.string()));
  }
  std::string text(kMaxFormatFileSize, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  std::istringstream lines(text);
  std::string title, word, id;
  int format = 0;
  std::getline(lines, title);
  const Error damaged = corrupt(fmt::format("the file {} in {} is damaged; restore it from a copy of this installation",
                                            kFormatFile, directory.string()));
  if (title != "civiclog data directory" || !(lines >> word >> format) || word != "format" || format < 1) return damaged;
  if (format > kDataFormat) {
    return incompatible(fmt::format("{} has data format {}, this program knows up to {}; use a newer civiclog",
                                    directory.string(), format, kDataFormat));
  }
  if (!(lines >> word >> id) || word != "log") return damaged;
  const std::optional<Uuid> log = parse_uuid(id);
  if (!log) return damaged;
  return DataDirectory(directory, LogId{*log});
}

}  // namespace civiclog
