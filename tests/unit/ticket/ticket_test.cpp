#include "pixelpass/ticket/ticket.hpp"

#include "pixelpass/base/random.hpp"

#include "some_tickets.hpp"
#include "ticket/base32.hpp"
#include "ticket/payload.hpp"
#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pixelpass {
namespace {

TicketError error_of(std::string_view text) {
  const auto ticket = decode_ticket(text, kNow);
  EXPECT_FALSE(ticket.has_value()) << text;
  return ticket.has_value() ? TicketError{} : ticket.error();
}

/// A ticket of any version around any payload, its checksum right.
std::string sealed(std::uint8_t version, Bytes payload) {
  Bytes frame = {version, static_cast<std::uint8_t>(payload.size() >> 8),
                 static_cast<std::uint8_t>(payload.size() & 0xff)};
  frame.insert(frame.end(), payload.begin(), payload.end());
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(frame.data(), frame.size());
  frame.resize(frame.size() + 4);
  boost::endian::store_big_u32(frame.data() + frame.size() - 4, crc.checksum());
  return "pp1" + base32_encode(frame);
}

TEST(Ticket, ComesBackAsItWas) {
  EXPECT_EQ(decode_ticket(encode_ticket(small_ticket()), kNow).value(), small_ticket());
  EXPECT_EQ(decode_ticket(encode_ticket(full_ticket()), kNow).value(), full_ticket());
}

TEST(Ticket, WithNothingButItsKeysComesBackAsItWas) {
  EXPECT_EQ(decode_ticket(encode_ticket(Ticket{}), kNow).value(), Ticket{});
}

TEST(Ticket, WithEveryLimitReachedComesBackAsItWas) {
  auto ticket = full_ticket();
  ticket.candidates.assign(kMaxCandidates, {CandidateKind::kMapped, address("[2001:db8::1]:65535")});
  ticket.relay->permitted.assign(kMaxPermitted, address("[2001:db8::2]:1"));
  ticket.relay->username.assign(kMaxCredentialBytes, '\0');
  ticket.relay->password.assign(kMaxCredentialBytes, '\xff');
  ticket.relay->name.assign(kMaxCredentialBytes, 'n');
  const auto text = encode_ticket(ticket);
  EXPECT_LE(text.size(), kMaxTicketChars);
  EXPECT_EQ(decode_ticket(text, kNow).value(), ticket);
}

TEST(Ticket, LeavesOutWhatIsAboveTheLimits) {
  auto ticket = full_ticket();
  ticket.candidates.assign(kMaxCandidates + 1, ticket.candidates[0]);
  ticket.relay->permitted.assign(kMaxPermitted + 1, ticket.relay->permitted[0]);
  const auto back = decode_ticket(encode_ticket(ticket), kNow).value();
  EXPECT_EQ(back.candidates.size(), kMaxCandidates);
  EXPECT_EQ(back.relay->permitted.size(), kMaxPermitted);
}

TEST(Ticket, IsShortLowerCaseAndPlain) {
  auto ticket = small_ticket();
  ticket.expires_at = kNow + std::chrono::hours(8);
  const auto text = encode_ticket(ticket);
  EXPECT_TRUE(text.starts_with("pp1ae"));
  EXPECT_LE(text.size(), 170U);
  EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567", 3), text.npos);
}

TEST(Ticket, KeepsItsFormatForLaterVersionsToRead) {
  // Computed apart from this program.
  EXPECT_EQ(encode_ticket(small_ticket()),
            "pp1aeadsaahbykryizkge4d6rsnkrnwe2lqo57ildettkq2rl5wxxcmxuwzz"
            "de4vs6mzxhm7ugr2lj5jvow24aacagaaabbdiis3tbql5q");
}

TEST(Ticket, IsDamagedWhateverCharacterWasChanged) {
  const auto good = encode_ticket(small_ticket());
  for (std::size_t i = 3; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == 'x' ? 'y' : 'x';
    const auto error = error_of(bad);
    // A changed length may ask for more than is there.
    constexpr std::size_t kLengthEnds = 8;
    EXPECT_TRUE(error == TicketError::kDamaged || (i < kLengthEnds && error == TicketError::kTruncated)) << i;
  }
}

TEST(Ticket, IsDamagedWhenTwoCharactersAreSwappedOrOneIsMistyped) {
  auto swapped = encode_ticket(small_ticket());
  std::swap(swapped[60], swapped[61]);
  ASSERT_NE(swapped, encode_ticket(small_ticket()));
  EXPECT_EQ(error_of(swapped), TicketError::kDamaged);
  auto mistyped = encode_ticket(small_ticket());
  mistyped[40] = '0';
  EXPECT_EQ(error_of(mistyped), TicketError::kDamaged);
}

TEST(Ticket, IsTruncatedWhereverItsEndIsCutOff) {
  const auto good = encode_ticket(full_ticket());
  for (std::size_t size = 3; size < good.size(); ++size)
    EXPECT_EQ(error_of(good.substr(0, size)), TicketError::kTruncated) << size;
}

TEST(Ticket, ExpiresAtItsSecondAndIsReadAllTheSame) {
  auto ticket = small_ticket();
  ticket.expires_at = kNow;
  EXPECT_FALSE(has_expired(ticket, kNow - std::chrono::seconds(1)));
  EXPECT_TRUE(has_expired(ticket, kNow));
  EXPECT_FALSE(has_expired(small_ticket(), UnixTime::max()));
  EXPECT_EQ(decode_ticket(encode_ticket(ticket), kNow + std::chrono::hours(9)).value(), ticket);
}

TEST(Ticket, DamageIsNotMistakenForExpiryOrVersion) {
  auto ticket = small_ticket();
  ticket.expires_at = kNow - std::chrono::hours(1);
  auto expired = encode_ticket(ticket);
  expired[50] = expired[50] == 'x' ? 'y' : 'x';
  EXPECT_EQ(error_of(expired), TicketError::kDamaged);
  auto version = encode_ticket(small_ticket());
  version[3] = 'b';
  EXPECT_EQ(error_of(version), TicketError::kDamaged);
}

TEST(Ticket, ExpiryBeyondItsFieldIsKeptAsTheLatest) {
  auto ticket = small_ticket();
  ticket.expires_at = UnixTime(std::chrono::seconds(std::int64_t{1} << 40));
  const auto back = decode_ticket(encode_ticket(ticket), kNow).value();
  EXPECT_EQ(back.expires_at->time_since_epoch().count(), 0xffffffff);
}

TEST(Ticket, OfALaterVersionIsToldApart) {
  EXPECT_EQ(error_of(sealed(2, {1, 2, 3})), TicketError::kNewerVersion);
  EXPECT_EQ(error_of("pp2" + encode_ticket(small_ticket()).substr(3)), TicketError::kNewerVersion);
  EXPECT_EQ(error_of("pixelpass view pp3" + encode_ticket(small_ticket()).substr(3)),
            TicketError::kNewerVersion);
}

TEST(Ticket, LongerPayloadOfTheSameVersionIsReadAsFarAsItIsKnown) {
  auto payload = encode_payload(full_ticket());
  payload.insert(payload.end(), {1, 2, 3});
  EXPECT_EQ(decode_ticket(sealed(1, payload), kNow).value(), full_ticket());
}

TEST(Ticket, PayloadThatEndsTooEarlyIsDamaged) {
  const auto payload = encode_payload(full_ticket());
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_EQ(
        error_of(sealed(1, Bytes(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size)))),
        TicketError::kDamaged)
        << size;
}

