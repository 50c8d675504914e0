#include "traversal/pcp_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::traversal {
namespace {

using std::chrono::seconds;

constexpr std::size_t kLifetimeAt = 4, kEpochAt = 8, kNonceAt = 24, kProtocolAt = 36, kOuterPortAt = 42,
                      kOuterAt = 44;

void put_seconds(Bytes& bytes, std::size_t at, seconds value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes[at++] = static_cast<std::uint8_t>(value.count() >> shift);
}

/// A client, a clock, and what a gateway would say to its requests.
class PcpClientTest : public testing::Test {
 protected:
  PcpClientTest() { client_.start(now_); }

  /// The answer to `request`, which a test can spoil.
  Bytes answer_to(const Bytes& request, seconds lifetime, std::uint8_t result = 0) const {
    Bytes bytes = request;
    bytes[1] |= 0x80;
    bytes[3] = result;
    put_seconds(bytes, kLifetimeAt, lifetime);
    std::fill(bytes.begin() + kEpochAt, bytes.begin() + kNonceAt, std::uint8_t{0});
    put_seconds(bytes, kEpochAt, std::chrono::duration_cast<seconds>(now_ - gateway_began_));
    const std::array<std::uint8_t, 4> outer{203, 0, 113, outer_};
    std::ranges::copy(outer, bytes.begin() + kOuterAt + 12);
    return bytes;
  }
  PcpResponse announcement() const {
    return {.epoch = std::chrono::duration_cast<seconds>(now_ - gateway_began_), .is_announcement = true};
  }
  /// What it sends until its clock stands at `until`, with the moments.
  std::vector<Duration> sends_until(Instant until) {
    std::vector<Duration> moments;
    while (true) {
      if (client_.poll_transmit()) moments.push_back(now_ - began_);
      const auto next = client_.next_timeout();
      if (!next || *next > until) break;
      now_ = std::max(now_, *next);
      client_.on_timeout(now_);
    }
    now_ = std::max(now_, until);
    return moments;
  }
  void map(seconds lifetime = seconds(100)) {
    client_.on_datagram(answer_to(*client_.poll_transmit(), lifetime), now_);
    ASSERT_TRUE(mapped());
  }
  std::optional<PcpClient::Mapped> mapped() {
    const auto event = client_.poll_event();
    const auto* found = event ? std::get_if<PcpClient::Mapped>(&*event) : nullptr;
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }
  std::optional<PcpClient::Over> over() {
    const auto event = client_.poll_event();
    const auto* found = event ? std::get_if<PcpClient::Over>(&*event) : nullptr;
    return found != nullptr ? std::optional(*found) : std::nullopt;
  }

  const Instant began_{1h};
  Instant now_ = began_;
  Instant gateway_began_ = began_ - 1000s;
  std::uint8_t outer_ = 7;
  PcpClient client_{{.inner = *SocketAddress::parse("192.168.1.10:4433"), .lifetime = seconds(1200)},
                    seeded_random(7)};
};

TEST_F(PcpClientTest, SaysWhereTheGatewayHasMappedIt) {
  client_.on_datagram(answer_to(*client_.poll_transmit(), seconds(100)), now_);
  const auto event = mapped();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->outer, *SocketAddress::parse("203.0.113.7:4433"));
  EXPECT_EQ(event->lifetime, seconds(100));
}

TEST_F(PcpClientTest, AsksAgainEverMoreRarelyAndGivesUp) {
  const auto moments = sends_until(began_ + 1min);
  ASSERT_EQ(moments.size(), 4U);
  for (std::size_t i = 1; i < moments.size(); ++i) {
    const Duration usual = 250ms * (1 << (i - 1));
    EXPECT_GE(moments[i] - moments[i - 1], usual * 9 / 10);
    EXPECT_LE(moments[i] - moments[i - 1], usual * 11 / 10);
  }
  const auto event = over();
  ASSERT_TRUE(event);
  EXPECT_FALSE(event->was_mapped);
  EXPECT_EQ(event->why, "no answer");
  EXPECT_FALSE(client_.next_timeout());
}

TEST_F(PcpClientTest, GivesUpAtOnceWhereNobodyListens) {
  client_.on_refused();
  EXPECT_TRUE(over());
  EXPECT_FALSE(client_.poll_transmit());
}

TEST_F(PcpClientTest, AnotherVersionIsSaidAtOnce) {
  client_.on_datagram(Bytes{0, 0x81, 0, 1, 0, 0, 0, 5}, now_);
  const auto event = over();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->result, PcpResult::kUnsupportedVersion);
}

