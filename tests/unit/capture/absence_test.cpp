#include "capture/portal/absence.hpp"

#include "capture/portal/held_up.hpp"
#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

using AbsenceStep = Absence::Step;

constexpr Instant kLost{std::chrono::hours(1)};

TEST(Absence, IsToldOfAfterAMomentAndEndsAfterHalfAMinute) {
  Absence absence;
  absence.begin(kLost);
  EXPECT_EQ(absence.poll(kLost + 1999ms), AbsenceStep::kNone);
  EXPECT_EQ(absence.poll(kLost + 2s), AbsenceStep::kTell);
  EXPECT_EQ(absence.poll(kLost + 29s), AbsenceStep::kNone);
  EXPECT_EQ(absence.poll(kLost + 30s), AbsenceStep::kGiveUp);
  EXPECT_EQ(absence.poll(kLost + 60s), AbsenceStep::kNone);
}

TEST(Absence, AnotherLossInItIsTheSameOne) {
  Absence absence;
  absence.begin(kLost);
  absence.begin(kLost + 20s);
  EXPECT_EQ(absence.poll(kLost + 30s), AbsenceStep::kGiveUp);
}

TEST(Absence, AScreenThatIsBackInAMomentIsNotSpokenOf) {
  Absence absence;
  absence.begin(kLost);
  absence.end();
  EXPECT_EQ(absence.poll(kLost + 1h), AbsenceStep::kNone);
  absence.begin(kLost + 1h);
  EXPECT_EQ(absence.poll(kLost + 1h + 1s), AbsenceStep::kNone);
  EXPECT_EQ(absence.poll(kLost + 1h + 2s), AbsenceStep::kTell);
}

TEST(Absence, OneThatWeWereHeldUpInIsAsLongAsWeCouldLook) {
  Absence absence;
  absence.begin(kLost);
  absence.on_held_up(1min);
  EXPECT_EQ(absence.poll(kLost + 1min + 1999ms), AbsenceStep::kNone);
  EXPECT_EQ(absence.poll(kLost + 1min + 2s), AbsenceStep::kTell);
}

TEST(Absence, AHoldUpBeforeItIsNoPartOfIt) {
  Absence absence;
  absence.on_held_up(1min);
  absence.begin(kLost);
  EXPECT_EQ(absence.poll(kLost + 2s), AbsenceStep::kTell);
}

TEST(Absence, EndsOnAMachineThatHoldsUsUpAllTheTime) {
  Absence absence;
  HeldUp held_up(100ms, 30);
  absence.begin(kLost);
  auto step = AbsenceStep::kNone;
  for (Instant at = kLost; at < kLost + 3min && step != AbsenceStep::kGiveUp; at += 300ms) {
    absence.on_held_up(held_up.on_look(at));
    step = absence.poll(at);
  }
  EXPECT_EQ(step, AbsenceStep::kGiveUp);
}

TEST(Absence, AWindowThatIsBeingResizedIsNotSpokenOfForAWhile) {
  Absence absence;
  absence.begin(kLost);
  for (auto at = 0ms; at < Absence::kToldAtLast; at += 150ms) {
    absence.on_reshaped(kLost + at);
    EXPECT_EQ(absence.poll(kLost + at), AbsenceStep::kNone) << at.count();
  }
  EXPECT_EQ(absence.poll(kLost + Absence::kToldAtLast), AbsenceStep::kTell);
}

TEST(Absence, AWindowThatDoesNotComeBackFromAResizeIsToldOf) {
  Absence absence;
  absence.begin(kLost);
  absence.on_reshaped(kLost + 1s);
  EXPECT_EQ(absence.poll(kLost + 2s), AbsenceStep::kNone);
  EXPECT_EQ(absence.poll(kLost + 3s), AbsenceStep::kTell);
}

}  // namespace
}  // namespace pixelpass::capture
