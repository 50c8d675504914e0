#include "pixelpass/broadcast/broadcast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass {
namespace {

using testing::ElementsAre;

Frame frame(bool keyframe, std::size_t bytes = 188, Instant captured_at = {}) {
  return {.bytes = SharedBytes::adopt(Bytes(bytes)), .captured_at = captured_at, .keyframe = keyframe};
}

/// A keyframe and what follows it, `frames` in all.
void push_group(Broadcast& broadcast, std::size_t frames, std::size_t bytes = 188) {
  for (std::size_t i = 0; i < frames; ++i) broadcast.push(frame(i == 0, bytes));
}

struct Place {
  std::uint64_t group;
  std::size_t index;
  bool skipped = false;
  friend bool operator==(const Place&, const Place&) = default;
};

std::vector<Place> read_all(const Broadcast& broadcast, Cursor& cursor) {
  std::vector<Place> places;
  while (const auto item = broadcast.next(cursor))
    places.push_back({item->group, item->index, item->skipped});
  return places;
}

TEST(Broadcast, IsEmptyUntilAKeyframeComes) {
  Broadcast broadcast;
  broadcast.push(frame(false));
  broadcast.push(frame(false));
  EXPECT_TRUE(broadcast.empty());
  EXPECT_EQ(broadcast.counters().frames_before_keyframe, 2U);
  EXPECT_EQ(broadcast.counters().frames, 0U);
  EXPECT_EQ(broadcast.bytes_kept(), 0U);
  broadcast.push(frame(true));
  EXPECT_FALSE(broadcast.empty());
  EXPECT_EQ(broadcast.newest_group(), 0U);
}

TEST(Broadcast, CountsFramesBytesAndGroups) {
  Broadcast broadcast;
  push_group(broadcast, 3, 100);
  push_group(broadcast, 2, 10);
  const auto& counters = broadcast.counters();
  EXPECT_EQ(counters.frames, 5U);
  EXPECT_EQ(counters.bytes, 320U);
  EXPECT_EQ(counters.groups, 2U);
  EXPECT_EQ(counters.evicted_groups, 0U);
  EXPECT_EQ(broadcast.bytes_kept(), 320U);
}

TEST(Broadcast, CountsAGroupsBytesWithThoseThatAreGone) {
  Broadcast broadcast({.bytes = 250, .groups = 2});
  push_group(broadcast, 2, 10);
  push_group(broadcast, 5, 100);
  EXPECT_TRUE(broadcast.is_gone(1, 2));
  EXPECT_EQ(broadcast.bytes_of(1), 500U);
  EXPECT_EQ(broadcast.bytes_of(0), 0U) << "it is not kept";
  EXPECT_EQ(broadcast.bytes_of(2), 0U) << "it has not come";
}

TEST(Broadcast, HandsOutTheVeryFrameThatWasPushed) {
  Broadcast broadcast;
  const auto pushed = std::make_shared<const Frame>(frame(true));
  broadcast.push(pushed);
  Cursor first = broadcast.join();
  Cursor second = broadcast.join();
  EXPECT_EQ(broadcast.next(first)->frame, pushed);
  EXPECT_EQ(broadcast.next(second)->frame, pushed);
  ASSERT_NE(broadcast.at(0, 0), nullptr);
  EXPECT_EQ(*broadcast.at(0, 0), pushed);
}

TEST(Broadcast, EvictsTheOldestGroupsPastTheByteLimit) {
  Broadcast broadcast({.bytes = 1000, .groups = 100});
  push_group(broadcast, 4, 100);
  push_group(broadcast, 4, 100);
  EXPECT_FALSE(broadcast.is_evicted(0));
  push_group(broadcast, 3, 100);
  EXPECT_TRUE(broadcast.is_evicted(0));
  EXPECT_FALSE(broadcast.is_evicted(1));
  EXPECT_EQ(broadcast.bytes_kept(), 700U);
  EXPECT_EQ(broadcast.counters().evicted_groups, 1U);
}

TEST(Broadcast, EvictsTheOldestGroupsPastTheGroupLimit) {
  Broadcast broadcast({.groups = 2});
  for (int i = 0; i < 5; ++i) push_group(broadcast, 2);
  EXPECT_TRUE(broadcast.is_evicted(2));
  EXPECT_FALSE(broadcast.is_evicted(3));
  EXPECT_EQ(broadcast.newest_group(), 4U);
  EXPECT_EQ(broadcast.counters().evicted_groups, 3U);
}

TEST(Broadcast, EndlessGroupStaysWithinTheLimit) {
  Broadcast broadcast({.bytes = 1000, .groups = 8});
  push_group(broadcast, 50, 100);
  EXPECT_EQ(broadcast.bytes_kept(), 1000U);
  EXPECT_EQ(broadcast.counters().trimmed_frames, 40U);
  EXPECT_TRUE(broadcast.is_gone(0, 39));
  EXPECT_FALSE(broadcast.is_gone(0, 40));
  EXPECT_EQ(broadcast.at(0, 39), nullptr);
  EXPECT_NE(broadcast.at(0, 49), nullptr);
  push_group(broadcast, 1, 1000);
  EXPECT_EQ(broadcast.bytes_kept(), 1000U);
  EXPECT_EQ(broadcast.counters().trimmed_frames, 40U) << "a group that goes as a whole is not trimmed";
}

TEST(Broadcast, ReaderThatKeepsUpWithAnEndlessGroupLosesNothing) {
  Broadcast broadcast({.bytes = 1000});
  Cursor cursor = broadcast.join();
  for (std::size_t i = 0; i < 100; ++i) {
    broadcast.push(frame(i == 0, 100));
    EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{0, i}));
  }
  EXPECT_EQ(cursor.skipped_groups, 0U);
}

