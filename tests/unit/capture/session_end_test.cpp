#include "capture/portal/session_end.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace pixelpass::capture {
namespace {

using Step = SessionEnd::Step;
using Cause = SessionEnd::Cause;
using Lock = SessionEnd::LockSource;
using Shared = SessionEnd::Shared;

constexpr Instant kClosed{std::chrono::hours(1)};

using Fact = std::function<void(SessionEnd&, Instant)>;

void monitors(SessionEnd& end, Instant now) {
  end.on_monitors_changed(now);
}
void monitor_gone(SessionEnd& end, Instant now) {
  end.on_monitor_gone(now);
}
void windows(SessionEnd& end, Instant now) {
  end.on_windows_changed(now);
}
void pipewire(SessionEnd& end, Instant now) {
  end.on_pipewire_lost(now);
}
void backend(SessionEnd& end, Instant now) {
  end.on_backend_lost(now);
}
void lock(SessionEnd& end, Instant now) {
  end.on_locked(Lock::kGnome, true, now);
}
void hint(SessionEnd& end, Instant now) {
  end.on_locked(Lock::kLogind, true, now);
}

struct Heard {
  Fact what;
  Duration after_closed;  ///< negative: before it
};

struct Case {
  std::string name;
  Shared shared;
  std::vector<Heard> heard;  ///< in the order of time
  Cause cause;
  Step step;
};

void PrintTo(const Case& tried, std::ostream* out) {
  *out << tried.name;
}

class SessionEndTable : public testing::TestWithParam<Case> {};

TEST_P(SessionEndTable, SaysWhyAndWhatToDo) {
  const Case& tried = GetParam();
  SessionEnd end;
  end.on_session(tried.shared);
  for (const auto& heard : tried.heard)
    if (heard.after_closed < 0ms) heard.what(end, kClosed + heard.after_closed);
  end.on_closed(kClosed);
  for (const auto& heard : tried.heard)
    if (heard.after_closed >= 0ms) heard.what(end, kClosed + heard.after_closed);
  ASSERT_EQ(end.next_timeout(), kClosed + SessionEnd::kTogether);
  EXPECT_EQ(end.poll(kClosed + SessionEnd::kTogether - 1ms), Step::kNone);
  EXPECT_EQ(end.poll(kClosed + SessionEnd::kTogether), tried.step);
  EXPECT_EQ(end.cause(), tried.cause);
  EXPECT_EQ(end.poll(kClosed + 1h), Step::kNone) << "each step comes once";
}

INSTANTIATE_TEST_SUITE_P(
    Facts, SessionEndTable,
    testing::Values(
        Case{"NothingElse", Shared::kMonitor, {}, Cause::kUser, Step::kEnd},
        Case{"MonitorBefore", Shared::kMonitor, {{monitors, -48ms}}, Cause::kMonitorsChanged, Step::kRenew},
        Case{"MonitorAfter", Shared::kMonitor, {{monitors, 58ms}}, Cause::kMonitorsChanged, Step::kRenew},
        Case{"MonitorLongBefore", Shared::kMonitor, {{monitors, -2s}}, Cause::kUser, Step::kEnd},
        Case{"MonitorGone", Shared::kMonitor, {{monitor_gone, -5ms}}, Cause::kMonitorGone, Step::kEnd},
        Case{"MonitorGoneAfter", Shared::kMonitor, {{monitor_gone, 5ms}}, Cause::kMonitorGone, Step::kEnd},
        Case{"MonitorGoneLongBefore", Shared::kMonitor, {{monitor_gone, -2s}}, Cause::kUser, Step::kEnd},
        Case{"MonitorGoneWhereChangesAreTold",
             Shared::kMonitor,
             {{monitor_gone, -5ms}, {monitors, 5ms}},
             Cause::kMonitorsChanged,
             Step::kRenew},
        Case{"WindowBesideAMonitorThatGoes",
             Shared::kWindow,
             {{monitor_gone, 5ms}},
             Cause::kWindowOrUser,
             Step::kEnd},
        Case{"LockedBefore", Shared::kMonitor, {{lock, -10s}}, Cause::kLocked, Step::kHide},
        Case{"LockedAfter", Shared::kMonitor, {{lock, 100ms}}, Cause::kLocked, Step::kHide},
        Case{"LockOfWhichLogindHears",
             Shared::kMonitor,
             {{hint, 100ms}, {lock, 400ms}},
             Cause::kLocked,
             Step::kHide},
        Case{"LockOfWhichLogindHearsFirst",
             Shared::kMonitor,
             {{hint, -20ms}, {lock, 300ms}},
             Cause::kLocked,
             Step::kHide},
        Case{"LockAfterTheUsersStop",
             Shared::kMonitor,
             {{hint, 300ms}, {lock, 490ms}},
             Cause::kUser,
             Step::kEnd},
        Case{"LockOfWhichLogindHearsLast",
             Shared::kMonitor,
             {{lock, 100ms}, {hint, 300ms}},
             Cause::kLocked,
             Step::kHide},
        Case{"LockThatSwitchesMonitorsOff",
             Shared::kMonitor,
             {{monitors, -10ms}, {lock, 100ms}},
             Cause::kLocked,
             Step::kHide},
        Case{"PipeWireBefore", Shared::kMonitor, {{pipewire, -20ms}}, Cause::kPipeWire, Step::kRenew},
        Case{"PipeWireAfter", Shared::kMonitor, {{pipewire, 20ms}}, Cause::kPipeWire, Step::kRenew},
        Case{"PipeWireForWhichThePortalWaited",
             Shared::kMonitor,
             {{pipewire, -10s}},
             Cause::kPipeWire,
             Step::kRenew},
        Case{"PipeWireLongBefore", Shared::kMonitor, {{pipewire, -31s}}, Cause::kUser, Step::kEnd},
        Case{"Backend", Shared::kMonitor, {{backend, -5ms}}, Cause::kBackend, Step::kRenew},
        Case{"WindowsOfAMonitor", Shared::kMonitor, {{windows, -5ms}}, Cause::kUser, Step::kEnd},
        Case{"Window", Shared::kWindow, {{windows, 5ms}}, Cause::kWindowClosed, Step::kEnd},
        Case{"VirtualMonitorsStop",
             Shared::kVirtual,
             {{monitor_gone, -5ms}, {monitors, 58ms}},
             Cause::kUser,
             Step::kEnd},
        Case{"VirtualMonitorWithoutPipeWire",
             Shared::kVirtual,
             {{pipewire, -20ms}, {monitors, 5ms}},
             Cause::kPipeWire,
             Step::kRenew},
        Case{"WindowWhoseDesktopTellsNothing", Shared::kWindow, {}, Cause::kWindowOrUser, Step::kEnd},
        Case{"WindowThatIsThere", Shared::kWindow, {{windows, -10s}}, Cause::kUser, Step::kEnd},
        Case{"WindowOnAMonitorThatChanges",
             Shared::kWindow,
             {{monitors, 5ms}},
             Cause::kMonitorsChanged,
             Step::kRenew},
        Case{"WindowThatClosesWithItsMonitor",
             Shared::kWindow,
             {{monitors, -5ms}, {windows, 5ms}},
             Cause::kWindowClosed,
             Step::kEnd}),
    [](const auto& tried) { return tried.param.name; });

SessionEnd hidden() {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_locked(Lock::kGnome, true, kClosed);
  end.on_closed(kClosed);
  EXPECT_EQ(end.poll(kClosed + SessionEnd::kTogether), Step::kHide);
  return end;
}

TEST(SessionEnd, ALockedScreenIsRenewedOnceItIsUnlocked) {
  auto end = hidden();
  EXPECT_TRUE(end.is_hidden());
  EXPECT_EQ(end.poll(kClosed + 1h), Step::kNone);
  end.on_locked(Lock::kGnome, false, kClosed);
  EXPECT_EQ(end.poll(kClosed + 1h), Step::kRenew);
  EXPECT_FALSE(end.is_hidden());
  EXPECT_EQ(end.poll(kClosed + 2h), Step::kNone);
}

TEST(SessionEnd, AScreenIsLockedAsLongAsAnySourceSaysSo) {
  auto end = hidden();
  end.on_locked(Lock::kLogind, true, kClosed + 1s);
  end.on_locked(Lock::kFreedesktop, false, kClosed + 2s);
  EXPECT_EQ(end.poll(kClosed + 2s), Step::kNone) << "it has never said that it is locked";
  end.on_locked(Lock::kGnome, false, kClosed + 3s);
  EXPECT_EQ(end.poll(kClosed + 3s), Step::kNone);
  EXPECT_FALSE(end.may_renew());
  end.on_locked(Lock::kLogind, false, kClosed + 4s);
  EXPECT_EQ(end.poll(kClosed + 4s), Step::kRenew);
}

TEST(SessionEnd, ALockThatIsToldOfAgainBeganWhenItWasToldOfFirst) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_locked(Lock::kLogind, true, kClosed - 1h);
  end.on_closed(kClosed);
  end.on_locked(Lock::kLogind, true, kClosed + 400ms);
  EXPECT_EQ(end.poll(kClosed + SessionEnd::kTogether), Step::kHide);
}