TEST_F(PcpClientTest, ARefusalIsSaidInWords) {
  client_.on_datagram(answer_to(*client_.poll_transmit(), seconds(30), 2), now_);
  const auto event = over();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->result, PcpResult::kNotAuthorized);
  EXPECT_EQ(event->why, words_of(PcpResult::kNotAuthorized));
}

TEST_F(PcpClientTest, AnswersToOthersAreNotItsOwn) {
  const Bytes request = *client_.poll_transmit();
  for (const std::size_t at : {kNonceAt, kNonceAt + 11, kProtocolAt, std::size_t{41}}) {
    auto bytes = answer_to(request, seconds(100));
    bytes[at] ^= 1;
    client_.on_datagram(bytes, now_);
    EXPECT_FALSE(client_.poll_event()) << at;
  }
  client_.on_datagram(answer_to(request, seconds(100)), now_);
  EXPECT_TRUE(mapped());
}

TEST_F(PcpClientTest, AsksForAPortOfTcpWhereThatIsWanted) {
  PcpClient client({.inner = *SocketAddress::parse("192.168.1.10:4433"),
                    .transport = MappedTransport::kTcp,
                    .lifetime = seconds(1200)},
                   seeded_random(7));
  client.start(now_);
  const Bytes request = *client.poll_transmit();
  EXPECT_EQ(request[kProtocolAt], 6);
  auto of_udp = answer_to(request, seconds(100));
  of_udp[kProtocolAt] = 17;
  client.on_datagram(of_udp, now_);
  EXPECT_FALSE(client.poll_event());
  client.on_datagram(answer_to(request, seconds(100)), now_);
  EXPECT_TRUE(client.is_mapped());
}

TEST_F(PcpClientTest, AnswersWithoutAnAddressPortOrTimeAreNone) {
  for (int kind = 0; kind < 3; ++kind) {
    PcpClient client({.inner = *SocketAddress::parse("192.168.1.10:4433"), .lifetime = seconds(1200)},
                     seeded_random(7));
    client.start(now_);
    auto bytes = answer_to(*client.poll_transmit(), seconds(kind == 0 ? 0 : 100));
    if (kind == 1) std::fill(bytes.begin() + kOuterAt + 12, bytes.end(), std::uint8_t{0});
    if (kind == 2) std::fill_n(bytes.begin() + kOuterPortAt, 2, std::uint8_t{0});
    client.on_datagram(bytes, now_);
    const auto event = client.poll_event();
    ASSERT_TRUE(event) << kind;
    EXPECT_TRUE(std::holds_alternative<PcpClient::Over>(*event)) << kind;
  }
}

TEST_F(PcpClientTest, RenewsAtHalfOfTheLifetime) {
  map(seconds(100));
  EXPECT_EQ(client_.next_timeout(), now_ + 50s);
  now_ += 50s;
  client_.on_timeout(now_);
  const auto request = client_.poll_transmit();
  ASSERT_TRUE(request);
  client_.on_datagram(answer_to(*request, seconds(100)), now_);
  EXPECT_FALSE(client_.poll_event()) << "nothing has changed";
  EXPECT_EQ(client_.next_timeout(), now_ + 50s);
}

TEST_F(PcpClientTest, ARenewalSuggestsTheOuterAddressThatItHas) {
  map(seconds(100));
  now_ += 50s;
  client_.on_timeout(now_);
  const auto request = client_.poll_transmit();
  ASSERT_TRUE(request);
  EXPECT_THAT(Bytes(request->end() - 4, request->end()), testing::ElementsAre(203, 0, 113, 7));
}

TEST_F(PcpClientTest, ARenewalThatNobodyAnswersIsRepeatedUntilTheMappingIsOver) {
  map(seconds(100));
  const auto moments = sends_until(began_ + 1h);
  EXPECT_GE(moments.size(), 6U);
  EXPECT_LE(moments.size(), 12U);
  EXPECT_LT(moments.back(), 100s);
  const auto event = over();
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->was_mapped);
}

TEST_F(PcpClientTest, ANewOuterAddressIsNews) {
  map();
  now_ += 50s;
  client_.on_timeout(now_);
  outer_ = 8;
  client_.on_datagram(answer_to(*client_.poll_transmit(), seconds(100)), now_);
  const auto event = mapped();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->outer, *SocketAddress::parse("203.0.113.8:4433"));
}

TEST_F(PcpClientTest, ARefusedRenewalIsALoss) {
  map();
  now_ += 50s;
  client_.on_timeout(now_);
  client_.on_datagram(answer_to(*client_.poll_transmit(), seconds(30), 8), now_);
  const auto event = over();
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->was_mapped);
}

