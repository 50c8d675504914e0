#include "portal_consent_fixture.hpp"
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace pixelpass::capture {
namespace {

using namespace test;
using Does = FakePortal::Does;

constexpr auto kMonitor = "[(uint32 42, {'source_type': <uint32 1>})]";
constexpr auto kWindow = "[(uint32 42, {'source_type': <uint32 2>})]";
constexpr auto kVirtualMonitor = "[(uint32 42, {'source_type': <uint32 4>})]";

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
