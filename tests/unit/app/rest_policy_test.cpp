#include "app/host/rest_policy.hpp"

#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

constexpr Instant kNow{1h};

/// One whose source is there.
class RestPolicyTest : public testing::Test {
 protected:
  RestPolicyTest() {
    ours_.start();
    passed_.start();
  }
  RestPolicy ours_{true};
  RestPolicy passed_{false};
};

TEST_F(RestPolicyTest, WantsAndTellsNothingBeforeTheStartAndAllOfItThen) {
  RestPolicy policy(true);
  policy.set_paused(true);
  EXPECT_FALSE(policy.take_change());
  EXPECT_FALSE(policy.take_news());
  EXPECT_TRUE(policy.is_resting());
  policy.start();
  EXPECT_EQ(policy.take_change(), false);
  EXPECT_EQ(policy.take_news(), "on request");
}

TEST_F(RestPolicyTest, SaysEachThingOnce) {
  EXPECT_EQ(ours_.take_change(), false);
  EXPECT_FALSE(ours_.take_change());
  EXPECT_EQ(ours_.take_news(), "no viewers");
  EXPECT_FALSE(ours_.take_news());
  ours_.on_watched();
  EXPECT_EQ(ours_.take_change(), true);
  EXPECT_EQ(ours_.take_news(), "");
  ours_.on_watched();
  EXPECT_FALSE(ours_.take_change());
  EXPECT_FALSE(ours_.take_news());
}

TEST_F(RestPolicyTest, RestsAWhileAfterTheLastHasGone) {
  ours_.on_watched();
  (void)ours_.take_change();
  ours_.on_unwatched(kNow);
  EXPECT_FALSE(ours_.take_change());
  ASSERT_EQ(ours_.next_timeout(), kNow + RestPolicy::kIdleGrace);
  EXPECT_TRUE(ours_.on_timeout(false));
  EXPECT_EQ(ours_.take_change(), false);
  EXPECT_FALSE(ours_.next_timeout());
}

TEST_F(RestPolicyTest, PlaysOnForWhoIsBackInTimeAlsoUnannounced) {
  ours_.on_watched();
  (void)ours_.take_change();
  ours_.on_unwatched(kNow);
  ours_.on_watched();
  EXPECT_FALSE(ours_.next_timeout());
  ours_.on_unwatched(kNow);
  EXPECT_FALSE(ours_.on_timeout(true));
  EXPECT_FALSE(ours_.take_change());
  EXPECT_FALSE(ours_.next_timeout());
}

TEST_F(RestPolicyTest, PlaysTheCardOfAPauseWhereItIsEncodedHere) {
  ours_.on_watched();
  (void)ours_.take_change();
  EXPECT_TRUE(ours_.set_paused(true));
  EXPECT_FALSE(ours_.set_paused(true)) << "it is so already";
  EXPECT_FALSE(ours_.take_change());
  EXPECT_EQ(ours_.take_news(), "on request");
  EXPECT_FALSE(ours_.is_screen_shown());
}

TEST_F(RestPolicyTest, RestsInAPauseAloneWhereOthersEncode) {
  EXPECT_EQ(passed_.take_change(), true);
  passed_.on_unwatched(kNow);
  EXPECT_FALSE(passed_.next_timeout());
  passed_.set_paused(true);
  EXPECT_EQ(passed_.take_change(), false);
  EXPECT_TRUE(passed_.is_resting());
  passed_.set_paused(false);
  EXPECT_EQ(passed_.take_change(), true);
}

TEST_F(RestPolicyTest, HasAGapAfterARestButNotBeforeTheFirstPicture) {
  (void)ours_.take_change();
  ours_.on_watched();
  (void)ours_.take_change();
  EXPECT_FALSE(ours_.take_gap());
  ours_.on_unwatched(kNow);
  (void)ours_.on_timeout(false);
  (void)ours_.take_change();
  ours_.on_watched();
  (void)ours_.take_change();
  EXPECT_TRUE(ours_.take_gap());
  EXPECT_FALSE(ours_.take_gap()) << "once";
}

TEST_F(RestPolicyTest, NamesThePauseBeforeWhoIsMissingBeforeTheLock) {
  ours_.set_hidden("locked");
  ours_.set_paused(true);
  EXPECT_EQ(ours_.take_news(), "on request");
  ours_.set_paused(false);
  EXPECT_EQ(ours_.take_news(), "no viewers");
  ours_.on_watched();
  EXPECT_EQ(ours_.take_news(), "locked");
  ours_.set_hidden("");
  EXPECT_EQ(ours_.take_news(), "");
  EXPECT_TRUE(ours_.is_screen_shown());
}

TEST_F(RestPolicyTest, TellsAgainThatNothingIsShownOfWhatWasToldAsShared) {
  EXPECT_EQ(ours_.take_news(), "no viewers");
  ours_.on_told_as_shared();
  EXPECT_EQ(ours_.take_news(), "no viewers");
}

}  // namespace
}  // namespace pixelpass::app
