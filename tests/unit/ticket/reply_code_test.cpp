#include "pixelpass/ticket/reply_code.hpp"

#include "some_tickets.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass {
namespace {

constexpr std::string_view kAlphabetOfCodes = "abcdefghijklmnopqrstuvwxyz234567";

Secret secret() {
  return small_ticket().secret;
}

ReplyCode small_code() {
  return make_reply_code({address("192.0.2.17:41234")}, secret());
}

ReplyCode mixed_code() {
  return make_reply_code(
      {address("192.0.2.17:41234"), address("203.0.113.9:50000"), address("[2001:db8::17]:41234")}, secret());
}

ReplyCodeError reply_error_of(std::string_view text) {
  const auto code = decode_reply_code(text, secret());
  EXPECT_FALSE(code.has_value()) << text;
  return code.has_value() ? ReplyCodeError{} : code.error();
}

TEST(ReplyCode, ComesBackAsItWas) {
  EXPECT_EQ(decode_reply_code(encode_reply_code(small_code()), secret()).value(), small_code());
  EXPECT_EQ(decode_reply_code(encode_reply_code(mixed_code()), secret()).value(), mixed_code());
}

TEST(ReplyCode, KeepsItsFormatForLaterVersionsToRead) {
  // Computed apart from this program.
  EXPECT_EQ(encode_reply_code(small_code()), "ppr1cdaaaaqruejlulde2ze4qxvveu");
}

TEST(ReplyCode, IsShorterThanALineOfAChat) {
  EXPECT_EQ(encode_reply_code(small_code()).size(), 30U);
  EXPECT_EQ(
      encode_reply_code(make_reply_code({address("192.0.2.1:1"), address("192.0.2.2:2")}, secret())).size(),
      40U);
  EXPECT_EQ(encode_reply_code(make_reply_code({address("192.0.2.1:1"), address("[2001:db8::1]:2")}, secret()))
                .size(),
            59U);
}

TEST(ReplyCode, IsLowerCaseAndPlain) {
  const auto text = encode_reply_code(mixed_code());
  EXPECT_TRUE(text.starts_with("ppr1"));
  EXPECT_EQ(text.find_first_not_of(kAlphabetOfCodes, 4), text.npos);
}

TEST(ReplyCode, PutsTheShorterAddressesFirst) {
  const auto code = make_reply_code({address("[2001:db8::1]:1"), address("192.0.2.2:2"),
                                     address("[2001:db8::3]:3"), address("192.0.2.4:4")},
                                    secret());
  EXPECT_EQ(code.addresses, (std::vector{address("192.0.2.2:2"), address("192.0.2.4:4"),
                                         address("[2001:db8::1]:1"), address("[2001:db8::3]:3")}));
}

TEST(ReplyCode, TakesAMappedAddressForWhatItIs) {
  EXPECT_EQ(make_reply_code({address("[::ffff:192.0.2.17]:41234")}, secret()), small_code());
}

TEST(ReplyCode, LeavesOutWhatIsAboveTheLimits) {
  std::vector<SocketAddress> many(20, address("192.0.2.17:41234"));
  many.insert(many.end(), 20, address("[2001:db8::1]:9"));
  const auto code = make_reply_code(many, secret());
  EXPECT_EQ(code.addresses.size(), kMaxReplyAddresses);
  EXPECT_EQ(decode_reply_code(encode_reply_code(code), secret()).value(), code);
  EXPECT_LE(kMaxReplyAddresses, 32U);
}

TEST(ReplyCode, LeavesOutAddressesThatAreNoOneMachines) {
  const auto code =
      make_reply_code({address("224.0.0.251:5353"), address("192.0.2.17:41234"), address("192.0.2.1:0"),
                       address("255.255.255.255:9"), address("[ff02::1]:9"), address("0.0.0.0:9")},
                      secret());
  EXPECT_EQ(code, small_code());
}

TEST(ReplyCode, AddressesThatAreNoOneMachinesAreLeftOutOfWhatOthersMade) {
  // 224.0.0.1:9, 192.0.2.17:41234, 255.255.255.255:9, 192.0.2.1:0 and [ff02::1]:9; the first alone.
  const auto several = decode_reply_code(
      "ppr1ihqaaaabaae4aaaccgqrf777777qacoaaabacaaa74baaaaaaaaaaaaaaaaaaaaaaeaat4e6uznpe2n566sa", secret());
  EXPECT_EQ(several.value().addresses, small_code().addresses);
  EXPECT_EQ(reply_error_of("ppr1cdqaaaabaaetjgwh5vzh3xfdl4"), ReplyCodeError::kDamaged);
}

TEST(ReplyCode, OfAnotherTicketIsToldApart) {
  Secret other = secret();
  other[3] ^= 1;
  const auto text = encode_reply_code(make_reply_code({address("192.0.2.17:41234")}, other));
  EXPECT_EQ(reply_error_of(text), ReplyCodeError::kOtherTicket);
}

TEST(ReplyCode, WithAnotherAddressUnderTheSameTagIsRefused) {
  for (const auto* text : {"192.0.2.18:41234", "192.0.2.17:41235"})
    EXPECT_EQ(reply_error_of(encode_reply_code({small_code().tag, {address(text)}})),
              ReplyCodeError::kOtherTicket);
}

TEST(ReplyCode, WhoseTagDiffersInAnyOneBitIsRefused) {
  for (std::size_t bit = 0; bit < 64; ++bit) {
    auto forged = small_code();
    forged.tag.at(bit / 8) ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(reply_error_of(encode_reply_code(forged)), ReplyCodeError::kOtherTicket) << bit;
  }
}

TEST(ReplyCode, IsDamagedWhateverCharacterWasChanged) {
  const auto good = encode_reply_code(mixed_code());
  for (std::size_t i = 4; i < good.size(); ++i) {
    for (const char c : kAlphabetOfCodes) {
      auto bad = good;
      if (bad[i] == c) continue;
      bad[i] = c;
      const auto error = reply_error_of(bad);
      // Changed counts may ask for more than is there, or for less: then what is behind is left over.
      constexpr std::size_t kCountsEnd = 6;
      EXPECT_TRUE(error == ReplyCodeError::kDamaged || (i < kCountsEnd && error != ReplyCodeError::kForeign))
          << i << c;
    }
  }
}

TEST(ReplyCode, IsTruncatedWhereverItsEndIsCutOff) {
  const auto good = encode_reply_code(mixed_code());
  for (std::size_t size = 4; size < good.size(); ++size)
    EXPECT_EQ(reply_error_of(good.substr(0, size)), ReplyCodeError::kTruncated) << size;
}

TEST(ReplyCode, WithoutAnAddressIsDamaged) {
  EXPECT_EQ(reply_error_of(encode_reply_code(make_reply_code({}, secret()))), ReplyCodeError::kDamaged);
}

TEST(ReplyCode, OfALaterVersionIsToldApart) {
  const auto behind = encode_reply_code(mixed_code()).substr(4);
  EXPECT_EQ(reply_error_of("ppr2" + behind), ReplyCodeError::kNewerVersion);
  EXPECT_EQ(reply_error_of("pixelpass reply ppr9" + behind), ReplyCodeError::kNewerVersion);
}

TEST(ReplyCode, WhatIsNoneIsForeignOrEmpty) {
  EXPECT_EQ(reply_error_of(""), ReplyCodeError::kEmpty);
  EXPECT_EQ(reply_error_of(" \n\t…"), ReplyCodeError::kEmpty);
  EXPECT_EQ(reply_error_of("good morning"), ReplyCodeError::kForeign);
  EXPECT_EQ(reply_error_of("ppr2"), ReplyCodeError::kForeign);
  EXPECT_EQ(reply_error_of(encode_ticket(full_ticket())), ReplyCodeError::kForeign);
}

TEST(ReplyCode, WhatAChatDoesToItDoesNoHarm) {
  const auto text = encode_reply_code(mixed_code());
  std::string upper = text;
  std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
  std::string wrapped;
  for (const char c : text) wrapped.append(1, c).append("\n> \xe2\x80\x8b");
  for (const auto& said : {upper, wrapped, "“" + text + "”, ok?", "pixelpass reply " + text + "\n",
                           "I get this: " + text + " what now"})
    EXPECT_EQ(decode_reply_code(said, secret()).value(), mixed_code()) << said;
}

TEST(ReplyCode, OfSeveralInAChatTheLastGoodOneIsTaken) {
  Secret other = secret();
  other[0] ^= 1;
  const auto foreign = encode_reply_code(make_reply_code({address("192.0.2.1:1")}, other));
  const auto text =
      encode_reply_code(mixed_code()) + "\nno: " + encode_reply_code(small_code()) + "\n" + foreign;
  EXPECT_EQ(decode_reply_code(text, secret()).value(), small_code());
}

TEST(ReplyCode, OfSeveralThatAreBadTheMostTellingErrorIsGiven) {
  Secret other = secret();
  other[0] ^= 1;
  const auto foreign = encode_reply_code(make_reply_code({address("192.0.2.1:1")}, other));
  EXPECT_EQ(reply_error_of(foreign + " " + encode_reply_code(small_code()).substr(0, 20)),
            ReplyCodeError::kOtherTicket);
}

TEST(ReplyCode, OfTheSameAddressesIsTheSame) {
  EXPECT_EQ(encode_reply_code(mixed_code()), encode_reply_code(mixed_code()));
  EXPECT_NE(small_code().tag, mixed_code().tag);
}

TEST(ReplyCode, IsNoTicketAndNoTicketIsOne) {
  EXPECT_TRUE(looks_like_reply_code(encode_reply_code(small_code())));
  EXPECT_TRUE(looks_like_reply_code("PPR2" + encode_reply_code(small_code()).substr(4)));
  EXPECT_FALSE(looks_like_ticket(encode_reply_code(small_code())));
  EXPECT_FALSE(looks_like_reply_code(encode_ticket(full_ticket())));
  EXPECT_FALSE(looks_like_reply_code("hello"));
}

TEST(ReplyCode, EachErrorIsASentenceWithAHint) {
  for (const auto error :
       {ReplyCodeError::kEmpty, ReplyCodeError::kForeign, ReplyCodeError::kTruncated,
        ReplyCodeError::kDamaged, ReplyCodeError::kOtherTicket, ReplyCodeError::kNewerVersion}) {
    EXPECT_FALSE(describe(error).what.empty());
    EXPECT_FALSE(describe(error).hint.empty());
    EXPECT_EQ(describe(error).exit_code, ExitCode::kUsage);
  }
}

}  // namespace
}  // namespace pixelpass