TEST(Broadcast, FramesOfNextToNothingAreBoundedToo) {
  Broadcast broadcast({.groups = 8, .frames = 10});
  push_group(broadcast, 8, 1);
  push_group(broadcast, 5, 1);
  EXPECT_EQ(broadcast.frames_kept(), 5U) << "a whole group goes";
  for (int i = 0; i < 50; ++i) broadcast.push(frame(false, 1));
  EXPECT_EQ(broadcast.frames_kept(), 10U);
  broadcast.clear();
  EXPECT_EQ(broadcast.frames_kept(), 0U);
}

TEST(Broadcast, JoinerOfAGroupWithoutItsStartWaitsForTheNextKeyframe) {
  Broadcast broadcast({.bytes = 1000});
  push_group(broadcast, 10, 100);
  EXPECT_EQ(broadcast.join().group, 0U);
  broadcast.push(frame(false, 100));
  EXPECT_EQ(broadcast.join().group, 1U);
  Cursor cursor = broadcast.join();
  broadcast.push(frame(false, 100));
  EXPECT_FALSE(broadcast.next(cursor));
  push_group(broadcast, 1, 100);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0}));
}

TEST(Broadcast, ReaderTooSlowForAnEndlessGroupGoesOnAtTheNextKeyframeAndIsTold) {
  Broadcast broadcast({.bytes = 1000});
  Cursor cursor = broadcast.join();
  push_group(broadcast, 5, 100);
  ASSERT_TRUE(broadcast.next(cursor));
  for (int i = 0; i < 20; ++i) broadcast.push(frame(false, 100));
  EXPECT_FALSE(broadcast.next(cursor));
  EXPECT_FALSE(broadcast.next(cursor));
  push_group(broadcast, 2, 100);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0, true}, Place{1, 1}));
  EXPECT_EQ(cursor.skipped_groups, 1U);
}

TEST(Broadcast, TrimmedGroupIsReadToItsEndByWhoIsWithinIt) {
  Broadcast broadcast({.bytes = 1000, .groups = 1});
  Cursor cursor = broadcast.join();
  push_group(broadcast, 15, 100);
  cursor.frame = 14;
  push_group(broadcast, 1, 100);  // the trimmed group goes
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0, true}));
  cursor = {.group = 0, .frame = 15};
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0})) << "had been read to its end";
}

