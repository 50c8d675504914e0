#include "portal_consent_fixture.hpp"
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <optional>
#include <string>

namespace pixelpass::capture {
namespace {

using namespace test;
using Does = FakePortal::Does;

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

}  // namespace
}  // namespace pixelpass::capture
