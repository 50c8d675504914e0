#include "app/host/keyframe_policy.hpp"

#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

constexpr Instant kPolicyStart{1h};

/// How many keyframes come of these viewers asking all the time.
int asked_by(KeyframePolicy& policy, std::uint32_t viewers, Instant from, Duration during) {
  int made = 0;
  for (auto now = from; now < from + during; now += 50ms) {
    for (std::uint32_t viewer = 1; viewer <= viewers; ++viewer) policy.on_wanted({viewer, {}}, now);
    made += policy.take(now) ? 1 : 0;
  }
  return made;
}

TEST(KeyframePolicy, AsksAtOnceForAPlayersStart) {
  KeyframePolicy policy(2);
  policy.on_wanted({1, {}}, kPolicyStart);
  EXPECT_EQ(policy.next_timeout(), kPolicyStart);
  EXPECT_TRUE(policy.take(kPolicyStart));
  EXPECT_FALSE(policy.take(kPolicyStart));
  EXPECT_FALSE(policy.next_timeout());
}

TEST(KeyframePolicy, AsksForWhoBeginsInAnOldGroupAlone) {
  KeyframePolicy policy(2);
  policy.on_wanted({1, KeyframePolicy::kLongGroup}, kPolicyStart);
  EXPECT_FALSE(policy.take(kPolicyStart));
  policy.on_wanted({1, KeyframePolicy::kLongGroup + 1ms}, kPolicyStart);
  EXPECT_TRUE(policy.take(kPolicyStart));
}

TEST(KeyframePolicy, ServesJoinersAtOnceWithOneAndKeepsTheNextApart) {
  KeyframePolicy policy(8);
  policy.on_wanted({1, {}}, kPolicyStart);
  policy.on_wanted({2, {}}, kPolicyStart);
  EXPECT_TRUE(policy.take(kPolicyStart));
  policy.on_wanted({3, {}}, kPolicyStart + 10ms);
  policy.on_wanted({4, {}}, kPolicyStart + 20ms);
  EXPECT_FALSE(policy.take(kPolicyStart + 20ms));
  EXPECT_EQ(policy.next_timeout(), kPolicyStart + KeyframePolicy::kSpacing);
  EXPECT_TRUE(policy.take(kPolicyStart + KeyframePolicy::kSpacing));
  EXPECT_FALSE(policy.next_timeout());
}

TEST(KeyframePolicy, GivesAViewerABurstAndThenItsShare) {
  KeyframePolicy policy(2);
  const int made = asked_by(policy, 1, kPolicyStart, 60s);
  EXPECT_GE(made, 4 + 29);
  EXPECT_LE(made, 4 + 30);
}

TEST(KeyframePolicy, RationsThemOverAllViewers) {
  for (const std::uint32_t viewers : {2U, 8U, 64U}) {
    KeyframePolicy policy(viewers);
    asked_by(policy, viewers, kPolicyStart, 120s);  // their bursts are used up
    EXPECT_LE(asked_by(policy, viewers, kPolicyStart + 120s, 60s), 61) << viewers << " viewers";
  }
}

TEST(KeyframePolicy, KeepsAQuietViewersShareFromALoudOne) {
  KeyframePolicy policy(2);
  policy.on_wanted({2, {}}, kPolicyStart);
  ASSERT_TRUE(policy.take(kPolicyStart));
  asked_by(policy, 1, kPolicyStart, 20s);
  policy.on_wanted({2, {}}, kPolicyStart + 21s);
  EXPECT_TRUE(policy.take(kPolicyStart + 21s));
}

TEST(KeyframePolicy, CountsNewcomersTogether) {
  KeyframePolicy policy(2);
  int made = 0;
  for (std::uint32_t viewer = 1; viewer <= 100; ++viewer) {
    const auto now = kPolicyStart + viewer * 1ms;
    policy.on_wanted({viewer, {}}, now);
    made += policy.next_timeout() && policy.take(*policy.next_timeout()) ? 1 : 0;
  }
  EXPECT_EQ(made, 6);
}

TEST(KeyframePolicy, RemembersNoMoreThanItsBound) {
  KeyframePolicy policy(2);
  for (std::uint32_t viewer = 1; viewer <= 2 * KeyframePolicy::kRemembered; ++viewer)
    policy.on_wanted({viewer, {}}, kPolicyStart + viewer * 1min), policy.take(kPolicyStart + viewer * 1min);
  EXPECT_EQ(policy.remembered(), KeyframePolicy::kRemembered);
}

TEST(KeyframePolicy, ForgetsWhatWasAskedForWhenTheSourceIsPaused) {
  KeyframePolicy policy(2);
  policy.on_wanted({1, {}}, kPolicyStart);
  policy.on_pause();
  EXPECT_FALSE(policy.take(kPolicyStart));
}

TEST(KeyframePolicy, AnEngineBeginsWithOneAndGetsOneEveryTwoSeconds) {
  KeyframePolicy policy(2);
  policy.on_published(1, kPolicyStart);
  int made = 0;
  for (auto now = kPolicyStart; now < kPolicyStart + 22s; now += 100ms) {
    if (!policy.take(now)) continue;
    policy.on_keyframe(now + 10ms, now + 10ms);
    ++made;
  }
  EXPECT_EQ(made, 10);
}

TEST(KeyframePolicy, WhatComesByItselfIsNotAskedForToo) {
  KeyframePolicy policy(2);
  policy.on_published(1, kPolicyStart);
  EXPECT_TRUE(policy.take(kPolicyStart));
  for (auto now = kPolicyStart; now < kPolicyStart + 20s; now += 50ms) {
    if ((now - kPolicyStart) % 2s == 0s) policy.on_keyframe(now, now);
    EXPECT_FALSE(policy.take(now));
  }
}

TEST(KeyframePolicy, WhatComesByItselfOnASlowMachineIsNotAskedForToo) {
  KeyframePolicy policy(2);
  policy.on_published(1, kPolicyStart);
  EXPECT_TRUE(policy.take(kPolicyStart));
  for (auto now = kPolicyStart; now < kPolicyStart + 20s; now += 50ms) {
    if ((now - kPolicyStart) % 2s == 400ms) policy.on_keyframe(now - 400ms, now);
    EXPECT_FALSE(policy.take(now)) << (now - kPolicyStart).count();
  }
}

TEST(KeyframePolicy, ASlowEncoderIsNotAskedAgainForWhatItIsMaking) {
  KeyframePolicy policy(2);
  policy.on_published(1, kPolicyStart);
  EXPECT_TRUE(policy.take(kPolicyStart));
  EXPECT_FALSE(policy.take(kPolicyStart + 2s));
}

TEST(KeyframePolicy, WithoutEnginesNothingIsAskedFor) {
  KeyframePolicy policy(2);
  policy.on_published(1, kPolicyStart);
  EXPECT_TRUE(policy.take(kPolicyStart));
  policy.on_published(0, kPolicyStart);
  EXPECT_FALSE(policy.next_timeout());
  EXPECT_FALSE(policy.take(kPolicyStart + 1h));
}

}  // namespace
}  // namespace pixelpass::app
