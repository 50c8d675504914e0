#include "tunnel/knock.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::tunnel {
namespace {

constexpr UnixTime kNow{std::chrono::seconds(1'800'000'000)};
const Secret kSecret{1, 2, 3};

class KnockTest : public ::testing::Test {
 protected:
  [[nodiscard]] Knock make(UnixTime when = kNow) const { return key_.make(when, random_); }

  /// Good, and used at once.
  bool admit(ByteView knock) {
    if (!gate_.is_good(knock)) return false;
    gate_.use(knock);
    return true;
  }

  KnockKey key_{kSecret};
  KnockGate gate_{kSecret};
  Random random_ = seeded_random(1);
};

TEST_F(KnockTest, VerifiesWhatItMade) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(key_.verify(make()));
}

TEST_F(KnockTest, IsTheStandardsHmacOverTheNonce) {
  // HMAC-SHA256 as RFC 2104 and FIPS 180-4 have it, computed apart: zero secret, zero nonce.
  const KnockKey zero{Secret{}};
  const auto knock = zero.make(UnixTime{}, [](std::span<std::uint8_t> out) { std::ranges::fill(out, 0); });
  const Knock expected{0, 0, 0, 0, 0, 0, 0, 0, 0xf3, 0x75, 0x18, 0x0a, 0xba, 0x92, 0x88, 0x84, 0x01, 0xf1};
  EXPECT_EQ(knock, expected);
}

TEST_F(KnockTest, FailsWithAnyByteChanged) {
  const auto good = make();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(key_.verify(bad)) << i;
    EXPECT_FALSE(admit(bad)) << i;
  }
}

TEST_F(KnockTest, FailsAtAnyOtherLength) {
  const auto good = make();
  Bytes longer(good.begin(), good.end());
  longer.push_back(0);
  EXPECT_FALSE(key_.verify(longer));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(key_.verify(ByteView(good).first(size))) << size;
    EXPECT_FALSE(admit(ByteView(good).first(size))) << size;
  }
}

TEST_F(KnockTest, StaysGoodUntilItIsUsed) {
  const auto knock = make();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(gate_.is_good(knock));
  gate_.use(knock);
  EXPECT_FALSE(gate_.is_good(knock));
  gate_.use(knock);
  EXPECT_FALSE(gate_.is_good(knock));
}

TEST_F(KnockTest, FailsWithAnotherSecret) {
  EXPECT_FALSE(KnockKey(Secret{1, 2, 4}).verify(make()));
}

TEST_F(KnockTest, IsNeverTheSameTwice) {
  EXPECT_NE(make(), make());
}

TEST_F(KnockTest, IsLetInOnce) {
  const auto knock = make();
  EXPECT_TRUE(admit(knock));
  EXPECT_FALSE(admit(knock));
  EXPECT_TRUE(admit(make()));
}

TEST_F(KnockTest, IsLetInHoweverWrongTheViewersClockIs) {
  for (const UnixTime when : {UnixTime{}, kNow - 9h, kNow, kNow + 9h, kNow + 24h * 365 * 40}) {
    const auto knock = make(when);
    EXPECT_TRUE(admit(knock)) << when.time_since_epoch().count();
    EXPECT_FALSE(admit(knock)) << when.time_since_epoch().count();
  }
}

TEST_F(KnockTest, GateForgetsTheOldestBeyondWhatItRemembers) {
  const auto oldest = make();
  const auto second = make();
  ASSERT_TRUE(admit(oldest));
  ASSERT_TRUE(admit(second));
  for (std::size_t i = 2; i < KnockGate::kRemembered; ++i) ASSERT_TRUE(admit(make()));
  EXPECT_FALSE(admit(oldest));
  ASSERT_TRUE(admit(make()));
  EXPECT_FALSE(admit(second));
  EXPECT_TRUE(admit(oldest));
}

TEST(Proof, DependsOnSecretSessionAndExporter) {
  const Bytes session(16, 1);
  const Bytes exporter(32, 2);
  const auto proof = make_proof(kSecret, session, exporter);
  EXPECT_EQ(proof, make_proof(kSecret, session, exporter));
  EXPECT_NE(proof, make_proof(Secret{9}, session, exporter));
  EXPECT_NE(proof, make_proof(kSecret, Bytes(16, 3), exporter));
  EXPECT_NE(proof, make_proof(kSecret, session, Bytes(32, 4)));
}

TEST(Proof, EqualsOnlyTheSameBytes) {
  const Bytes proof(32, 5);
  auto other = proof;
  EXPECT_TRUE(proof_equals(proof, other));
  other[31] ^= 0x80;
  EXPECT_FALSE(proof_equals(proof, other));
  EXPECT_FALSE(proof_equals(proof, ByteView(proof).first(31)));
  EXPECT_FALSE(proof_equals(proof, {}));
}

}  // namespace
}  // namespace pixelpass::tunnel
