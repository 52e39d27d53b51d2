#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "events/event_log.h"
#include "projections/views.h"
#include "vault/vault.h"

namespace civiclog {

// What anybody can be told of a record: every event, every word, every row of the read models.
struct RecordContents {
  std::vector<std::string> events;
  std::map<std::string, std::string> words;
  std::vector<std::pair<std::string, std::string>> rows;

  static RecordContents of(const EventLog& log, const Vault& vault, const Views& views) {
    RecordContents out;
    const auto events = log.read({}, kMaxReadBatch);
    EXPECT_TRUE(events) << events.error().message;
    for (const StoredEvent& event : events ? *events : std::vector<StoredEvent>()) out.events.push_back(event.bytes);
    const Status words = vault.for_each_word([&out](WordId id, const WordLookup& found) -> Status {
      out.words[id.text()] = found.content ? found.content->text : "erased";
      return {};
    });
    EXPECT_TRUE(words) << words.error().message;
    const ViewSnapshot snapshot = views.snapshot();
    for (const auto& record : views.generations()) {
      for (const bool history : {false, true}) {
        EXPECT_TRUE(snapshot.reader(record.projection).value().scan_all(history, "", [&out](auto key, auto value) {
          out.rows.emplace_back(key, value);
          return true;
        }));
      }
    }
    return out;
  }
  // Empty when they are the same; otherwise which part is not.
  std::string difference(const RecordContents& other) const {
    if (events != other.events) return "the events differ";
    if (words != other.words) return "the words differ";
    return rows == other.rows ? "" : "the rows of the read models differ";
  }
};

}  // namespace civiclog