TEST(Broadcast, LimitOfNothingStillKeepsTheNewestFrame) {
  Broadcast broadcast({.bytes = 0, .groups = 0});
  push_group(broadcast, 3);
  EXPECT_EQ(broadcast.newest_group(), 0U);
  EXPECT_NE(broadcast.at(0, 2), nullptr);
}

TEST(Broadcast, JoinerBeginsAtTheNewestKeyframe) {
  Broadcast broadcast;
  push_group(broadcast, 3);
  push_group(broadcast, 2);
  Cursor cursor = broadcast.join();
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0}, Place{1, 1}));
  EXPECT_EQ(cursor.skipped_groups, 0U);
}

TEST(Broadcast, JoinerOfAnEmptyOneGetsTheFirstGroupToCome) {
  Broadcast broadcast;
  Cursor cursor = broadcast.join();
  EXPECT_FALSE(broadcast.next(cursor));
  push_group(broadcast, 2);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{0, 0}, Place{0, 1}));
}

TEST(Broadcast, ReaderThatKeepsUpLosesNothing) {
  Broadcast broadcast({.groups = 2});
  Cursor cursor = broadcast.join();
  for (int i = 0; i < 100; ++i) {
    broadcast.push(frame(i % 7 == 0));
    const auto item = broadcast.next(cursor);
    ASSERT_TRUE(item);
    EXPECT_FALSE(item->skipped);
    EXPECT_FALSE(broadcast.next(cursor));
  }
  EXPECT_EQ(cursor.skipped_groups, 0U);
}

TEST(Broadcast, ReaderGoesOnFromOneKeptGroupToTheNext) {
  Broadcast broadcast;
  Cursor cursor = broadcast.join();
  push_group(broadcast, 2);
  push_group(broadcast, 1);
  push_group(broadcast, 1);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{0, 0}, Place{0, 1}, Place{1, 0}, Place{2, 0}));
}

TEST(Broadcast, ReaderWhoseGroupWasEvictedResumesAtTheNewest) {
  Broadcast broadcast({.groups = 3});
  Cursor cursor = broadcast.join();
  push_group(broadcast, 3);
  ASSERT_TRUE(broadcast.next(cursor));
  for (int i = 0; i < 5; ++i) push_group(broadcast, 2);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{5, 0, true}, Place{5, 1}));
  EXPECT_EQ(cursor.skipped_groups, 5U);
}

TEST(Broadcast, SkippedGroupsAddUp) {
  Broadcast broadcast({.groups = 1});
  Cursor cursor = broadcast.join();
  push_group(broadcast, 2);
  broadcast.next(cursor);
  push_group(broadcast, 2);
  EXPECT_TRUE(broadcast.next(cursor)->skipped);
  push_group(broadcast, 2);
  EXPECT_TRUE(broadcast.next(cursor)->skipped);
  EXPECT_EQ(cursor.skipped_groups, 2U);
}

TEST(Broadcast, ReaderThatHadReadAnEvictedGroupToItsEndHasLostNothing) {
  Broadcast broadcast({.groups = 1});
  Cursor cursor = broadcast.join();
  push_group(broadcast, 2);
  EXPECT_EQ(read_all(broadcast, cursor).size(), 2U);
  push_group(broadcast, 2);
  ASSERT_TRUE(broadcast.is_evicted(0));
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0}, Place{1, 1}));
  EXPECT_EQ(cursor.skipped_groups, 0U);
}

TEST(Broadcast, ClearForgetsFramesAndNumbersGoOn) {
  Broadcast broadcast;
  push_group(broadcast, 3);
  push_group(broadcast, 3);
  broadcast.clear();
  EXPECT_TRUE(broadcast.empty());
  EXPECT_EQ(broadcast.bytes_kept(), 0U);
  EXPECT_EQ(broadcast.next_group(), 2U);
  EXPECT_EQ(broadcast.at(1, 0), nullptr);
  EXPECT_EQ(broadcast.counters().evicted_groups, 0U) << "forgetting on purpose is no eviction";
  broadcast.push(frame(false));
  EXPECT_TRUE(broadcast.empty());
  push_group(broadcast, 1);
  EXPECT_EQ(broadcast.newest_group(), 2U);
}

