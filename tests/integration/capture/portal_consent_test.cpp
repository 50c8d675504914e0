#include "capture/portal/portal_consent.hpp"

#include "capture/portal/find_portal.hpp"
#include "fake_portal.hpp"
#include "private_bus.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <optional>
#include <string>

namespace pixelpass::capture {
namespace {

using test::FakePortal;
using test::PrivateBus;
using testing::HasSubstr;
using Does = FakePortal::Does;

constexpr auto kLong = std::chrono::seconds(30);
constexpr PortalFeatures kFeatures{
    4, PortalFeatures::kMonitors | PortalFeatures::kWindows | PortalFeatures::kVirtual,
    PortalFeatures::kCursorEmbedded};

constexpr auto kMonitor = "[(uint32 42, {'source_type': <uint32 1>})]";
constexpr auto kWindow = "[(uint32 42, {'source_type': <uint32 2>})]";
constexpr auto kVirtualMonitor = "[(uint32 42, {'source_type': <uint32 4>})]";

/// What a portal that hangs is not given in the tests.
PortalPatience impatient() {
  PortalPatience patience;
  patience.slow_after = 10ms;
  patience.gives_up_after = 50ms;
  return patience;
}

/// An event on the media thread, for the test's.
template <class T = bool>
class Told {
 public:
  void tell(T what = {}) { promise_.set_value(std::move(what)); }
  std::optional<T> wait() {
    if (future_.wait_for(kLong) != std::future_status::ready) return std::nullopt;
    return future_.get();
  }

 private:
  std::promise<T> promise_;
  std::future<T> future_ = promise_.get_future();
};

class PortalConsentTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = PrivateBus::missing(); !missing.empty()) GTEST_SKIP() << "no " << missing;
    bus_.emplace();
    portal_.emplace(bus_->connect());
    settings_.state_folder = bus_->folder() / "state";
  }

  void TearDown() override {
    if (consent_) media_.call([&] { consent_->end(); });
  }

  PortalConsent& consent(const PortalPatience& patience = {}) {
    places_asked_ = 0;
    return consent_.emplace(
        bus_->connect(), settings_, features_, media_,
        PortalConsent::Callbacks{[this](const PortalStreams& streams) { streams_ = streams; },
                                 [this] { closed_.tell(); }, [this] { ++orphaned_; }, [this] { ++slow_; },
                                 [this] { ++not_saved_; },
                                 [this](const std::stop_token&) {
                                   ++places_asked_;
                                   return places_asked_ == 1 ? places_ : places_after_.value_or(places_);
                                 },
                                 [this] {
                                   if (places_at_renewal_) consent_->set_places(*places_at_renewal_);
                                 }},
        patience);
  }

  /// What ask() ends with.
  static Error refusal(PortalConsent& consent, const std::stop_token& stop = {}) {
    try {
      consent.ask(stop);
    } catch (const StartupError& error) {
      return error.error();
    }
    ADD_FAILURE() << "it was agreed";
    return {};
  }

  std::filesystem::path token_file() const { return *settings_.state_folder / "restore-token"; }

  std::optional<PrivateBus> bus_;
  std::optional<FakePortal> portal_;
  PortalSettings settings_;
  PortalFeatures features_ = kFeatures;
  std::string places_;                            ///< of the monitors, as the next ask() finds them
  std::optional<std::string> places_after_;       ///< when it has been answered; nullopt: the same
  std::optional<std::string> places_at_renewal_;  ///< when it is answered; nullopt: the same
  int places_asked_ = 0;
  // Of the media thread, until ask() has returned.
  PortalStreams streams_;
  int orphaned_ = 0;
  int slow_ = 0;
  int not_saved_ = 0;
  Told<> closed_;
  gst::MediaThread media_;
  std::optional<PortalConsent> consent_;
};

