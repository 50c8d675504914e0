#include "tunnel/ticket_secrets.hpp"

#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

constexpr UnixTime kNow{std::chrono::seconds(1'800'000'000)};

Secret secret_of(std::uint8_t number) {
  Secret secret{};
  secret.fill(number);
  return secret;
}

class TicketSecretsTest : public testing::Test {
 protected:
  void renew(std::uint8_t number) {
    secrets_.renew(secret_of(number), [this](const Secret& secret) { return secret == in_use_; });
  }
  [[nodiscard]] Knock knock(std::uint8_t number) const {
    return KnockKey(secret_of(number)).make(kNow, random_);
  }
  [[nodiscard]] bool knows(std::uint8_t number) const { return secrets_.is_good(knock(number)); }

  Random random_ = seeded_random(7);
  Secret in_use_{};
  TicketSecrets secrets_{secret_of(1)};
};

TEST_F(TicketSecretsTest, AnswerAKnockWithEachOnce) {
  renew(2);
  for (const auto number : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto good = knock(number);
    EXPECT_TRUE(secrets_.is_good(good));
    secrets_.use(good);
    EXPECT_FALSE(secrets_.is_good(good));
    EXPECT_TRUE(knows(number));
  }
  EXPECT_FALSE(knows(3));
}

TEST_F(TicketSecretsTest, TellWhichOneAProofIsOf) {
  renew(2);
  const Bytes session(16, 5);
  const Bytes exporter(32, 6);
  const auto proven = [&](std::uint8_t number) {
    return secrets_.proven_by(make_proof(secret_of(number), session, exporter), session, exporter);
  };
  ASSERT_TRUE(proven(1));
  EXPECT_EQ(*proven(1), secret_of(1));
  EXPECT_EQ(*proven(2), secrets_.newest());
  EXPECT_FALSE(proven(3));
}

TEST_F(TicketSecretsTest, AreNoMoreThanSoMany) {
  for (std::uint8_t number = 2; number <= TicketSecrets::kEarlier + 1; ++number) renew(number);
  EXPECT_TRUE(knows(1));
  renew(100);
  EXPECT_FALSE(knows(1));
  EXPECT_TRUE(knows(2));
  EXPECT_TRUE(knows(100));
}

TEST_F(TicketSecretsTest, ForgetWhatIsInUseLast) {
  in_use_ = secret_of(1);
  for (std::uint8_t number = 2; number < 200; ++number) renew(number);
  EXPECT_TRUE(knows(1));
  EXPECT_FALSE(knows(199 - TicketSecrets::kEarlier));
  EXPECT_TRUE(knows(199 - TicketSecrets::kEarlier + 1));
}

TEST_F(TicketSecretsTest, ForgetTheOldestWhenAllAreInUse) {
  for (std::uint8_t number = 2; number < 30; ++number)
    secrets_.renew(secret_of(number), [](const Secret&) { return true; });
  EXPECT_FALSE(knows(1));
  EXPECT_TRUE(knows(29));
  EXPECT_TRUE(knows(29 - TicketSecrets::kEarlier));
  EXPECT_FALSE(knows(29 - TicketSecrets::kEarlier - 1));
}

}  // namespace
}  // namespace pixelpass::tunnel
