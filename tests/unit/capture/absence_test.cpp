#include "capture/portal/absence.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

using Step = Absence::Step;

constexpr Instant kLost{std::chrono::hours(1)};

TEST(Absence, IsToldOfAfterAMomentAndEndsAfterHalfAMinute) {
  Absence absence;
  absence.begin(kLost);
  EXPECT_EQ(absence.poll(kLost + 1999ms), Step::kNone);
  EXPECT_EQ(absence.poll(kLost + 2s), Step::kTell);
  EXPECT_EQ(absence.poll(kLost + 29s), Step::kNone);
  EXPECT_EQ(absence.poll(kLost + 30s), Step::kGiveUp);
  EXPECT_EQ(absence.poll(kLost + 60s), Step::kNone);
}

TEST(Absence, AnotherLossInItIsTheSameOne) {
  Absence absence;
  absence.begin(kLost);
  absence.begin(kLost + 20s);
  EXPECT_EQ(absence.poll(kLost + 30s), Step::kGiveUp);
}

TEST(Absence, AScreenThatIsBackInAMomentIsNotSpokenOf) {
  Absence absence;
  absence.begin(kLost);
  absence.end();
  EXPECT_EQ(absence.poll(kLost + 1h), Step::kNone);
  absence.begin(kLost + 1h);
  EXPECT_EQ(absence.poll(kLost + 1h + 1s), Step::kNone);
  EXPECT_EQ(absence.poll(kLost + 1h + 2s), Step::kTell);
}

TEST(Absence, AWindowThatIsBeingResizedIsNotSpokenOfForAWhile) {
  Absence absence;
  absence.begin(kLost);
  for (auto at = 0ms; at < Absence::kToldAtLast; at += 150ms) {
    absence.on_reshaped(kLost + at);
    EXPECT_EQ(absence.poll(kLost + at), Step::kNone) << at.count();
  }
  EXPECT_EQ(absence.poll(kLost + Absence::kToldAtLast), Step::kTell);
}

TEST(Absence, AWindowThatDoesNotComeBackFromAResizeIsToldOf) {
  Absence absence;
  absence.begin(kLost);
  absence.on_reshaped(kLost + 1s);
  EXPECT_EQ(absence.poll(kLost + 2s), Step::kNone);
  EXPECT_EQ(absence.poll(kLost + 3s), Step::kTell);
}

}  // namespace
}  // namespace pixelpass::capture
