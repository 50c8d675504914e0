#include "web/srtp_session.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace pixelpass::web {
namespace {

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  std::string pair;
  for (const char digit : text) {
    if (digit == ' ') continue;
    pair += digit;
    if (pair.size() < 2) continue;
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(pair, nullptr, 16)));
    pair.clear();
  }
  return bytes;
}

/// Of RFC 7714's examples.
const SrtpSessionKeys kGcmKeys{
    from_hex("000102030405060708090a0b0c0d0e0f"), from_hex("517569642070726f2071756f"), {}};

SrtpKeys both_ways(SrtpProfile profile) {
  SrtpKeys keys{profile, {}, {}};
  for (std::size_t i = 0; i < kSrtpKeyBytes + salt_bytes(profile); ++i) {
    keys.ours.push_back(static_cast<std::uint8_t>(i));
    keys.theirs.push_back(static_cast<std::uint8_t>(i));
  }
  return keys;
}

TEST(SrtpTest, GcmSealsAsTheStandardsExample) {  // RFC 7714 section 16.1.1
  auto packet = from_hex(
      "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 "
      "73207472 6573");
  const auto plain = packet.size();
  packet.resize(plain + 16);
  SrtpCipher cipher(SrtpProfile::kAeadAes128Gcm, kGcmKeys);
  EXPECT_EQ(cipher.seal_rtp(packet, 12, plain, 0xf17b), packet.size());
  EXPECT_EQ(packet, from_hex("8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 "
                             "0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce"));
}

TEST(SrtpTest, GcmSealsReportsAsTheStandardsExample) {  // RFC 7714 section 17.1
  const auto plain = from_hex(
      "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef "
      "deadbeef deadbeef");
  auto packet = plain;
  packet.resize(plain.size() + kMaxSrtcpOverhead);
  SrtpCipher cipher(SrtpProfile::kAeadAes128Gcm, kGcmKeys);
  EXPECT_EQ(cipher.seal_rtcp(packet, plain.size(), 0x5d4), packet.size());
  EXPECT_EQ(packet,
            from_hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 "
                     "730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4"));
  const auto opened = cipher.open_rtcp(packet);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->packet, plain);
  EXPECT_EQ(opened->index, 0x5d4U);
}

TEST(SrtpTest, KeysAreDerivedAsInTheStandardsExample) {  // RFC 3711 section B.3
  const auto keys =
      derive(SrtpProfile::kAes128CmSha1_80,
             from_hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6"), SrtpUse::kRtp);
  EXPECT_EQ(keys.key, from_hex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(keys.salt, from_hex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(keys.authentication, from_hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST(SrtpTest, CounterModesKeyStreamIsTheStandards) {  // RFC 3711 section B.2
  SrtpCipher cipher(SrtpProfile::kAes128CmSha1_80, {from_hex("2B7E151628AED2A6ABF7158809CF4F3C"),
                                                    from_hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"), Bytes(20)});
  Bytes packet(12 + 32 + 10);
  EXPECT_EQ(cipher.seal_rtp(packet, 12, 44, 0), packet.size());
  EXPECT_EQ(Bytes(packet.begin() + 12, packet.begin() + 44),
            from_hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"));
}

class SrtpProfileTest : public testing::TestWithParam<SrtpProfile> {
 protected:
  Bytes sealed() {
    auto packet = plain_;
    packet.resize(packet.size() + kMaxSrtcpOverhead);
    packet.resize(ours_.seal_rtcp(packet, plain_.size()));
    return packet;
  }
  Bytes plain_ = from_hex("80c90001 0badcafe 80c90001 0badcafe");
  SrtpSession ours_{both_ways(GetParam())};
  SrtpSession theirs_{both_ways(GetParam())};
};

TEST_P(SrtpProfileTest, ReportsComeOutAsTheyWentIn) {
  for (int i = 0; i < 200; ++i) EXPECT_EQ(theirs_.open_rtcp(sealed()), plain_) << i;
}

TEST_P(SrtpProfileTest, AReportThatComesTwiceIsDropped) {
  const auto first = sealed();
  const auto second = sealed();
  EXPECT_TRUE(theirs_.open_rtcp(second).has_value());
  EXPECT_TRUE(theirs_.open_rtcp(first).has_value()) << "late, but new";
  EXPECT_FALSE(theirs_.open_rtcp(first).has_value());
  EXPECT_FALSE(theirs_.open_rtcp(second).has_value());
}

TEST_P(SrtpProfileTest, AnyChangedByteIsNoticed) {
  const auto good = sealed();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(theirs_.open_rtcp(bad).has_value()) << i;
  }
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(theirs_.open_rtcp(ByteView(good).first(size)).has_value()) << size;
  EXPECT_TRUE(theirs_.open_rtcp(good).has_value());
}

TEST_P(SrtpProfileTest, OnlySoManySpeakersAreKept) {
  for (std::size_t i = 0; i < SrtpSession::kMaxSpeakers; ++i) {
    plain_[7] = static_cast<std::uint8_t>(i);
    EXPECT_TRUE(theirs_.open_rtcp(sealed()).has_value());
  }
  plain_[7] = 0xff;
  EXPECT_FALSE(theirs_.open_rtcp(sealed()).has_value());
  plain_[7] = 0;
  EXPECT_TRUE(theirs_.open_rtcp(sealed()).has_value());
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtpProfileTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAes128CmSha1_80));

TEST(ReplayWindowTest, WhatIsTooOldToTellIsRefused) {
  ReplayWindow window;
  EXPECT_TRUE(window.take(100));
  EXPECT_TRUE(window.take(37));
  EXPECT_FALSE(window.take(36));
  EXPECT_TRUE(window.take(1000));
  EXPECT_FALSE(window.take(100));
}

}  // namespace
}  // namespace pixelpass::web