TEST(SessionEnd, AnotherClosedWhileLockedIsTheSameOne) {
  auto end = hidden();
  end.on_closed(kClosed + 10s);
  EXPECT_EQ(end.next_timeout(), std::nullopt);
  EXPECT_EQ(end.poll(kClosed + 20s), Step::kNone);
}

TEST(SessionEnd, AScreenThatIsUnlockedAgainBeforeTheJudgementIsRenewed) {
  SessionEnd end;
  end.on_locked(Lock::kGnome, true, kClosed);
  end.on_closed(kClosed);
  end.on_locked(Lock::kGnome, false, kClosed);
  EXPECT_EQ(end.poll(kClosed + SessionEnd::kTogether), Step::kRenew);
}

TEST(SessionEnd, TheTokenIsLeftAloneWhileTheScreenIsLocked) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  EXPECT_TRUE(end.may_renew());
  EXPECT_EQ(end.poll(kClosed), Step::kNone);
  end.on_locked(Lock::kGnome, true, kClosed);
  EXPECT_FALSE(end.may_renew());
  EXPECT_EQ(end.poll(kClosed), Step::kHide);
  EXPECT_EQ(end.cause(), Cause::kLocked);
  end.on_locked(Lock::kGnome, false, kClosed);
  EXPECT_EQ(end.poll(kClosed + 1s), Step::kRenew);
}