TEST(Ticket, AddressesThatAreNoOneMachinesAreLeftOut) {
  const auto good = small_ticket();
  auto ticket = good;
  for (const auto* text : {"0.0.0.0:4433", "0.1.2.3:4433", "192.0.2.1:0", "224.0.0.251:5353",
                           "239.255.255.250:1900", "240.0.0.1:9", "255.255.255.255:4433", "[::]:4433",
                           "[2001:db8::1]:0", "[ff02::1]:4433", "[ff0e::1]:4433", "[::ffff:224.0.0.1]:4433",
                           "[::ffff:0.0.0.0]:4433", "[::ffff:255.255.255.255]:4433"})
    ticket.candidates.push_back({CandidateKind::kHost, address(text)});
  EXPECT_EQ(decode_ticket(encode_ticket(ticket), kNow).value(), good);
}

TEST(Ticket, AddressesOfOneMachineStay) {
  auto ticket = small_ticket();
  for (const auto* text : {"127.0.0.1:1", "169.254.3.4:65535", "223.255.255.255:9", "[::1]:9", "[fe80::1]:9",
                           "[fd00::1]:9", "[::ffff:192.0.2.1]:9"})
    ticket.candidates.push_back({CandidateKind::kHost, address(text)});
  EXPECT_EQ(decode_ticket(encode_ticket(ticket), kNow).value(), ticket);
}