TEST_F(PcpClientTest, AGatewayThatHasBegunAnewIsAskedAgain) {
  map();
  now_ += 10s;
  gateway_began_ = now_ - 1s;
  client_.on_announcement(announcement(), now_);
  EXPECT_TRUE(client_.poll_transmit());
  client_.on_announcement(announcement(), now_);
  EXPECT_FALSE(client_.poll_transmit()) << "it repeats what it says";
}

TEST_F(PcpClientTest, AnnouncementsWithoutEndAskOnceASecond) {
  map();
  int asked = 0;
  for (int i = 0; i < 100; ++i) {
    now_ += 100ms;
    client_.on_announcement({.epoch = seconds(i % 2 == 0 ? 500'000 : 5)}, now_);
    if (const auto request = client_.poll_transmit()) {
      ++asked;
      client_.on_datagram(answer_to(*request, seconds(100)), now_);
    }
  }
  EXPECT_GE(asked, 5);
  EXPECT_LE(asked, 10);
}

TEST_F(PcpClientTest, AnAnnouncementOfAGatewayThatRemembersAsksForNothing) {
  map();
  for (int i = 0; i < 4; ++i) {
    now_ += 10s;
    client_.on_announcement(announcement(), now_);
    EXPECT_FALSE(client_.poll_transmit());
  }
}

TEST_F(PcpClientTest, AGatewaysClockThatRunsAlmostRightHasLostNothing) {
  map();
  now_ += 40s;
  gateway_began_ += 4s;  // a sixteenth of 40 s, and two seconds
  client_.on_announcement(announcement(), now_);
  EXPECT_FALSE(client_.poll_transmit());
  gateway_began_ += 2s;
  client_.on_announcement(announcement(), now_);
  EXPECT_TRUE(client_.poll_transmit());
}

TEST_F(PcpClientTest, AMappingThatMayBeGoneIsAskedForAgain) {
  client_.renew(now_);
  EXPECT_TRUE(client_.poll_transmit()) << "the first request";
  client_.renew(now_);
  EXPECT_FALSE(client_.poll_transmit()) << "it is not mapped yet";
}

TEST_F(PcpClientTest, ARenewalCanBeAskedForAtOnce) {
  map();
  client_.renew(now_);
  const auto request = client_.poll_transmit();
  ASSERT_TRUE(request);
  client_.on_datagram(answer_to(*request, seconds(100)), now_);
  EXPECT_FALSE(client_.poll_event()) << "nothing has changed";
}

TEST_F(PcpClientTest, AnotherVersionSaidToAMappingChangesNothing) {
  map();
  client_.on_datagram(Bytes{0, 0x81, 0, 1, 0, 0, 0, 5}, now_);
  EXPECT_FALSE(client_.poll_event());
}

TEST_F(PcpClientTest, GivesTheMappingBack) {
  map();
  client_.release(now_);
  const auto request = client_.poll_transmit();
  ASSERT_TRUE(request);
  EXPECT_THAT(Bytes(request->begin() + kLifetimeAt, request->begin() + kLifetimeAt + 4), testing::Each(0));
  client_.on_datagram(answer_to(*request, seconds(0)), now_);
  EXPECT_TRUE(client_.is_over());
}

TEST_F(PcpClientTest, AGatewayThatIsGoneIsToldTwice) {
  map();
  client_.release(now_);
  EXPECT_EQ(sends_until(now_ + 1h).size(), 2U);
  EXPECT_TRUE(client_.is_over());
}

TEST_F(PcpClientTest, GivesBackWhatAnUnansweredRequestMayHaveMade) {
  (void)client_.poll_transmit();
  client_.release(now_);
  EXPECT_TRUE(client_.poll_transmit());
}

TEST_F(PcpClientTest, ALifetimeOfNextToNothingDoesNotFloodTheGateway) {
  map(seconds(1));
  EXPECT_GE(*client_.next_timeout() - now_, 1s);
}

TEST_F(PcpClientTest, SurvivesAnyBytes) {
  const auto random = seeded_random(3);
  for (int i = 0; i < 10'000; ++i) {
    Bytes bytes(static_cast<std::size_t>(i % 80));
    random(bytes);
    if (bytes.size() > 2) bytes[0] = static_cast<std::uint8_t>(i % 3), bytes[1] |= 0x80;
    client_.on_datagram(bytes, now_);
    if (client_.is_over()) client_.start(now_);
    const auto event = client_.poll_event();
    EXPECT_FALSE(event && std::holds_alternative<PcpClient::Mapped>(*event)) << "nobody knows the nonce";
  }
}

}  // namespace
}  // namespace pixelpass::traversal