TEST(SessionEnd, ALockHidesAScreenWhoseSessionLivesOnAndItIsShownAgainOnceUnlocked) {
  SessionEnd end;
  end.on_locked(Lock::kFreedesktop, true, kClosed);
  EXPECT_EQ(end.poll(kClosed), Step::kNone) << "there is no session yet";
  end.on_session(Shared::kWindow);
  EXPECT_EQ(end.poll(kClosed), Step::kHide);
  EXPECT_FALSE(end.is_lost());
  EXPECT_EQ(end.poll(kClosed + 1h), Step::kNone);
  end.on_locked(Lock::kFreedesktop, false, kClosed + 1h);
  EXPECT_EQ(end.poll(kClosed + 1h), Step::kShow);
  EXPECT_FALSE(end.is_hidden());
  end.on_closed(kClosed + 2h);
  EXPECT_EQ(end.poll(kClosed + 2h + 1s), Step::kEnd);
}

TEST(SessionEnd, ASessionThatIsClosedWhileItIsHiddenIsRenewedOnceUnlocked) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_locked(Lock::kLogind, true, kClosed - 300ms);
  EXPECT_EQ(end.poll(kClosed - 300ms), Step::kHide);
  end.on_closed(kClosed);
  EXPECT_TRUE(end.is_lost());
  EXPECT_EQ(end.poll(kClosed + 1h), Step::kNone);
  end.on_locked(Lock::kLogind, false, kClosed + 1h);
  EXPECT_EQ(end.poll(kClosed + 1h), Step::kRenew);
}