TEST(Ticket, RelayThatIsNoOneMachineIsLeftOut) {
  for (const auto* text : {"0.0.0.0:3478", "198.51.100.1:0", "224.0.0.1:3478", "[ff02::1]:3478"}) {
    auto server = full_ticket();
    server.relay->server = address(text);
    EXPECT_FALSE(decode_ticket(encode_ticket(server), kNow).value().relay) << text;
    auto relayed = full_ticket();
    relayed.relay->relayed = address(text);
    EXPECT_FALSE(decode_ticket(encode_ticket(relayed), kNow).value().relay) << text;
  }
}

TEST(Ticket, CountsAboveTheLimitsAreDamage) {
  auto payload = encode_payload(Ticket{});
  payload.back() = kMaxCandidates + 1;
  payload.resize(payload.size() + 4096 / 2, 0);
  EXPECT_EQ(error_of(sealed(1, payload)), TicketError::kDamaged);
}

TEST(Ticket, CandidatesOfAnUnknownKindAreLeftOut) {
  auto payload = encode_payload(full_ticket());
  constexpr std::size_t kFirstCandidate = 32 + 16 + 1 + 4 + 1;
  payload[kFirstCandidate] = 9 * 2;
  const auto back = decode_ticket(sealed(1, payload), kNow).value();
  ASSERT_EQ(back.candidates.size(), 2U);
  EXPECT_EQ(back.candidates[0], full_ticket().candidates[1]);
  EXPECT_EQ(back.relay, full_ticket().relay);
}

TEST(Ticket, RelayAddressOfAnUnknownFamilyIsDamage) {
  auto ticket = small_ticket();
  ticket.relay = full_ticket().relay;
  auto payload = encode_payload(ticket);
  payload[32 + 16 + 1 + 1 + 7] = 5;
  EXPECT_EQ(error_of(sealed(1, payload)), TicketError::kDamaged);
}

TEST(Ticket, LengthBeyondAnyTicketIsDamageAndNotTruncation) {
  EXPECT_EQ(error_of("pp1" + base32_encode(Bytes{1, 0xff, 0xff, 0, 0})), TicketError::kDamaged);
}

TEST(Ticket, NoiseOfAnySizeIsAnErrorAndNeverMore) {
  auto random = seeded_random(7);
  for (std::size_t size = 0; size < 600; ++size) {
    Bytes noise(size);
    random(noise);
    (void)error_of(as_text(noise));
    (void)error_of("pp1" + base32_encode(noise));
  }
  EXPECT_EQ(error_of(std::string(10'000'000, 'a')), TicketError::kForeign);
}

TEST(Ticket, EveryErrorHasItsOwnSentenceAndAHint) {
  std::set<std::string> sentences;
  for (const auto error : {TicketError::kEmpty, TicketError::kForeign, TicketError::kTruncated,
                           TicketError::kDamaged, TicketError::kNewerVersion}) {
    const auto [what, hint, exit_code] = describe(error);
    EXPECT_FALSE(hint.empty());
    EXPECT_EQ(exit_code, ExitCode::kUsage);
    sentences.insert(what);
  }
  EXPECT_EQ(sentences.size(), 5U);
}

TEST(Ticket, ValueOfABadOneThrowsWhatMainCatches) {
  try {
    (void)decode_ticket("nonsense", kNow).value();
    FAIL() << "nothing was thrown";
  } catch (const StartupError& thrown) {
    EXPECT_EQ(thrown.error().what, describe(TicketError::kForeign).what);
  }
}

}  // namespace
}  // namespace pixelpass
