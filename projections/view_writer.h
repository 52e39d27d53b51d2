#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/position.h"
#include "base/result.h"
#include "projections/generation.h"
#include "projections/row_codec.h"
#include "projections/row_key.h"

namespace rocksdb {
class WriteBatch;
}

namespace civiclog {

// What one projection reads and writes while it applies events: its own rows and no others.
//
//   put, erase   a row of a table with keys of one length: latest[key], and its past in history[key | ~position]
//   put_index    an entry that is written once and carries its own position, or needs none; it has no past
//
// get() sees what was written before. A row that cannot be read is a fault of this read model alone: report_damage() (row()
// does it) stops its projection at this event, and later calls do nothing. One thread at a time; the projector owns it.
class ViewWriter {
 public:
  virtual ~ViewWriter() = default;
  ViewWriter(const ViewWriter&) = delete;
  ViewWriter& operator=(const ViewWriter&) = delete;

  virtual std::optional<std::string> get(std::string_view key) = 0;
  virtual void put(std::string_view key, std::string value) = 0;
  virtual void erase(std::string_view key) = 0;
  virtual void put_index(std::string_view key, std::string value) = 0;

  void report_damage(Error error) {
    if (!fault_) fault_ = std::move(error);
  }
  template <typename Row>
  std::optional<Row> row(std::string_view key) {
    const std::optional<std::string> bytes = get(key);
    if (!bytes) return std::nullopt;
    std::optional<Row> decoded = decode_row<Row>(*bytes);
    if (!decoded) report_damage(corrupt(fmt::format("The row {} cannot be read; run `civic-replay rebuild`.", to_hex(key))));
    return decoded;
  }
  template <typename Row>
  void put_row(std::string_view key, const Row& row) { put(key, encode_row(row)); }

  // For the projector, around each event. end() says what went wrong with it.
  virtual void begin(Position position) = 0;
  virtual Status end() = 0;

 protected:
  ViewWriter() = default;

  std::optional<Error> fault_;
};

// Everything one step of the projector writes, of all its projections: committed at once by Views::commit().
class ViewBatch {
 public:
  ViewBatch();
  ~ViewBatch();
  ViewBatch(const ViewBatch&) = delete;
  ViewBatch& operator=(const ViewBatch&) = delete;

  size_t bytes() const;
  rocksdb::WriteBatch& rows() { return *rows_; }

 private:
  std::unique_ptr<rocksdb::WriteBatch> rows_;
};

// Writes into a batch, for following the log. end() undoes what was written for an event that faulted.
class BatchWriter final : public ViewWriter {
 public:
  BatchWriter(std::shared_ptr<const Generation> generation, ViewBatch& batch);

  std::optional<std::string> get(std::string_view key) override;
  void put(std::string_view key, std::string value) override;
  void erase(std::string_view key) override;
  void put_index(std::string_view key, std::string value) override;
  void begin(Position position) override;
  Status end() override;

 private:
  void write_latest(std::string_view key, std::optional<std::string> value);

  std::shared_ptr<const Generation> generation_;
  ViewBatch& batch_;
  Position position_;
  std::unordered_map<std::string, std::optional<std::string>, RowKeyHash, std::equal_to<>> written_;
};

}  // namespace civiclog
