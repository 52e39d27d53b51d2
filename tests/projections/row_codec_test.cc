#include <gtest/gtest.h>

#include "projections/comment_row.h"
#include "projections/topic_row.h"
#include "tests/projections/fixture.h"

namespace civiclog {
namespace {

struct Numbers {
  std::vector<uint8_t> numbers;
  template <typename Self>
  static auto fields(Self& row) { return std::tie(row.numbers); }
};

TopicRow full_topic() {
  TopicRow row;
  row.id = id_of<TopicId>(1);
  row.slug = "bicycle-lanes";
  row.phases = {{{PhaseKind::kVote, {true, false, true}, {1}, {2}}, Moment{{3}, {4}}, {}}, {}};
  row.current_phase = 0;
  row.rules.kinds = {ContributionKind::kPolicy, ContributionKind::kArticle};
  row.box = BoxRow{id_of<BoxId>(2), Secrecy::kOpen, {}, {}, {{5}, {-6}}, Moment{{7}, {8}}};
  row.changed = {9};
  return row;
}

TEST(Row_codec, Gives_back_what_was_written) {
  const TopicRow row = full_topic();
  EXPECT_EQ(decode_row<TopicRow>(encode_row(row)), row);
  EXPECT_EQ(decode_row<TopicRow>(encode_row(TopicRow{})), TopicRow{});
  ThreadRow thread{id_of<TopicId>(3), true, false, 4, 5, {6}};
  EXPECT_EQ(decode_row<ThreadRow>(encode_row(thread)), thread);
}

TEST(Row_codec, Refuses_cut_and_lengthened_rows) {
  const std::string bytes = encode_row(full_topic());
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_row<TopicRow>(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_row<TopicRow>(bytes + '\0'));
}

TEST(Row_codec, Believes_no_count_of_a_damaged_row) {
  EXPECT_FALSE(decode_row<Numbers>(ByteWriter().u32(4'000'000'000).u8(1).bytes()));
}

}  // namespace
}  // namespace civiclog