TEST_F(PortalConsentTest, WhatTheUserChoosesIsRememberedByItsToken) {
  auto& asked = consent();
  asked.ask({});
  ASSERT_EQ(streams_.size(), 1U);
  EXPECT_EQ(streams_.front().node, 42U);
  EXPECT_EQ(streams_.front().width, 1280);
  EXPECT_TRUE(streams_.front().is_window);
  std::string token;
  std::ifstream(token_file()) >> token;
  EXPECT_EQ(token, "a-new-token");
  EXPECT_EQ(slow_, 0);
}

TEST_F(PortalConsentTest, AVirtualMonitorIsAskedForAloneAndRememberedByItself) {
  settings_.kind = ShareKind::kVirtual;
  consent().ask({});
  EXPECT_EQ(portal_->types(), PortalFeatures::kVirtual);
  EXPECT_TRUE(exists(*settings_.state_folder / "restore-token-virtual"));
  EXPECT_FALSE(exists(token_file()));
  EXPECT_FALSE(portal_->multiple());
}

TEST_F(PortalConsentTest, ThePointerIsDrawnByTheDesktopWhereItCanDoThat) {
  const auto asked_for = [this](unsigned modes) {
    features_.cursor_modes = modes;
    consent().ask({});
    media_.call([&] { consent_->end(); });
    return portal_->cursor_mode();
  };
  constexpr unsigned kHidden = PortalFeatures::kCursorHidden;
  constexpr unsigned kEmbedded = PortalFeatures::kCursorEmbedded;
  constexpr unsigned kMetadata = PortalFeatures::kCursorMetadata;
  EXPECT_EQ(asked_for(kHidden | kEmbedded | kMetadata), kEmbedded);
  EXPECT_EQ(asked_for(kHidden | kMetadata), kMetadata);
  EXPECT_EQ(asked_for(kHidden), kHidden);
}

TEST_F(PortalConsentTest, AllThatTheUserChoosesIsShared) {
  portal_->share("[(uint32 43, {'size': <(800, 600)>, 'source_type': <uint32 2>}), (44, {}), (0, {})]");
  consent().ask({});
  EXPECT_TRUE(portal_->multiple());
  ASSERT_EQ(streams_.size(), 2U);
  EXPECT_EQ(streams_[0].node, 43U);
  EXPECT_TRUE(streams_[0].is_window);
  EXPECT_EQ(streams_[1].node, 44U);
}

TEST_F(PortalConsentTest, MonitorsComeFromTheLeftToTheRight) {
  portal_->share("[(uint32 43, {'position': <(1280, 0)>}), (44, {'position': <(0, 0)>})]");
  consent().ask({});
  ASSERT_EQ(streams_.size(), 2U);
  EXPECT_EQ(streams_[0].node, 44U);
  EXPECT_EQ(streams_[1].node, 43U);
}

TEST_F(PortalConsentTest, OfMoreThanCanBeShownTheFirstAreTaken) {
  std::string many = "[(uint32 1, @a{sv} {})";
  for (int node = 2; node <= 40; ++node) many.append(", (").append(std::to_string(node)).append(", {})");
  portal_->share(many + "]");
  consent().ask({});
  EXPECT_EQ(streams_.size(), kMostStreams);
}

TEST_F(PortalConsentTest, WithoutAWishMonitorsAndWindowsAreOffered) {
  consent().ask({});
  EXPECT_EQ(portal_->types(), PortalFeatures::kMonitors | PortalFeatures::kWindows);
}

TEST_F(PortalConsentTest, TheEndClosesTheSession) {
  consent().ask({});
  media_.call([&] { consent_->end(); });
  EXPECT_TRUE(portal_->wait_for("Close"));
}

struct Hanging {
  const char* method;
  Does how;
};

class PortalThatHangs : public PortalConsentTest, public testing::WithParamInterface<Hanging> {};

TEST_P(PortalThatHangs, IsToldOfAndGivenUp) {
  portal_->next(GetParam().method, GetParam().how);
  const Error error = refusal(consent(impatient()));
  EXPECT_EQ(error.what, "your desktop's portal does not answer");
  EXPECT_THAT(error.hint, HasSubstr("systemctl --user restart xdg-desktop-portal"));
  media_.call([&] { EXPECT_GE(slow_, 1); });
}

