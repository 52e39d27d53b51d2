#include "replay-tools/csv.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"

namespace civiclog {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kMaxShownBytes = 40;

std::string reason(int error_number) { return std::generic_category().message(error_number); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool needs_quotes(std::string_view field) {
  if (field.empty()) return false;
  if (field.find_first_of(",\"\r\n") != std::string_view::npos) return true;
  if (std::string_view("=+-@ \t").find(field.front()) != std::string_view::npos) return true;
  return field.back() == ' ' || field.back() == '\t' || field.starts_with(kByteOrderMark);
}

}  // namespace

Result<size_t> MemorySource::read(char* buffer, size_t size) {
  const size_t count = std::min(size, rest_.size());
  std::copy_n(rest_.data(), count, buffer);
  rest_.remove_prefix(count);
  return count;
}

Result<FileSource> FileSource::open(const std::filesystem::path& path) {
  // Non-blocking, so that a pipe in the file's place is refused instead of waited for.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    const int why = errno;
    if (why == ENOENT) {
      return invalid_argument(fmt::format("there is no {} in {}; check the folder", path.filename().string(),
                                          path.parent_path().string()));
    }
    return invalid_argument(fmt::format("{} cannot be read: {}", path.string(), reason(why)));
  }
  FileSource source(descriptor, path.string());
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return io_error(fmt::format("{}: {}", path.string(), reason(errno)));
  if (S_ISDIR(status.st_mode)) return invalid_argument(fmt::format("{} is a directory; expected a CSV file", path.string()));
  if (!S_ISREG(status.st_mode)) {
    return invalid_argument(fmt::format("{} is not a regular file; expected a CSV file", path.string()));
  }
  return source;
}

