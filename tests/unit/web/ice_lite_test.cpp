#include "web/ice_lite.hpp"

#include "hello_fixture.hpp"
#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

using traversal::StunAttribute;
using traversal::StunClass;
using traversal::StunMessage;
using traversal::StunMethod;
using traversal::StunWriter;

const Secret kTicketSecret{1, 2, 3};
const traversal::TransactionId kCheckId{7};

/// As a browser sends it.
struct CheckText {
  std::string ours = HelloText().text();
  std::string user_name = ours + ":browser";
  Secret secret = kTicketSecret;
  StunClass cls = StunClass::kRequest;
  bool nominates = false;
  std::optional<StunAttribute> more = std::nullopt;
  bool has_fingerprint = true;

  [[nodiscard]] Bytes bytes() const {
    StunWriter writer(cls, StunMethod::kBinding, kCheckId);
    writer.add_text(StunAttribute::kUsername, user_name);
    writer.add_u32(StunAttribute::kPriority, 1853824767).add_u64(StunAttribute::kIceControlling, 42);
    if (nominates) writer.add(StunAttribute::kUseCandidate);
    if (more) writer.add(*more);
    writer.sign_sha1(as_bytes(ice_password(make_ice_key(secret), ours)));
    if (has_fingerprint) writer.add_fingerprint();
    return writer.take();
  }
};

std::optional<Check> read_bytes(ByteView bytes) {
  const auto unproven = IceLite::read(bytes);
  if (!unproven || !IceLite(kTicketSecret).has_signed(*unproven)) return std::nullopt;
  return unproven->check;
}
std::optional<Check> read(const CheckText& text) {
  return read_bytes(text.bytes());
}

TEST(IceLite, TakesACheckOfWhoHasTheSecret) {
  const CheckText text;
  const auto check = read(text);
  ASSERT_TRUE(check);
  EXPECT_EQ(check->user_name, text.ours);
  EXPECT_EQ(check->hello.media.video_type, 102);
  EXPECT_FALSE(check->nominates);
}

TEST(IceLite, HearsThatAPathIsNominated) {
  CheckText text;
  text.nominates = true;
  const auto check = read(text);
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->nominates);
}

TEST(IceLite, AnswersSoThatTheBrowserBelievesIt) {
  const CheckText text;
  const auto check = read(text);
  ASSERT_TRUE(check);
  for (const auto* address : {"192.0.2.7:5000", "[2001:db8::7]:5000"}) {
    const auto from = *SocketAddress::parse(address);
    const auto bytes = IceLite(kTicketSecret).answer(*check, from);
    const auto answer = StunMessage::parse(bytes);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->cls(), StunClass::kSuccess);
    EXPECT_EQ(answer->id(), kCheckId);
    EXPECT_EQ(answer->xor_address(StunAttribute::kXorMappedAddress), from);
    EXPECT_TRUE(answer->is_signed_with(as_bytes(ice_password(make_ice_key(kTicketSecret), text.ours))));
    EXPECT_TRUE(answer->has_good_fingerprint());
    EXPECT_LT(bytes.size(), text.bytes().size()) << "it would serve to flood others";
  }
}

TEST(IceLite, TellsAMappedAddressAsTheIpv4ThatItIs) {
  const auto check = read({});
  ASSERT_TRUE(check);
  const auto from = *SocketAddress::parse("192.0.2.7:5000");
  const auto bytes = IceLite(kTicketSecret).answer(*check, from.mapped());
  EXPECT_EQ(StunMessage::parse(bytes)->xor_address(StunAttribute::kXorMappedAddress), from);
}

TEST(IceLite, DoesNotHearWhoLacksTheSecret) {
  CheckText text;
  text.secret = Secret{9};
  EXPECT_FALSE(read(text));
}

TEST(IceLite, DoesNotHearACheckThatWasChanged) {
  const auto whole = CheckText().bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto spoilt = whole;
    spoilt[at] ^= 1;
    EXPECT_FALSE(read_bytes(spoilt)) << "byte " << at;
  }
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(read_bytes(ByteView(whole).first(length)));
}

TEST(IceLite, DoesNotTakeForChecksWhatIsNone) {
  CheckText answer;
  answer.cls = StunClass::kSuccess;
  CheckText foreign;
  foreign.user_name = "somebody:else";
  CheckText alone;
  alone.user_name = alone.ours;
  for (const auto& text : {answer, foreign, alone}) {
    EXPECT_FALSE(IceLite::read(text.bytes()));
  }
  EXPECT_FALSE(IceLite::read({}));
}

TEST(IceLite, DoesNotHearACheckThatAsksForWhatItDoesNotKnow) {
  CheckText text;
  text.more = static_cast<StunAttribute>(0x7001);
  EXPECT_FALSE(read(text));
}

TEST(IceLite, DoesNotHearACheckWithoutAFingerprint) {
  CheckText text;
  text.has_fingerprint = false;
  EXPECT_FALSE(read(text));
}

}  // namespace
}  // namespace pixelpass::web