INSTANTIATE_TEST_SUITE_P(EachCall, PortalThatHangs,
                         testing::Values(Hanging{"CreateSession", Does::kHang},
                                         Hanging{"CreateSession", Does::kHangAfterReply},
                                         Hanging{"SelectSources", Does::kHang},
                                         Hanging{"Start", Does::kHang}));

TEST_F(PortalConsentTest, WhoChoosesInTheDialogHasAllTheTimeThereIs) {
  PortalPatience patience;
  patience.gives_up_after = 2s;
  portal_->next("Start", Does::kHangAfterReply);
  auto& asked = consent(patience);
  auto agreed = std::async(std::launch::async, [&] { asked.ask({}); });
  ASSERT_TRUE(portal_->wait_for("Start"));
  EXPECT_EQ(agreed.wait_for(3s), std::future_status::timeout);
  portal_->answer("Start");
  EXPECT_NO_THROW(agreed.get());
  media_.call([&] { EXPECT_EQ(slow_, 0); });
}

TEST_F(PortalConsentTest, APortalThatCrashesUnderItsDialogIsNotWaitedFor) {
  portal_->next("Start", Does::kHangAfterReply);
  auto& asked = consent();
  auto refused = std::async(std::launch::async, [&] { return refusal(asked); });
  ASSERT_TRUE(portal_->wait_for("Start"));
  portal_.reset();
  EXPECT_THAT(refused.get().what, HasSubstr("does not share the screen: it has ended"));
}

TEST_F(PortalConsentTest, ADialogUnderWhichTheSessionIsClosedIsNotWaitedFor) {
  PortalPatience patience;
  patience.answer_follows = 10ms;
  portal_->next("Start", Does::kHangAfterReply);
  auto& asked = consent(patience);
  auto refused = std::async(std::launch::async, [&] { return refusal(asked); });
  ASSERT_TRUE(portal_->wait_for("Start"));
  portal_->close_session();
  const bool in_time = refused.wait_for(kLong) == std::future_status::ready;
  EXPECT_TRUE(in_time);
  if (!in_time) portal_.reset();
  EXPECT_EQ(refused.get().what, "your desktop has closed the sharing dialog, not you");
}

TEST_F(PortalConsentTest, TheAnswerThatFollowsTheSessionsEndIsTheOneThatCounts) {
  PortalPatience patience;
  patience.answer_follows = 1h;
  patience.dialog_takes = 0ms;
  portal_->next("Start", Does::kHangAfterReply);
  auto& asked = consent(patience);
  auto refused = std::async(std::launch::async, [&] { return refusal(asked); });
  ASSERT_TRUE(portal_->wait_for("Start"));
  portal_->close_session();
  portal_->answer("Start", 1);
  EXPECT_EQ(refused.get().what, "you closed the sharing dialog");
}

TEST_F(PortalConsentTest, ASessionThatCannotBeMadeIsAskedForASecondTime) {
  portal_->next("CreateSession", Does::kFail);
  EXPECT_NO_THROW(consent().ask({}));
  EXPECT_EQ(portal_->calls("CreateSession"), 2U);
}

TEST_F(PortalConsentTest, ASessionThatCannotBeMadeIsNotAskedForAThirdTime) {
  portal_->next("CreateSession", Does::kFail);
  portal_->next("CreateSession", Does::kFail);
  EXPECT_THAT(refusal(consent()).what, HasSubstr("does not share the screen"));
  EXPECT_EQ(portal_->calls("CreateSession"), 2U);
}

TEST_F(PortalConsentTest, ADialogThatIsClosedWasClosedByTheUser) {
  PortalPatience patience;
  patience.dialog_takes = 0ms;
  portal_->next("Start", Does::kRefuse);
  EXPECT_EQ(refusal(consent(patience)).what, "you closed the sharing dialog");
}

