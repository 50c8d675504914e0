#include "app/host/audience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace pixelpass::app {
namespace {

using testing::ElementsAre;
using wire::RefusedReason;

wire::SessionId id(std::uint32_t number) {
  wire::SessionId session{};
  std::memcpy(session.data(), &number, sizeof number);
  return session;
}

class AudienceTest : public testing::Test {
 protected:
  std::optional<RefusedReason> refusal(std::uint32_t session) {
    const auto answer = audience_.admit(id(session));
    return answer ? std::nullopt : std::optional(answer.error());
  }

  /// 0: it was refused.
  std::uint32_t number(std::uint32_t session) {
    const auto answer = audience_.admit(id(session));
    return answer ? *answer : 0;
  }

  UnixTime now_{std::chrono::seconds(1'000'000)};
  Audience audience_{{.max_viewers = 2,
                      .expires_at = UnixTime(std::chrono::seconds(2'000'000)),
                      .expiry_clock = [this] { return now_; }}};
};

TEST_F(AudienceTest, NumbersViewersInTheOrderInWhichTheyCome) {
  EXPECT_EQ(number(7), 1U);
  EXPECT_EQ(number(3), 2U);
  EXPECT_THAT(audience_.here(), ElementsAre(1U, 2U));
}

TEST_F(AudienceTest, KeepsAViewersNumberWhileItIsAway) {
  ASSERT_FALSE(refusal(7));
  audience_.release(1);
  ASSERT_FALSE(refusal(3));
  EXPECT_EQ(number(7), 1U);
}

TEST_F(AudienceTest, LetsNoMoreInThanThereArePlaces) {
  ASSERT_FALSE(refusal(1));
  ASSERT_FALSE(refusal(2));
  EXPECT_EQ(refusal(3), RefusedReason::kFull);
  EXPECT_FALSE(refusal(2)) << "over another connection";
  audience_.release(1);
  EXPECT_FALSE(refusal(3));
  EXPECT_EQ(refusal(1), RefusedReason::kFull) << "its place is taken";
}

TEST_F(AudienceTest, LetsNobodyInWhenTheTicketHasExpired) {
  ASSERT_FALSE(refusal(1));
  ASSERT_FALSE(refusal(2));
  audience_.release(2);
  now_ = UnixTime(std::chrono::seconds(2'000'000));
  EXPECT_EQ(refusal(3), RefusedReason::kExpired);
  EXPECT_EQ(refusal(2), RefusedReason::kExpired) << "it has left";
  EXPECT_FALSE(refusal(1)) << "it watches";
}

TEST_F(AudienceTest, LetsBackWhoWasInBeforeItWasLocked) {
  ASSERT_FALSE(refusal(1));
  ASSERT_FALSE(refusal(2));
  audience_.release(2);
  audience_.lock();
  EXPECT_EQ(refusal(3), RefusedReason::kLocked);
  EXPECT_FALSE(refusal(1));
  EXPECT_FALSE(refusal(2)) << "it has lost its connection";
  audience_.release(1);
  audience_.unlock();
  EXPECT_FALSE(refusal(3));
}

TEST_F(AudienceTest, DoesNotLetBackWhoWasSentAway) {
  ASSERT_FALSE(refusal(1));
  EXPECT_TRUE(audience_.kick(1));
  EXPECT_EQ(audience_.count(), 0U);
  audience_.release(1);
  EXPECT_EQ(refusal(1), RefusedReason::kKicked);
  EXPECT_FALSE(audience_.kick(1)) << "it is not here";
  EXPECT_FALSE(audience_.kick(9));
}

TEST_F(AudienceTest, KicksNobodyBesideTheOneMeant) {
  ASSERT_FALSE(refusal(1));
  ASSERT_FALSE(refusal(2));
  EXPECT_TRUE(audience_.kick(1));
  EXPECT_THAT(audience_.here(), ElementsAre(2U));
  audience_.release(2);
  EXPECT_FALSE(refusal(2));
}

TEST_F(AudienceTest, KicksAllOfThemAlsoWhoIsAway) {
  ASSERT_FALSE(refusal(1));
  ASSERT_FALSE(refusal(2));
  audience_.release(1);
  EXPECT_THAT(audience_.kick_all(), ElementsAre(2U));
  EXPECT_EQ(audience_.count(), 0U);
  EXPECT_EQ(refusal(1), RefusedReason::kKicked);
  EXPECT_EQ(refusal(2), RefusedReason::kKicked);
}

TEST_F(AudienceTest, RemembersNoMoreThanItsBoundAndWhoWasSentAwayLongest) {
  ASSERT_FALSE(refusal(1));
  ASSERT_TRUE(audience_.kick(1));
  ASSERT_FALSE(refusal(2));  // stays
  for (std::uint32_t session = 3; session < 3 * Audience::kRemembered; ++session) {
    const auto number = audience_.admit(id(session));
    ASSERT_TRUE(number);
    audience_.release(*number);
    ASSERT_LE(audience_.remembered(), Audience::kRemembered);
  }
  EXPECT_EQ(refusal(1), RefusedReason::kKicked);
  EXPECT_EQ(number(2), 2U);
}

}  // namespace
}  // namespace pixelpass::app
