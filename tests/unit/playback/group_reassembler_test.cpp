#include "pixelpass/playback/group_reassembler.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::playback {
namespace {

constexpr Duration kPlayoutLatency = 200ms;

/// A frame that says which one it is.
Frame frame(std::uint64_t group, std::size_t index, std::size_t padding = 0) {
  Bytes bytes{static_cast<std::uint8_t>(group), static_cast<std::uint8_t>(index)};
  bytes.resize(bytes.size() + padding);
  Frame made;
  made.bytes = SharedBytes::adopt(std::move(bytes));
  made.keyframe = index == 0;
  return made;
}

class GroupReassemblerTest : public testing::Test {
 protected:
  void send(std::uint64_t group, std::size_t index, std::size_t padding = 0) {
    reader_.on_frame(group, index, frame(group, index, padding), now_);
  }
  void end(std::uint64_t group, bool complete = true) { reader_.on_group_ended(group, complete, now_); }
  void pass(Duration time) {
    now_ += time;
    reader_.on_timeout(now_);
  }
  /// All frames that are ready, as "group.index", with "!" in front where something is missing.
  std::string out() {
    std::string text;
    while (auto got = reader_.poll_frame()) {
      const auto bytes = got->bytes.view();
      text += (text.empty() ? "" : " ") + std::string(got->after_gap ? "!" : "") +
              std::to_string(static_cast<int>(bytes[0])) + "." + std::to_string(static_cast<int>(bytes[1]));
    }
    return text;
  }
  std::vector<std::uint64_t> abandoned() {
    std::vector<std::uint64_t> groups;
    while (auto group = reader_.poll_abandoned()) groups.push_back(*group);
    return groups;
  }