TEST_F(PortalConsentTest, ARefusalThatIsTooQuickForAHumanNamesThePortal) {
  const char* before = std::getenv("XDG_CURRENT_DESKTOP");
  const std::string desktop = before != nullptr ? before : "";
  setenv("XDG_CURRENT_DESKTOP", "KDE", 1);
  PortalPatience patience;
  patience.dialog_takes = 1h;
  portal_->next("Start", Does::kRefuse);
  const Error error = refusal(consent(patience));
  before != nullptr ? setenv("XDG_CURRENT_DESKTOP", desktop.c_str(), 1) : unsetenv("XDG_CURRENT_DESKTOP");
  EXPECT_THAT(error.what, HasSubstr("xdg-desktop-portal-kde"));
  EXPECT_THAT(error.hint, HasSubstr("journalctl --user -u plasma-xdg-desktop-portal-kde"));
  EXPECT_THAT(error.hint, HasSubstr("plasma-workspace"));
}

TEST_F(PortalConsentTest, AStartThatIsGivenUpClosesTheDialogAndTheSession) {
  portal_->next("Start", Does::kHangAfterReply);
  std::stop_source stop;
  auto& asked = consent();
  auto refused = std::async(std::launch::async, [&] { return refusal(asked, stop.get_token()); });
  ASSERT_TRUE(portal_->wait_for("Start"));
  stop.request_stop();
  EXPECT_EQ(refused.get().exit_code, ExitCode::kInterrupted);
  media_.call([&] { asked.end(); });
  EXPECT_TRUE(portal_->wait_for("Close", 2));
}

TEST_F(PortalConsentTest, ASecondQuestionThatIsTakenBackLeavesTheFirstAnswerAsItWas) {
  consent().ask({});
  portal_->next("Start", Does::kHangAfterReply);
  settings_.asks_anew = true;
  PortalConsent second(bus_->connect(), settings_, features_, media_,
                       PortalConsent::Callbacks{[](const auto&) { ADD_FAILURE() << "it was agreed"; }, [] {},
                                                [] {}, [] {}, [] {}});
  std::stop_source stop;
  auto refused = std::async(std::launch::async, [&] { return refusal(second, stop.get_token()); });
  ASSERT_TRUE(portal_->wait_for("Start", 2));
  stop.request_stop();
  EXPECT_EQ(refused.get().exit_code, ExitCode::kInterrupted);
  media_.call([&] { second.end(); });
  EXPECT_TRUE(portal_->wait_for("Close", 2)) << "of the dialog, and of the second session";
  std::string token;
  std::ifstream(token_file()) >> token;
  EXPECT_EQ(token, "a-new-token");
  Told<bool> remote;
  media_.call([&] { consent_->open_remote([&](const Descriptor& given) { remote.tell(given.is_open()); }); });
  EXPECT_EQ(remote.wait(), true);
  EXPECT_EQ(portal_->calls("Close"), 2U);
}

/// What a start asks for, and what is chosen while a host runs.
class RememberedKind : public PortalConsentTest {
 protected:
  /// The token that was asked with.
  std::string asked(ShareKind kind, bool anew = false) {
    settings_.kind = kind;
    settings_.asks_anew = anew;
    consent().ask({});
    media_.call([&] { consent_->end(); });
    return portal_->token();
  }
  void forget(const char* token) const { std::filesystem::remove(*settings_.state_folder / token); }
};

TEST_F(RememberedKind, OfWhatWasChosenLastIsThatOfAStartWithoutAWish) {
  asked(ShareKind::kAny);
  EXPECT_EQ(asked(ShareKind::kMonitor, true), "");
  forget("restore-token");
  EXPECT_EQ(asked(ShareKind::kAny), "a-new-token");
  EXPECT_EQ(asked(ShareKind::kAny, true), "");
  forget("restore-token-monitor");
  EXPECT_EQ(asked(ShareKind::kAny), "a-new-token");
}

TEST_F(RememberedKind, IsNotThatOfAStartThatAsksForOne) {
  asked(ShareKind::kAny);
  EXPECT_EQ(asked(ShareKind::kWindow), "");
  forget("restore-token");
  EXPECT_EQ(asked(ShareKind::kAny), "");
}