TEST(Broadcast, ReaderThatWasCaughtUpLosesNothingByAClear) {
  Broadcast broadcast;
  Cursor cursor = broadcast.join();
  push_group(broadcast, 3);
  read_all(broadcast, cursor);
  broadcast.clear();
  EXPECT_FALSE(broadcast.next(cursor));
  push_group(broadcast, 1);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0}));
  EXPECT_EQ(cursor.skipped_groups, 0U);
}

TEST(Broadcast, ReaderInTheMiddleOfAGroupIsToldOfAClear) {
  Broadcast broadcast;
  Cursor cursor = broadcast.join();
  push_group(broadcast, 3);
  broadcast.next(cursor);
  broadcast.clear();
  push_group(broadcast, 1);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0, true}));
  EXPECT_EQ(cursor.skipped_groups, 1U);
}

TEST(Broadcast, GroupIsCompleteOnceANewerOneHasBegunOrThePictureWasPaused) {
  Broadcast broadcast({.groups = 2});
  EXPECT_FALSE(broadcast.is_complete(0));
  push_group(broadcast, 2);
  EXPECT_FALSE(broadcast.is_complete(0));
  push_group(broadcast, 2);
  EXPECT_TRUE(broadcast.is_complete(0));
  EXPECT_FALSE(broadcast.is_complete(1));
  push_group(broadcast, 2);
  EXPECT_TRUE(broadcast.is_complete(0)) << "evicted by now";
  broadcast.clear();
  EXPECT_TRUE(broadcast.is_complete(2));
  EXPECT_FALSE(broadcast.is_complete(3));
}

TEST(Broadcast, JoinAfterTakesTheNewestGroupIfItIsNewer) {
  Broadcast broadcast;
  for (int i = 0; i < 4; ++i) push_group(broadcast, 2);
  Cursor cursor = broadcast.join_after(1);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{3, 0}, Place{3, 1}));
}

TEST(Broadcast, JoinAfterTheNewestGroupWaitsForTheNextOne) {
  Broadcast broadcast;
  push_group(broadcast, 2);
  Cursor cursor = broadcast.join_after(0);
  EXPECT_FALSE(broadcast.next(cursor));
  broadcast.push(frame(false));
  EXPECT_FALSE(broadcast.next(cursor));
  push_group(broadcast, 1);
  EXPECT_THAT(read_all(broadcast, cursor), ElementsAre(Place{1, 0}));
}

TEST(Broadcast, JoinAfterOfAGroupThatNeverWasWaitsForTheNextOne) {
  Broadcast broadcast;
  push_group(broadcast, 2);
  EXPECT_EQ(broadcast.join_after(1'000'000).group, 1U);
  EXPECT_EQ(broadcast.join_after(~std::uint64_t{0}).group, 1U);
}

TEST(Broadcast, AtIsNullForWhatIsNotThere) {
  Broadcast broadcast({.groups = 1});
  EXPECT_EQ(broadcast.at(0, 0), nullptr);
  push_group(broadcast, 1);
  push_group(broadcast, 1);
  EXPECT_EQ(broadcast.at(0, 0), nullptr) << "evicted";
  EXPECT_EQ(broadcast.at(1, 1), nullptr) << "frame to come";
  EXPECT_EQ(broadcast.at(2, 0), nullptr) << "group to come";
}

TEST(Broadcast, GroupBeganWhenItsFirstFrameWasCaptured) {
  Broadcast broadcast;
  broadcast.push(frame(true, 188, Instant(5s)));
  broadcast.push(frame(false, 188, Instant(6s)));
  EXPECT_EQ(broadcast.started_at(0), Instant(5s));
}

TEST(Broadcast, FrameLivesOnWithItsReaderAfterEviction) {
  Broadcast broadcast({.groups = 1});
  broadcast.push({.bytes = SharedBytes::adopt({1, 2, 3}), .captured_at = {}, .keyframe = true});
  Cursor cursor = broadcast.join();
  const auto item = broadcast.next(cursor);
  push_group(broadcast, 1);
  EXPECT_THAT(item->frame->bytes.view(), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace pixelpass