FileSource::FileSource(FileSource&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

FileSource::~FileSource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<size_t> FileSource::read(char* buffer, size_t size) {
  for (;;) {
    const ssize_t count = ::read(descriptor_, buffer, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return io_error(fmt::format("{} cannot be read: {}", name_, reason(errno)));
  }
}

CsvReader::CsvReader(ByteSource& source, std::string file) : source_(source), file_(std::move(file)) {}

Error CsvReader::error_at(uint64_t line, std::string_view what) const {
  return invalid_argument(fmt::format("{} line {}: {}", file_, line, what));
}

Error CsvReader::error(std::string_view what) const { return error_at(record_line_, what); }

Error CsvReader::too_long(std::string_view what) const {
  if (state_ == State::kQuoted) {
    return error_at(quote_line_, fmt::format("{}; probably the quote that opens here is never closed", what));
  }
  return error_at(line_, what);
}

Status CsvReader::fill() {
  // The first read gathers enough bytes to recognise a byte-order mark.
  const size_t wanted = started_ ? 1 : kByteOrderMark.size();
  begin_ = end_ = 0;
  while (end_ < wanted && !ended_) {
    const auto count = source_.read(buffer_.data() + end_, buffer_.size() - end_);
    if (!count) return count.error();
    end_ += *count;
    ended_ = *count == 0;
  }
  if (!started_ && std::string_view(buffer_.data(), end_).starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
  started_ = true;
  return {};
}

Result<bool> CsvReader::next() {
  record_.clear();
  field_ends_.clear();
  record_bytes_ = 0;
  record_has_quote_ = false;
  record_line_ = line_;
  for (;;) {
    if (begin_ == end_) {
      if (!ended_) {
        if (const auto filled = fill(); !filled) return filled.error();
      }
      if (begin_ == end_ && ended_) return at_end();
      continue;
    }
    const auto step = take(buffer_[begin_++]);
    if (!step) return step.error();
    if (*step == Step::kMore) continue;
    if (field_ends_.size() == 1 && record_.empty() && !record_has_quote_) {
      if (blank_line_ == 0) blank_line_ = record_line_;
      field_ends_.clear();
      record_bytes_ = 0;
      record_line_ = line_;
      continue;
    }
    return finish_record();
  }
}

Result<bool> CsvReader::at_end() {
  switch (state_) {
    case State::kQuoted:
      return error_at(quote_line_, "the quote that opens here is never closed; the file may be cut off");
    case State::kCarriageReturn:
      return error_at(line_, "the file ends in a carriage return without a line feed; it may be cut off");
    case State::kFieldStart:
      if (record_bytes_ == 0) return false;
      break;
    case State::kUnquoted:
    case State::kQuoteInQuoted:
      break;
  }
  unterminated_ = true;
  if (const auto ended = end_field(); !ended) return ended.error();
  end_record();
  return finish_record();
}

Result<bool> CsvReader::finish_record() {
  if (blank_line_ != 0) return error_at(blank_line_, "a blank line stands between two records; remove it");
  fields_.clear();
  size_t begin = 0;
  for (const size_t end : field_ends_) {
    const std::string_view field = std::string_view(record_).substr(begin, end - begin);
    if (!is_ascii(field) && !is_valid_utf8(field)) {
      return error(fmt::format("field {} is not valid UTF-8; save the file as UTF-8", fields_.size() + 1));
    }
    fields_.push_back(field);
    begin = end;
  }
  return true;
}

Result<CsvReader::Step> CsvReader::take(char c) {
  if (c == '\0') return error_at(line_, "a NUL byte; the file is damaged or not UTF-8 text");
  if (++record_bytes_ > kMaxCsvRecordBytes) {
    return too_long(fmt::format("a record is longer than {} bytes", kMaxCsvRecordBytes));
  }
  const bool after_carriage_return = std::exchange(after_carriage_return_, c == '\r');
  if (c == '\n') {
    ++line_;
    ++line_feeds_;
    if (!after_carriage_return) ++bare_line_feeds_;
  }
  if (state_ == State::kQuoted) {
    if (c == '"') {
      state_ = State::kQuoteInQuoted;
    } else if (const auto added = append(c); !added) {
      return added.error();
    }
    return Step::kMore;
  }
  if (state_ == State::kQuoteInQuoted && c == '"') {
    state_ = State::kQuoted;
    if (const auto added = append(c); !added) return added.error();
    return Step::kMore;
  }
  return take_outside(c);
}

Result<CsvReader::Step> CsvReader::take_outside(char c) {
  if (state_ == State::kCarriageReturn && c != '\n') {
    return error_at(line_, "a carriage return outside quotes without a line feed; end lines with LF or CRLF");
  }
  switch (c) {
    case ',':
    case '\n':
      if (const auto ended = end_field(); !ended) return ended.error();
      state_ = State::kFieldStart;
      return c == '\n' ? end_record() : Step::kMore;
    case '\r':
      state_ = State::kCarriageReturn;
      return Step::kMore;
    case '"':
      if (state_ != State::kFieldStart) {
        return error_at(line_, "a quote inside an unquoted field; put the field in quotes and double the quote");
      }
      state_ = State::kQuoted;
      quote_line_ = line_;
      record_has_quote_ = true;
      return Step::kMore;
    default:
      if (state_ == State::kQuoteInQuoted) {
        return error_at(line_, "text after a closing quote; a quote inside a quoted field must be doubled");
      }
      state_ = State::kUnquoted;
      if (const auto added = append(c); !added) return added.error();
      return Step::kMore;
  }
}

Status CsvReader::append(char c) {
  const size_t field_begin = field_ends_.empty() ? 0 : field_ends_.back();
  if (record_.size() - field_begin >= kMaxCsvFieldBytes) {
    return too_long(fmt::format("a field is longer than {} bytes", kMaxCsvFieldBytes));
  }
  record_.push_back(c);
  return {};
}

Status CsvReader::end_field() {
  if (field_ends_.size() >= kMaxCsvFields) return error(fmt::format("more than {} fields in a record", kMaxCsvFields));
  field_ends_.push_back(record_.size());
  return {};
}

CsvReader::Step CsvReader::end_record() {
  state_ = State::kFieldStart;
  return Step::kRecord;
}

void CsvWriter::begin_field() {
  if (fields_++ > 0) bytes_.push_back(',');
  last_is_empty_ = false;
}

CsvWriter& CsvWriter::text(std::string_view field) {
  begin_field();
  last_is_empty_ = field.empty();
  if (!needs_quotes(field)) {
    bytes_.append(field);
    return *this;
  }
  bytes_.push_back('"');
  for (const char c : field) {
    if (c == '"') bytes_.push_back('"');
    bytes_.push_back(c);
  }
  bytes_.push_back('"');
  return *this;
}

CsvWriter& CsvWriter::number(int64_t value) {
  begin_field();
  const fmt::format_int digits(value);
  bytes_.append(digits.data(), digits.size());
  return *this;
}

CsvWriter& CsvWriter::empty(size_t fields) {
  if (fields == 0) return *this;
  empty();
  bytes_.append(fields - 1, ',');
  fields_ += fields - 1;
  return *this;
}

void CsvWriter::end_record() {
  CHECK(fields_ > 0);
  if (fields_ == 1 && last_is_empty_) bytes_.append("\"\"");
  bytes_.push_back('\n');
  fields_ = 0;
}

std::string shown(std::string_view field) {
  std::string out = "'";
  size_t length = std::min(field.size(), kMaxShownBytes);
  // Never cut inside a character.
  while (length < field.size() && length > 0 && (static_cast<unsigned char>(field[length]) & 0xc0) == 0x80) --length;
  for (const char c : field.substr(0, length)) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
  out += length < field.size() ? "…'" : "'";
  return out;
}

}  // namespace civiclog