TEST_F(RememberedKind, BringsNothingOlderBackWhereItsTokenWasForgotten) {
  asked(ShareKind::kAny);
  asked(ShareKind::kWindow, true);
  forget("restore-token-window");
  EXPECT_EQ(asked(ShareKind::kAny), "");
  forget("restore-token");
  EXPECT_EQ(asked(ShareKind::kAny), "") << "the answer is to no more than was asked";
}

TEST_F(PortalConsentTest, ASessionThatThePortalClosesIsToldOf) {
  consent().ask({});
  portal_->close_session();
  EXPECT_TRUE(closed_.wait());
}

/// Whose place another portal takes at once, which is the desktop's own part as well here.
class PortalThatEnds : public PortalConsentTest {
 protected:
  void SetUp() override {
    PortalConsentTest::SetUp();
    if (IsSkipped()) return;
    const auto folder = bus_->folder() / "portals";
    create_directory(folder);
    std::ofstream(folder / "screens.portal")
        << "[portal]\nDBusName=" << kScreens << "\nInterfaces=org.freedesktop.impl.portal.ScreenCast;\n";
    setenv("XDG_DESKTOP_PORTAL_DIR", folder.c_str(), 1);
  }
  void TearDown() override {
    PortalConsentTest::TearDown();
    unsetenv("XDG_DESKTOP_PORTAL_DIR");
  }

  /// Returns when it has been heard of.
  void end_portal() {
    auto bus = bus_->connect();
    ask(bus.get(), "RequestName", g_variant_new("(su)", kScreens, 0U));
    next_.emplace(std::move(bus));
    const auto owner = [this] {
      const auto said = ask(consent_->bus(), "GetNameOwner", g_variant_new("(s)", kPortalService));
      const gchar* name = "";
      if (said) g_variant_get(said.get(), "(&s)", &name);
      return std::string(name);
    };
    const std::string before = owner();
    portal_.reset();
    for (const auto end = Clock::now() + kLong; owner() == before;) ASSERT_LT(Clock::now(), end);
    // What came before that answer is heard between two tasks.
    for (int i = 0; i < 2; ++i) media_.call([] {});
  }

  std::optional<FakePortal> next_;

