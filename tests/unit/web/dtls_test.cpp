#include "web/dtls.hpp"

#include "dtls_client.hpp"
#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

class Dtls : public testing::Test {
 protected:
  explicit Dtls(const char* profiles = kAllProfiles)
      : context(host.key.get(), host.certificate.get()),
        session(context, browser.hash()),
        client(&browser, profiles) {}

  void to_host(DtlsClient& from) {
    for (const auto& datagram : from.say()) session.on_datagram(datagram, now);
  }
  void to_client(DtlsClient& to) {
    while (const auto datagram = session.poll_datagram()) {
      EXPECT_LE(datagram->size(), kMaxDtlsBytes);
      to.hear(*datagram);
    }
  }
  void shake_hands(DtlsClient& with) {
    for (int flight = 0; flight < 3; ++flight) {
      to_host(with);
      to_client(with);
    }
  }

  CertifiedKey host, browser, stranger;
  Instant now{1h};
  DtlsContext context;
  DtlsSession session;
  DtlsClient client;
};

TEST_F(Dtls, ShakesHandsWithTheBrowserThatTheHelloNames) {
  shake_hands(client);
  EXPECT_EQ(session.state(), DtlsSession::State::kConnected);
  EXPECT_TRUE(client.is_connected());
  EXPECT_EQ(client.cipher(), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_FALSE(session.next_timeout()) << "nothing is left to repeat";
}

TEST_F(Dtls, GivesBothSidesTheSameKeysPreferringAead) {
  shake_hands(client);
  const auto keys = session.keys();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->profile, SrtpProfile::kAeadAes128Gcm);
  const auto all = client.exported(56);  // RFC 5764 section 4.2: keys, then salts, the client's first
  Bytes clients(all.begin(), all.begin() + 16);
  clients.insert(clients.end(), all.begin() + 32, all.begin() + 44);
  Bytes hosts(all.begin() + 16, all.begin() + 32);
  hosts.insert(hosts.end(), all.begin() + 44, all.end());
  EXPECT_EQ(keys->theirs, clients);
  EXPECT_EQ(keys->ours, hosts);
}

TEST_F(Dtls, TakesTheOlderProfileWhereThereIsNoOther) {
  DtlsClient older(&browser, "SRTP_AES128_CM_SHA1_80");
  shake_hands(older);
  const auto keys = session.keys();
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->profile, SrtpProfile::kAes128CmSha1_80);
  EXPECT_EQ(keys->ours.size(), 30U);
}

TEST_F(Dtls, RefusesAnyOtherCertificate) {
  DtlsClient other(&stranger, kAllProfiles);
  shake_hands(other);
  EXPECT_EQ(session.state(), DtlsSession::State::kFailed);
  EXPECT_FALSE(session.keys());
  EXPECT_FALSE(other.is_connected());
}

TEST_F(Dtls, RefusesAClientWithoutACertificate) {
  DtlsClient nobody(nullptr, kAllProfiles);
  shake_hands(nobody);
  EXPECT_EQ(session.state(), DtlsSession::State::kFailed);
  EXPECT_FALSE(session.keys());
}

TEST_F(Dtls, RepeatsAFlightThatWasLost) {
  to_host(client);
  while (session.poll_datagram()) {
  }
  ASSERT_TRUE(session.next_timeout());
  now = *session.next_timeout();
  session.on_timeout(now);
  to_client(client);
  shake_hands(client);
  EXPECT_EQ(session.state(), DtlsSession::State::kConnected);
}

TEST_F(Dtls, RepeatsMoreAndMoreRarely) {
  to_host(client);
  Duration before{};
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(session.next_timeout());
    const auto gap = *session.next_timeout() - now;
    EXPECT_GE(gap, before);
    before = gap;
    now += gap;
    session.on_timeout(now);
  }
  EXPECT_GE(before, 2s);
}

TEST_F(Dtls, RepeatsNoMoreThanThreeTimesWhatHasCome) {
  std::size_t heard = 0;
  for (const auto& datagram : client.say()) {
    heard += datagram.size();
    session.on_datagram(datagram, now);
  }
  std::size_t said = 0;
  for (int i = 0; i < 20; ++i) {
    while (const auto datagram = session.poll_datagram()) said += datagram->size();
    now = *session.next_timeout();
    session.on_timeout(now);
  }
  EXPECT_GT(said, heard);
  EXPECT_LE(said, 3 * heard);
}

TEST_F(Dtls, RepeatsNothingBeforeItsTime) {
  to_host(client);
  while (session.poll_datagram()) {
  }
  session.on_timeout(*session.next_timeout() - 1ms);
  EXPECT_FALSE(session.poll_datagram());
}

TEST_F(Dtls, SaysAndHearsGoodbye) {
  shake_hands(client);
  session.close();
  const auto bye = session.poll_datagram();
  ASSERT_TRUE(bye);
  EXPECT_TRUE(client.hears_bye(*bye));
  EXPECT_EQ(session.state(), DtlsSession::State::kClosed);
}

TEST_F(Dtls, SaysGoodbyeAgainToWhoHasNotHeardIt) {
  shake_hands(client);
  session.close();
  EXPECT_TRUE(session.poll_datagram());
  EXPECT_FALSE(session.poll_datagram());
  for (const auto& datagram : client.bye()) session.on_datagram(datagram, now);
  const auto again = session.poll_datagram();
  ASSERT_TRUE(again);
  EXPECT_TRUE(client.hears_bye(*again));
}

TEST_F(Dtls, HearsThatTheBrowserHasLeft) {
  shake_hands(client);
  for (const auto& datagram : client.bye()) session.on_datagram(datagram, now);
  EXPECT_EQ(session.state(), DtlsSession::State::kClosed);
}

TEST_F(Dtls, StandsNoise) {
  shake_hands(client);
  for (const auto length : {1, 12, 13, 60, 1200}) {
    const Bytes noise(static_cast<std::size_t>(length), 0x17);
    session.on_datagram(noise, now);
  }
  EXPECT_EQ(session.state(), DtlsSession::State::kConnected);
  EXPECT_FALSE(session.poll_datagram()) << "noise gets no answer";
}

TEST_F(Dtls, KnowsAClientByItsRandom) {
  const auto hello = client.say();
  ASSERT_FALSE(hello.empty());
  ASSERT_TRUE(client_random_of(hello.front()));
  auto later_piece = hello.front();
  later_piece[21] = 1;  // its offset
  EXPECT_FALSE(client_random_of(later_piece));
  const auto other = DtlsClient(&browser, kAllProfiles).say();
  EXPECT_NE(client_random_of(hello.front()), client_random_of(other.front()));
  for (std::size_t length = 0; length < 59; ++length)
    EXPECT_FALSE(client_random_of(ByteView(hello.front()).first(length)));
}

}  // namespace
}  // namespace pixelpass::web
