#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Comma-separated values after RFC 4180, read as a stream and strictly, and written so that reading
// gives the same bytes back. One thread per object.
//
// Strict means: what a lenient reader would guess about is an Error that names the file and the physical
// line (lines are counted by line feeds, from 1, also inside quoted fields): a quote inside an unquoted
// field, text after a closing quote, a quoted field that never ends, a carriage return outside quotes
// without its line feed, a NUL byte, invalid UTF-8, a blank line between records, a field or record over its
// limit. Accepted without a word: a UTF-8 byte-order mark, records ended by LF or CRLF, a last record
// without a line end, blank lines at the end of the file.
//
// Memory is bounded by the limits below whatever the input is, and reading stops at the first byte over a limit.

namespace civiclog {

inline constexpr size_t kMaxCsvFieldBytes = size_t{1} << 20;
inline constexpr size_t kMaxCsvRecordBytes = size_t{16} << 20;
inline constexpr size_t kMaxCsvFields = size_t{1} << 17;

// Where bytes come from.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes into `buffer`; 0 at the end and after it. kIo when the operating system refuses.
  virtual Result<size_t> read(char* buffer, size_t size) = 0;
};

// Does not own the bytes: they must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : rest_(bytes) {}
  Result<size_t> read(char* buffer, size_t size) override;

 private:
  std::string_view rest_;
};

// Owns the descriptor of an open regular file.
class FileSource final : public ByteSource {
 public:
  // kInvalidArgument when the path is missing, a directory, anything else than a regular file, or unreadable.
  static Result<FileSource> open(const std::filesystem::path& path);
  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&&) = delete;
  ~FileSource() override;
  Result<size_t> read(char* buffer, size_t size) override;

 private:
  FileSource(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  int descriptor_;
  std::string name_;
};

class CsvReader {
 public:
  // `file` is the name used in messages. The source must outlive the reader.
  CsvReader(ByteSource& source, std::string file);

  // Reads the next record. False at the end. After an Error the reader is not to be used again.
  Result<bool> next();

  // The record last read: at least one field, the text without its quotes. Views are valid until next().
  std::span<const std::string_view> fields() const { return fields_; }
  // Physical line on which that record begins.
  uint64_t line() const { return record_line_; }

  // Whether every line feed read so far followed a carriage return, and there was one. After the end this
  // tells a CRLF file, in which a CRLF inside a quoted field stands for a plain line feed too.
  bool is_crlf() const { return line_feeds_ > 0 && bare_line_feeds_ == 0; }

  // Whether the file ended without a line break behind its last record; known after the end.
  bool is_unterminated() const { return unterminated_; }

  const std::string& file() const { return file_; }
  // "votes.csv line 7: `what`", for the record last read.
  Error error(std::string_view what) const;

 private:
  enum class State { kFieldStart, kUnquoted, kQuoted, kQuoteInQuoted, kCarriageReturn };
  enum class Step { kMore, kRecord };

  Status fill();
  Result<Step> take(char c);
  Result<Step> take_outside(char c);
  Status append(char c);
  Status end_field();
  Step end_record();
  Result<bool> finish_record();
  Result<bool> at_end();
  Error error_at(uint64_t line, std::string_view what) const;
  Error too_long(std::string_view what) const;

  ByteSource& source_;
  std::string file_;
  std::array<char, 65536> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool started_ = false;
  bool ended_ = false;
  bool unterminated_ = false;

  State state_ = State::kFieldStart;
  std::string record_;                     // The fields' bytes, one after the other.
  std::vector<size_t> field_ends_;         // Offsets into record_.
  std::vector<std::string_view> fields_;   // Views into record_, made when the record is complete.
  size_t record_bytes_ = 0;                // As in the file, with quotes and commas.
  bool record_has_quote_ = false;          // A lone "" is a record with an empty field, not a blank line.
  uint64_t line_ = 1;
  uint64_t record_line_ = 1;
  uint64_t quote_line_ = 1;                // Where the quoted field being read began.
  uint64_t blank_line_ = 0;                // The first blank line after the last record; 0 for none.
  uint64_t line_feeds_ = 0;
  uint64_t bare_line_feeds_ = 0;
  bool after_carriage_return_ = false;
};

// Appends records to a string it owns, with line feeds. A text field is put in quotes when it contains a
// comma, a quote, CR or LF, begins or ends with a space or a tab, begins with one of = + - @ or a byte-order
// mark, or is the only field of its record and empty.
//
// The characters of a field are never altered, so that reading gives exactly the bytes back. Quoting alone does
// not disarm a spreadsheet: one that is told to will still run a quoted =formula. Open such files as text.
class CsvWriter {
 public:
  CsvWriter& text(std::string_view field);
  CsvWriter& number(int64_t value);
  CsvWriter& empty() { return text({}); }
  CsvWriter& empty(size_t fields);
  void end_record();

  const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }  // After the bytes went elsewhere; only between records.

 private:
  void begin_field();

  std::string bytes_;
  size_t fields_ = 0;
  bool last_is_empty_ = false;
};

// A field as it may appear inside an error message: at most 40 bytes, control characters as '?', in quotes.
std::string shown(std::string_view field);

}  // namespace civiclog