 private:
  static constexpr auto kScreens = "org.freedesktop.impl.portal.desktop.screens";
  static gst::Variant ask(GDBusConnection* bus, const char* method, GVariant* arguments) {
    return gst::Variant(g_dbus_connection_call_sync(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                    "org.freedesktop.DBus", method, arguments, nullptr,
                                                    G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
  }
};

TEST_F(PortalThatEnds, LeavesASessionThatIsClosedWhereItLivesOn) {
  consent().ask({});
  end_portal();
  media_.call([&] { EXPECT_EQ(orphaned_, 1); });
  EXPECT_TRUE(next_->wait_for("Close"));
}

TEST_F(PortalThatEnds, LeavesASessionAloneThatCannotBeRenewed) {
  settings_.state_folder.reset();
  consent().ask({});
  end_portal();
  media_.call([&] { EXPECT_EQ(orphaned_, 0); });
}

TEST_F(PortalConsentTest, TheRemoteIsAConnectionOfTheCallersOwn) {
  consent().ask({});
  Told<bool> remote;
  media_.call([&] { consent_->open_remote([&](const Descriptor& given) { remote.tell(given.is_open()); }); });
  EXPECT_EQ(remote.wait(), true);
}

TEST_F(PortalConsentTest, ARemoteThatNeverComesKeepsNothingWaiting) {
  consent().ask({});
  portal_->next("OpenPipeWireRemote", Does::kHang);
  media_.call([&] { consent_->open_remote([](const Descriptor&) { ADD_FAILURE() << "it was given up"; }); });
  ASSERT_TRUE(portal_->wait_for("OpenPipeWireRemote"));
  Told<bool> remote;
  media_.call([&] { consent_->open_remote([&](const Descriptor& given) { remote.tell(given.is_open()); }); });
  EXPECT_EQ(remote.wait(), true);
}

TEST_F(PortalConsentTest, ARenewalUsesTheTokenAndAsksNobody) {
  consent().ask({});
  Told<PortalConsent::Outcome> renewed;
  media_.call([&] {
    const auto asked = consent_->renew([&](PortalConsent::Outcome outcome) { renewed.tell(outcome); });
    EXPECT_EQ(asked, PortalConsent::Renewal::kAsked);
  });
  EXPECT_EQ(renewed.wait(), PortalConsent::Outcome::kAgreed);
  EXPECT_EQ(portal_->token(), "a-new-token");
}

TEST_F(PortalConsentTest, ATokenOfAPlaceBringsNothingBackWhileOtherMonitorsMayBeThere) {
  places_ = "one 0,0";
  portal_->share(kMonitor);
  consent().ask({});
  media_.call([&] {
    EXPECT_TRUE(consent_->has_token());
    consent_->set_places("one 1280,0");
    EXPECT_FALSE(consent_->has_token());
    EXPECT_EQ(consent_->renew([](auto) {}), PortalConsent::Renewal::kNotNeeded);
    consent_->set_places(places_);
    EXPECT_TRUE(consent_->has_token());
  });
}

TEST_F(PortalConsentTest, WhatIsNoPlaceIsRenewedWhereverTheMonitorsLie) {
  for (const char* shared : {kWindow, kVirtualMonitor}) {
    places_ = "one 0,0";
    portal_->share(shared);
    consent().ask({});
    media_.call([&] {
      consent_->set_places("one 1280,0");
      EXPECT_TRUE(consent_->has_token()) << shared;
      consent_->end();
    });
  }
}

TEST_F(PortalConsentTest, WhatIsRenewedWhileMonitorsAreMovedIsRefusedAndItsTokenForgotten) {
  for (const char* shared : {kMonitor, kWindow}) {
    const bool has_place = shared == kMonitor;
    places_ = "one 0,0";
    portal_->share(shared);
    consent().ask({});
    places_at_renewal_ = "one 1280,0";
    streams_.clear();
    Told<PortalConsent::Outcome> renewed;
    media_.call([&] { consent_->renew([&](PortalConsent::Outcome outcome) { renewed.tell(outcome); }); });
    EXPECT_EQ(renewed.wait(), has_place ? PortalConsent::Outcome::kMoved : PortalConsent::Outcome::kAgreed);
    media_.call([&] {
      EXPECT_EQ(streams_.empty(), has_place) << "of another monitor, perhaps";
      consent_->set_places(places_);
      EXPECT_NE(consent_->has_token(), has_place);
      consent_->end();
    });
  }
}

TEST_F(PortalConsentTest, MonitorsThatWereMovedUnderTheDialogLeaveNoToken) {
  places_ = "one 0,0";
  places_after_ = "one 1280,0";
  portal_->share(kMonitor);
  consent().ask({});
  media_.call([&] {
    EXPECT_FALSE(consent_->has_token());
    consent_->set_places(places_);
    EXPECT_FALSE(consent_->has_token());
  });
}

TEST_F(PortalConsentTest, PlacesThatBecomeKnownOnlyAfterTheAnswerAreThoseThatItWasGivenIn) {
  portal_->share(kMonitor);
  consent().ask({});
  media_.call([&] {
    consent_->set_places("one 0,0");
    EXPECT_TRUE(consent_->has_token());
    consent_->set_places("one 1280,0");
    EXPECT_FALSE(consent_->has_token());
  });
  EXPECT_FALSE(exists(token_file())) << "it is not of all places";
}

TEST_F(PortalConsentTest, TheTokenThatIsForgottenIsThatOfTheOrderItWasChosenIn) {
  places_ = "one 0,0";
  portal_->share(kMonitor);
  consent().ask({});
  media_.call([&] {
    consent_->set_places("none");
    consent_->forget_token();
    consent_->set_places(places_);
    EXPECT_FALSE(consent_->has_token());
  });
}

TEST_F(PortalConsentTest, ATokenThatCouldNotBeSavedOutlivesAWordOfTheSamePlaces) {
  std::ofstream{*settings_.state_folder} << "no folder";
  places_ = "one 0,0";
  portal_->share(kMonitor);
  consent().ask({});
  media_.call([&] {
    consent_->set_places(places_);
    EXPECT_TRUE(consent_->has_token());
  });
}

TEST_F(PortalConsentTest, OfManyOrdersOfTheMonitorsTheLastSixteenAreRemembered) {
  portal_->share(kMonitor);
  create_directory(*settings_.state_folder);
  permissions(*settings_.state_folder, std::filesystem::perms::owner_all);
  const auto file = [this](int age) {
    const auto digits = std::to_string(age);
    return *settings_.state_folder / ("restore-token-" + std::string(16 - digits.size(), 'a') + digits);
  };
  std::ofstream(token_file()) << "of-no-place";
  for (int age = 1; age <= 20; ++age) {
    std::ofstream(file(age)) << "old";
    last_write_time(file(age), std::filesystem::file_time_type::clock::now() - std::chrono::hours(age));
  }
  places_ = "one 0,0";
  consent().ask({});
  EXPECT_TRUE(exists(file(15)));
  EXPECT_FALSE(exists(file(16)));
  EXPECT_TRUE(exists(token_file()));
}

/// And what was chosen in one order of them is not renewed as what was chosen in another.
TEST_F(PortalConsentTest, EachOrderOfTheMonitorsHasATokenOfItsOwn) {
  portal_->share(kMonitor);
  const auto token_in = [this](const char* places) {
    places_ = places;
    consent().ask({});
    media_.call([&] {
      consent_->set_places(places_ == "first" ? "second" : "first");
      EXPECT_FALSE(consent_->has_token());
      consent_->end();
    });
    return portal_->token();
  };
  EXPECT_EQ(token_in("first"), "");
  EXPECT_EQ(token_in("second"), "");
  EXPECT_EQ(token_in("first"), "a-new-token");
  EXPECT_EQ(token_in("second"), "a-new-token");
}

TEST_F(PortalConsentTest, ATokenThatCannotBeSavedIsKeptForThisProcessAndToldOfOnce) {
  std::ofstream{*settings_.state_folder} << "no folder";
  consent().ask({});
  for (int i = 0; i < 2; ++i) {
    Told<PortalConsent::Outcome> renewed;
    media_.call([&] {
      EXPECT_TRUE(consent_->has_token());
      EXPECT_EQ(not_saved_, 1);
      const auto asked = consent_->renew([&](PortalConsent::Outcome outcome) { renewed.tell(outcome); });
      EXPECT_EQ(asked, PortalConsent::Renewal::kAsked);
    });
    EXPECT_EQ(renewed.wait(), PortalConsent::Outcome::kAgreed);
    EXPECT_EQ(portal_->token(), "a-new-token");
  }
  media_.call([&] { EXPECT_EQ(not_saved_, 1); });
}

TEST_F(PortalConsentTest, ATokenIsSavedAsSoonAsItCanBe) {
  std::ofstream{*settings_.state_folder} << "no folder";
  consent().ask({});
  std::filesystem::remove(*settings_.state_folder);
  Told<PortalConsent::Outcome> renewed;
  media_.call([&] { consent_->renew([&](PortalConsent::Outcome outcome) { renewed.tell(outcome); }); });
  EXPECT_EQ(renewed.wait(), PortalConsent::Outcome::kAgreed);
  EXPECT_TRUE(std::filesystem::exists(token_file()));
}

TEST_F(PortalConsentTest, ARenewalWhoseDialogTheUserClosesIsTheirAnswer) {
  PortalPatience patience;
  patience.dialog_takes = 0ms;
  consent(patience).ask({});
  portal_->next("Start", Does::kRefuse);
  Told<PortalConsent::Outcome> renewed;
  media_.call([&] { consent_->renew([&](PortalConsent::Outcome outcome) { renewed.tell(outcome); }); });
  EXPECT_EQ(renewed.wait(), PortalConsent::Outcome::kDismissed);
}

}  // namespace
}  // namespace pixelpass::capture