TEST(SessionEnd, ALockAfterTheUsersStopHidesNothing) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_closed(kClosed);
  EXPECT_EQ(end.poll(kClosed + 1s), Step::kEnd);
  end.on_locked(Lock::kGnome, true, kClosed + 2s);
  EXPECT_EQ(end.poll(kClosed + 2s), Step::kNone);
}

TEST(SessionEnd, ANewSessionForgetsWhatWasHeardOfTheOneBefore) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_monitors_changed(kClosed - 10ms);
  end.on_session(Shared::kMonitor);
  end.on_closed(kClosed);
  EXPECT_EQ(end.poll(kClosed + 1s), Step::kEnd);
  EXPECT_EQ(end.cause(), Cause::kUser);
}

TEST(SessionEnd, TheUsersStopOfASessionIsNoneOfAnOutageBeforeIt) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_pipewire_lost(kClosed - 1s);
  end.on_closed(kClosed);
  end.on_session(Shared::kMonitor);
  EXPECT_EQ(end.poll(kClosed + 1s), Step::kNone);
  EXPECT_EQ(end.cause(), Cause::kPipeWire);
  end.on_closed(kClosed + 10s);
  EXPECT_EQ(end.poll(kClosed + 11s), Step::kEnd);
  EXPECT_EQ(end.cause(), Cause::kUser);
}

TEST(SessionEnd, TheUsersStopOfASessionThatOutlivedAnOutageIsTheirs) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_pipewire_lost(kClosed - 10s);
  end.on_outage_survived();
  end.on_closed(kClosed);
  EXPECT_EQ(end.poll(kClosed + 1s), Step::kEnd);
  EXPECT_EQ(end.cause(), Cause::kUser);
  end.on_session(Shared::kMonitor);
  end.on_outage_survived();
  end.on_pipewire_lost(kClosed + 10s);
  end.on_closed(kClosed + 20s);
  EXPECT_EQ(end.poll(kClosed + 21s), Step::kRenew) << "that was another outage";
}

TEST(SessionEnd, ASessionThatComesWhileTheScreenIsLockedIsReplacedOnceItIsUnlocked) {
  auto end = hidden();
  end.on_session(Shared::kMonitor);
  EXPECT_TRUE(end.is_hidden());
  end.on_locked(Lock::kGnome, false, kClosed + 10s);
  EXPECT_EQ(end.poll(kClosed + 10s), Step::kRenew);
  EXPECT_FALSE(end.is_hidden());
}

TEST(SessionEnd, ASessionThatIsThereAgainBeforeTheJudgementIsNotRenewed) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_monitors_changed(kClosed);
  end.on_closed(kClosed);
  end.on_session(Shared::kMonitor);
  EXPECT_EQ(end.poll(kClosed + 1s), Step::kNone);
}

TEST(SessionEnd, TheUsersStopCountsAlsoWhereASessionIsThereAgain) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_closed(kClosed);
  end.on_session(Shared::kMonitor);
  EXPECT_EQ(end.poll(kClosed + 1s), Step::kEnd);
}

TEST(SessionEnd, ANewSessionThatIsClosedAtOnceIsJudgedItself) {
  SessionEnd end;
  end.on_session(Shared::kMonitor);
  end.on_monitors_changed(kClosed);
  end.on_closed(kClosed);
  end.on_session(Shared::kMonitor);
  end.on_closed(kClosed + 400ms);
  EXPECT_EQ(end.poll(kClosed + 600ms), Step::kNone);
  EXPECT_EQ(end.poll(kClosed + 900ms), Step::kRenew);
}

}  // namespace
}  // namespace pixelpass::capture
