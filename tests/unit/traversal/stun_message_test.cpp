#include "pixelpass/traversal/stun_message.hpp"

#include "stun_vectors.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

using namespace test;
using A = StunAttribute;

const TransactionId kId{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};
const TransactionId kLongTermId{0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0, 0x29, 0xda, 0x41, 0x2e};

StunMessage parsed(const Bytes& bytes) {
  auto message = StunMessage::parse(bytes);
  if (!message) throw std::runtime_error("was not read");
  return *message;
}

Bytes binding_request() {
  return StunWriter(StunClass::kRequest, StunMethod::kBinding, kId).take();
}

TEST(StunMessage, ReadsTheSampleRequestOfRfc5769) {
  const auto message = parsed(kSampleRequest);
  EXPECT_EQ(message.cls(), StunClass::kRequest);
  EXPECT_EQ(message.method(), StunMethod::kBinding);
  EXPECT_EQ(message.id(), kId);
  EXPECT_EQ(message.text(A::kSoftware), "STUN test client");
  EXPECT_EQ(message.text(A::kUsername), "evtj:h6vY");
  EXPECT_EQ(message.u32(A::kPriority), 0x6e0001ffU);
  EXPECT_EQ(message.u64(A::kIceControlled), 0x932ff9b151263b36U);
  EXPECT_TRUE(message.is_signed_with(as_bytes(kVectorPassword)));
  EXPECT_FALSE(message.is_signed_with(as_bytes("VOkJxbRl1RmTxUk/WvJxBu")));
  EXPECT_TRUE(message.has_good_fingerprint());
}