  Instant now_{};
  GroupReassembler reader_{kPlayoutLatency, {.groups = 4, .bytes = 1000}};
};

using Groups = std::vector<std::uint64_t>;

TEST_F(GroupReassemblerTest, GivesEachFrameOfTheFirstGroupAsItComes) {
  send(7, 0);
  EXPECT_EQ(out(), "7.0");
  send(7, 1);
  EXPECT_EQ(out(), "7.1");
  EXPECT_EQ(reader_.next_timeout(), std::nullopt);
}

TEST_F(GroupReassemblerTest, BeginsAtAKeyframeOnly) {
  send(7, 3);
  EXPECT_EQ(out(), "");
  send(8, 0);
  EXPECT_EQ(out(), "8.0");
}

TEST_F(GroupReassemblerTest, GoesOnToTheNextGroupWithoutAGap) {
  send(7, 0);
  end(7);
  send(8, 0);
  EXPECT_EQ(out(), "7.0 8.0");
  EXPECT_EQ(reader_.skipped_groups(), 0u);
}

TEST_F(GroupReassemblerTest, HoldsANewerGroupBackUntilTheOlderOneIsWhole) {
  send(7, 0);
  send(8, 0);
  send(8, 1);
  EXPECT_EQ(out(), "7.0");
  send(7, 1);
  EXPECT_EQ(out(), "7.1");
  end(7);
  EXPECT_EQ(out(), "8.0 8.1");
}

TEST_F(GroupReassemblerTest, LeavesALateGroupWhenItsTimeIsUp) {
  send(7, 0);
  send(8, 0);
  EXPECT_EQ(reader_.next_timeout(), now_ + kPlayoutLatency);
  pass(kPlayoutLatency - 1ms);
  EXPECT_EQ(out(), "7.0");
  pass(1ms);
  EXPECT_EQ(out(), "!8.0");
  EXPECT_EQ(abandoned(), Groups{7});
  EXPECT_EQ(reader_.skipped_groups(), 1u);
  EXPECT_EQ(reader_.next_timeout(), std::nullopt);
}

TEST_F(GroupReassemblerTest, CountsLatenessFromTheFirstOfTheNewerGroups) {
  send(7, 0);
  send(8, 0);
  now_ += 150ms;
  send(9, 0);
  EXPECT_EQ(reader_.next_timeout(), now_ + 50ms);
  pass(50ms);
  EXPECT_EQ(out(), "7.0 !9.0");
}

TEST_F(GroupReassemblerTest, GivesTheLateGroupsFramesThatCameInTimeFirst) {
  send(7, 0);
  send(8, 0);
  now_ += 199ms;
  send(7, 1);
  pass(1ms);
  EXPECT_EQ(out(), "7.0 7.1 !8.0");
}

TEST_F(GroupReassemblerTest, MarksOnlyTheFirstFrameAfterAGap) {
  send(7, 0);
  send(8, 0);
  send(8, 1);
  pass(kPlayoutLatency);
  EXPECT_EQ(out(), "7.0 !8.0 8.1");
}

TEST_F(GroupReassemblerTest, LeavesAGroupThatWasCutOffAsSoonAsANewerOneIsThere) {
  send(7, 0);
  end(7, false);
  EXPECT_EQ(out(), "7.0");
  send(8, 0);
  EXPECT_EQ(out(), "!8.0");
  EXPECT_EQ(abandoned(), Groups{});
}

TEST_F(GroupReassemblerTest, LeavesAtOnceWhenTheGroupIsCutOffWithANewerOneThere) {
  send(7, 0);
  send(8, 0);
  end(7, false);
  EXPECT_EQ(out(), "7.0 !8.0");
}

TEST_F(GroupReassemblerTest, LeavesAGroupThatWasCutOffBeforeItsFirstFrame) {
  send(7, 0);
  end(7);
  end(8, false);
  send(9, 0);
  EXPECT_EQ(out(), "7.0 !9.0");
  EXPECT_EQ(reader_.skipped_groups(), 1u);
}

TEST_F(GroupReassemblerTest, DoesNotTakeAGroupWithAMissingFrameForWhole) {
  send(7, 0);
  send(7, 2);
  end(7);
  EXPECT_EQ(out(), "7.0");
  send(8, 0);
  EXPECT_EQ(out(), "!8.0");
}

TEST_F(GroupReassemblerTest, WaitsForAGroupOfWhichNothingHasCome) {
  send(7, 0);
  end(7);
  send(9, 0);
  EXPECT_EQ(out(), "7.0");
  send(8, 0);
  end(8);
  EXPECT_EQ(out(), "8.0 9.0");
}

TEST_F(GroupReassemblerTest, GivesUpOnAGroupThatNeverComes) {
  send(7, 0);
  end(7);
  send(9, 0);
  pass(kPlayoutLatency);
  EXPECT_EQ(out(), "7.0 !9.0");
  EXPECT_EQ(abandoned(), Groups{});
  EXPECT_EQ(reader_.skipped_groups(), 1u);
}

TEST_F(GroupReassemblerTest, GoesToTheNewestGroupAndAbandonsAllBefore) {
  send(7, 0);
  send(8, 0);
  send(9, 0);
  end(9);
  send(10, 0);
  pass(kPlayoutLatency);
  EXPECT_EQ(out(), "7.0 !10.0");
  EXPECT_EQ(abandoned(), (Groups{7, 8})) << "9 has ended: there is nothing to stop";
  EXPECT_EQ(reader_.skipped_groups(), 3u);
}

TEST_F(GroupReassemblerTest, IgnoresWhatComesOfAGroupThatWasLeft) {
  send(7, 0);
  send(8, 0);
  pass(kPlayoutLatency);
  out();
  abandoned();
  send(7, 1);
  end(7);
  EXPECT_EQ(out(), "");
  EXPECT_EQ(abandoned(), Groups{});
}

TEST_F(GroupReassemblerTest, AbandonsAnOldGroupThatIsSentAnew) {
  send(7, 0);
  send(5, 0);
  send(5, 1);
  EXPECT_EQ(out(), "7.0");
  EXPECT_EQ(abandoned(), Groups{5});
  send(5, 0);
  EXPECT_EQ(abandoned(), Groups{5}) << "another connection, which does not know";
}

TEST_F(GroupReassemblerTest, ContinuesAGroupThatComesAgainFromItsStart) {
  send(7, 0);
  send(7, 1);
  end(7, false);
  send(7, 0);
  send(7, 1);
  send(7, 2);
  end(7);
  send(8, 0);
  EXPECT_EQ(out(), "7.0 7.1 7.2 8.0");
  EXPECT_EQ(reader_.skipped_groups(), 0u);
}

TEST_F(GroupReassemblerTest, ContinuesAGroupThatResumesWhereItStopped) {
  send(7, 0);
  end(7, false);
  send(7, 1);
  EXPECT_EQ(out(), "7.0 7.1");
}

TEST_F(GroupReassemblerTest, WaitsAgainForAGroupThatComesAgain) {
  send(7, 0);
  end(7, false);
  send(7, 1);
  send(8, 0);
  EXPECT_EQ(out(), "7.0 7.1") << "it was cut off, but is under way again";
  send(7, 2);
  end(7);
  EXPECT_EQ(out(), "7.2 8.0");
}

TEST_F(GroupReassemblerTest, ContinuesAWaitingGroupThatComesAgain) {
  send(7, 0);
  send(8, 0);
  end(8, false);
  send(8, 0);
  send(8, 1);
  end(7);
  EXPECT_EQ(out(), "7.0 8.0 8.1");
}

TEST_F(GroupReassemblerTest, DropsAWholeGroupThatIsSentAgain) {
  send(7, 0);
  end(7);
  send(7, 0);
  send(8, 0);
  EXPECT_EQ(out(), "7.0 8.0");
  EXPECT_EQ(abandoned(), Groups{7});
}

TEST_F(GroupReassemblerTest, IgnoresMoreFramesThanACompleteGroupHas) {
  send(7, 0);
  send(8, 0);
  end(8);
  send(8, 1);
  end(7);
  EXPECT_EQ(out(), "7.0 8.0");
}

TEST_F(GroupReassemblerTest, GoesToTheNewestGroupWhenTooManyWait) {
  send(7, 0);
  for (std::uint64_t group = 8; group <= 10; ++group) send(group, 0);
  EXPECT_EQ(out(), "7.0");
  send(11, 0);
  EXPECT_EQ(out(), "!11.0");
  EXPECT_EQ(abandoned(), (Groups{7, 8, 9, 10}));
}

TEST_F(GroupReassemblerTest, GoesToTheNewestGroupWhenTooManyBytesWait) {
  send(7, 0, 5000);
  send(8, 0, 900);
  EXPECT_EQ(out(), "7.0") << "what has been given does not wait";
  send(8, 1, 200);
  EXPECT_EQ(out(), "!8.0 8.1");
}

TEST_F(GroupReassemblerTest, GoesToTheNewestGroupWhenTooManyFramesOfNextToNothingWait) {
  reader_ = GroupReassembler(kPlayoutLatency, {.frames = 20});
  send(1, 0);
  for (std::size_t i = 0; i < 20; ++i) send(2, i);
  EXPECT_EQ(out(), "1.0");
  send(3, 0);
  EXPECT_EQ(out(), "!3.0");
}

TEST_F(GroupReassemblerTest, KeepsAMarkThatTheSenderSet) {
  Frame marked = frame(7, 0);
  marked.after_gap = true;
  reader_.on_frame(7, 0, marked, now_);
  EXPECT_EQ(out(), "!7.0");
}

TEST_F(GroupReassemblerTest, SurvivesTheHighestGroupNumbers) {
  constexpr auto kLast = ~std::uint64_t{0};
  send(kLast, 0);
  EXPECT_EQ(out(), "");
  send(kLast - 1, 0);
  end(kLast - 1);
  EXPECT_NE(out(), "");
  send(0, 0);
  EXPECT_EQ(out(), "");
}

}  // namespace
}  // namespace pixelpass::playback
