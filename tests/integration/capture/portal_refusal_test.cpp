#include "portal_consent_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <string>

namespace pixelpass::capture {
namespace {

using namespace test;
using testing::HasSubstr;
using Does = FakePortal::Does;

/// What a portal that hangs is not given in the tests.
PortalPatience impatient() {
  PortalPatience patience;
  patience.slow_after = 10ms;
  patience.gives_up_after = 50ms;
  return patience;
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

}  // namespace
}  // namespace pixelpass::capture