TEST(StunMessage, ReadsTheSampleResponsesOfRfc5769) {
  for (const auto& [bytes, address] : {std::pair{kSampleResponseV4, "192.0.2.1:32853"},
                                       {kSampleResponseV6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"}}) {
    const auto message = parsed(bytes);
    EXPECT_EQ(message.cls(), StunClass::kSuccess);
    ASSERT_TRUE(message.mapped_address());
    EXPECT_EQ(message.mapped_address()->to_string(), address);
    EXPECT_TRUE(message.is_signed_with(as_bytes(kVectorPassword)));
    EXPECT_TRUE(message.has_good_fingerprint());
  }
}

TEST(StunMessage, ChecksTheSampleWithLongTermCredentialsOfRfc5769) {
  const auto message = parsed(kSampleLongTerm);
  EXPECT_EQ(message.text(A::kUsername), kVectorUser);
  EXPECT_TRUE(message.is_signed_with(
      long_term_key(PasswordAlgorithm::kMd5, kVectorUser, kVectorRealm, kVectorLongTermPassword)));
  EXPECT_FALSE(message.has_fingerprint());
}

TEST(StunMessage, ChecksTheSampleWithSha256OfRfc8489) {
  const auto message = parsed(kSampleSha256);
  EXPECT_TRUE(message.is_signed_sha256());
  EXPECT_EQ(message.text(A::kNonce), "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
  EXPECT_TRUE(message.is_signed_with(
      long_term_key(PasswordAlgorithm::kSha256, kVectorUser, kVectorRealm, kVectorLongTermPassword)));
  EXPECT_FALSE(message.is_signed_with(
      long_term_key(PasswordAlgorithm::kMd5, kVectorUser, kVectorRealm, kVectorLongTermPassword)));
}

TEST(StunWriter, WritesTheSampleWithSha256OfRfc8489) {
  const auto key =
      long_term_key(PasswordAlgorithm::kSha256, kVectorUser, kVectorRealm, kVectorLongTermPassword);
  const auto sample = parsed(kSampleSha256);
  StunWriter writer(StunClass::kRequest, StunMethod::kBinding, kLongTermId);
  for (const auto type : {A::kUserhash, A::kNonce, A::kRealm, A::kPasswordAlgorithm})
    writer.add(type, *sample.find(type));
  EXPECT_EQ(writer.sign_sha256(key).take(), kSampleSha256);
}

TEST(StunWriter, WritesTheSampleRequestOfRfc5769) {
  auto expected = kSampleRequest;
  StunWriter writer(StunClass::kRequest, StunMethod::kBinding, kId);
  writer.add_text(A::kSoftware, "STUN test client").add_u32(A::kPriority, 0x6e0001ff);
  writer.add_u64(A::kIceControlled, 0x932ff9b151263b36).add_text(A::kUsername, "evtj:h6vY");
  // The sample's padding is of blanks, ours of zeros: the hashes differ from there on.
  const auto written = writer.sign_sha1(as_bytes(kVectorPassword)).add_fingerprint().take();
  ASSERT_EQ(written.size(), expected.size());
  EXPECT_TRUE(std::equal(written.begin(), written.begin() + 73, expected.begin()));
  EXPECT_TRUE(parsed(written).is_signed_with(as_bytes(kVectorPassword)));
  EXPECT_TRUE(parsed(written).has_good_fingerprint());
}

TEST(StunWriter, EveryClassAndMethodIsReadAsItWasWritten) {
  for (const auto cls : {StunClass::kRequest, StunClass::kIndication, StunClass::kSuccess, StunClass::kError})
    for (unsigned method = 0; method <= 0xfff; ++method) {
      const auto bytes = StunWriter(cls, static_cast<StunMethod>(method), kId).take();
      ASSERT_EQ(parsed(bytes).cls(), cls);
      ASSERT_EQ(parsed(bytes).method(), static_cast<StunMethod>(method));
    }
  // As RFC 8656 spells them.
  EXPECT_EQ(StunWriter(StunClass::kSuccess, StunMethod::kAllocate, kId).bytes()[1], 0x03);
  EXPECT_EQ(StunWriter(StunClass::kError, StunMethod::kAllocate, kId).bytes()[1], 0x13);
  EXPECT_EQ(StunWriter(StunClass::kIndication, StunMethod::kData, kId).bytes()[1], 0x17);
}

TEST(StunWriter, WritesAddressesBothWays) {
  for (const auto* text : {"192.0.2.1:32853", "[2001:db8::1]:9", "0.0.0.0:0", "255.255.255.255:65535"}) {
    const auto address = *SocketAddress::parse(text);
    const auto bytes = StunWriter(StunClass::kSuccess, StunMethod::kBinding, kId)
                           .add_address(A::kMappedAddress, address)
                           .add_xor_address(A::kXorPeerAddress, address)
                           .take();
    EXPECT_EQ(parsed(bytes).address(A::kMappedAddress), address);
    EXPECT_EQ(parsed(bytes).xor_address(A::kXorPeerAddress), address);
    EXPECT_EQ(parsed(bytes).mapped_address(), address) << "what an old server answers with";
  }
}

TEST(StunWriter, WritesErrorsWithTheirReason) {
  const auto bytes = StunWriter(StunClass::kError, StunMethod::kAllocate, kId)
                         .add_error(486, "Allocation Quota\x1b[2J Reached")
                         .add_unknown_attributes({0x7fff, 0x0001})
                         .take();
  EXPECT_EQ(parsed(bytes).error_code(), 486);
  EXPECT_EQ(parsed(bytes).error_reason(), "Allocation Quota[2J Reached");
  EXPECT_THAT(*parsed(bytes).find(A::kUnknownAttributes), testing::ElementsAre(0x7f, 0xff, 0, 1));
}

TEST(StunMessage, ErrorCodesOutsideTheirRangeAreNone) {
  for (const auto& value : std::vector<Bytes>{{}, {0, 0, 4}, {0, 0, 2, 0}, {0, 0, 7, 0}, {0, 0, 4, 100}}) {
    const auto bytes =
        StunWriter(StunClass::kError, StunMethod::kBinding, kId).add(A::kErrorCode, value).take();
    EXPECT_FALSE(parsed(bytes).error_code());
  }
}

TEST(StunMessage, AddressesOfAWrongLengthOrFamilyAreNone) {
  for (const auto& value : std::vector<Bytes>{
           {}, {0, 1, 0}, {0, 1, 0, 1, 1, 2, 3}, {0, 2, 0, 1, 1, 2, 3, 4}, {0, 3, 0, 1, 1, 2, 3, 4}}) {
    const auto bytes =
        StunWriter(StunClass::kSuccess, StunMethod::kBinding, kId).add(A::kXorMappedAddress, value).take();
    EXPECT_FALSE(parsed(bytes).xor_address(A::kXorMappedAddress));
  }
}

TEST(StunMessage, IsToldFromOtherDatagramsByItsLooks) {
  EXPECT_TRUE(is_stun(kSampleRequest));
  EXPECT_FALSE(is_stun({}));
  auto quic = kSampleRequest;
  quic[0] = 0x40;
  EXPECT_FALSE(is_stun(quic)) << "the first two bits";
  auto cookie = kSampleRequest;
  cookie[7] ^= 1;
  EXPECT_FALSE(is_stun(cookie));
  auto longer = kSampleRequest;
  longer.resize(longer.size() + 4);
  EXPECT_FALSE(is_stun(longer)) << "more than it says";
  EXPECT_FALSE(is_stun(ByteView(kSampleRequest).first(104))) << "less than it says";
  EXPECT_FALSE(is_stun(ByteView(kSampleRequest).first(19)));
}

TEST(StunMessage, AnAttributeThatDoesNotFitIsNotRead) {
  auto bytes = StunWriter(StunClass::kRequest, StunMethod::kBinding, kId).add_text(A::kRealm, "abcd").take();
  for (const auto length : std::array<std::uint8_t, 3>{5, 8, 255}) {
    bytes[23] = length;
    EXPECT_FALSE(StunMessage::parse(bytes)) << unsigned{length};
  }
  bytes[23] = 3;
  EXPECT_EQ(parsed(bytes).text(A::kRealm), "abc");
}

TEST(StunMessage, EveryBitThatIsTurnedBreaksTheIntegrity) {
  const auto key = as_bytes(kVectorPassword);
  // The fingerprint's own bytes stand behind what is signed.
  for (std::size_t bit = 0; bit < (kSampleRequest.size() - 8) * 8; ++bit) {
    auto bytes = kSampleRequest;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto message = StunMessage::parse(bytes);
    EXPECT_FALSE(message && message->is_signed_with(key)) << bit;
    EXPECT_FALSE(message && message->has_good_fingerprint()) << bit;
  }
}

TEST(StunMessage, WithoutAnIntegrityItIsSignedByNobody) {
  const auto bytes = binding_request();
  EXPECT_FALSE(parsed(bytes).is_signed());
  EXPECT_FALSE(parsed(bytes).is_signed_with({}));
  EXPECT_FALSE(parsed(bytes).has_good_fingerprint());
}

TEST(StunMessage, WhatStandsBehindTheIntegrityIsNotSeen) {
  const auto key = as_bytes(kVectorPassword);
  const auto bytes = StunWriter(StunClass::kSuccess, StunMethod::kBinding, kId)
                         .sign_sha1(key)
                         .add_u32(A::kLifetime, 7)
                         .add(A::kUseCandidate)
                         .add(static_cast<A>(0x7ffe))
                         .take();
  const auto message = parsed(bytes);
  EXPECT_TRUE(message.is_signed_with(key));
  EXPECT_FALSE(message.has(A::kLifetime));
  EXPECT_FALSE(message.has(A::kUseCandidate));
  EXPECT_TRUE(message.unknown_required().empty());
}

TEST(StunMessage, TheBetterOfTwoIntegritiesCounts) {
  const auto key = as_bytes(kVectorPassword);
  const auto both = StunWriter(StunClass::kRequest, StunMethod::kBinding, kId)
                        .sign_sha1(as_bytes("forged"))
                        .sign_sha256(key)
                        .take();
  EXPECT_TRUE(parsed(both).is_signed_with(key));
  EXPECT_FALSE(parsed(both).is_signed_with(as_bytes("forged")));
  const auto swapped = StunWriter(StunClass::kRequest, StunMethod::kBinding, kId)
                           .sign_sha256(key)
                           .sign_sha1(as_bytes("forged"))
                           .take();
  EXPECT_TRUE(parsed(swapped).is_signed_with(key));
  EXPECT_FALSE(parsed(swapped).is_signed_with(as_bytes("forged")));
}

TEST(StunMessage, TheFirstOfTwoIntegritiesOfAKindCounts) {
  const auto key = as_bytes(kVectorPassword);
  StunWriter sha1(StunClass::kRequest, StunMethod::kBinding, kId);
  sha1.sign_sha1(key).sign_sha1(as_bytes("forged"));
  EXPECT_TRUE(parsed(sha1.bytes()).is_signed_with(key));
  StunWriter sha256(StunClass::kRequest, StunMethod::kBinding, kId);
  sha256.sign_sha256(key).sign_sha256(as_bytes("forged"));
  EXPECT_TRUE(parsed(sha256.bytes()).is_signed_with(key));
}

TEST(StunMessage, AFingerprintStandsAtTheEnd) {
  auto bytes = StunWriter(StunClass::kRequest, StunMethod::kBinding, kId)
                   .add_fingerprint()
                   .add_u32(A::kPriority, 1)
                   .take();
  EXPECT_FALSE(StunMessage::parse(bytes));
}

TEST(StunMessage, AnIntegrityOfAnotherLengthIsNotRead) {
  for (const auto type : {A::kMessageIntegrity, A::kMessageIntegritySha256}) {
    const auto bytes = StunWriter(StunClass::kRequest, StunMethod::kBinding, kId).add(type, Bytes(16)).take();
    EXPECT_FALSE(StunMessage::parse(bytes));
  }
}

TEST(StunMessage, TheFirstOfTwoAttributesCounts) {
  const auto bytes = StunWriter(StunClass::kRequest, StunMethod::kBinding, kId)
                         .add_text(A::kUsername, "one")
                         .add_text(A::kUsername, "two")
                         .take();
  EXPECT_EQ(parsed(bytes).text(A::kUsername), "one");
}

TEST(StunMessage, TellsWhatItMustKnowAndDoesNot) {
  StunWriter writer(StunClass::kRequest, StunMethod::kBinding, kId);
  writer.add(static_cast<A>(0x7ffe)).add(A::kUsername).add(static_cast<A>(0xfffe)).add(A::kUseCandidate);
  EXPECT_THAT(parsed(writer.bytes()).unknown_required(), testing::ElementsAre(0x7ffe));
  for (int i = 0; i < 100; ++i) writer.add(static_cast<A>(0x7ffe));
  EXPECT_EQ(parsed(writer.bytes()).unknown_required().size(), 16U);
}

TEST(StunMessage, EachTransactionHasAnIdOfItsOwn) {
  const auto random = seeded_random(1);
  EXPECT_NE(make_transaction_id(random), make_transaction_id(random));
}

}  // namespace
}  // namespace pixelpass::traversal
