#include "web/handshakes.hpp"

#include "dtls_client.hpp"
#include <gtest/gtest.h>

#include <string>

namespace pixelpass::web {
namespace {

net::Path browser_at(std::size_t number) {
  return {{}, *SocketAddress::parse("198.51.100." + std::to_string(number) + ":5000")};
}

/// Of one session, with the browser and with who has copied its check.
class HandshakesTest : public testing::Test {
 protected:
  /// Whether any of it was of use.
  bool say(DtlsClient& client, const net::Path& over, bool nominated = false) {
    bool is_used = false;
    for (const auto& datagram : client.say())
      is_used = all_.on_datagram(over, datagram, nominated, now_) || is_used;
    return is_used;
  }
  /// What is said over this path reaches the client; all else nobody.
  void hear(DtlsClient& client, const net::Path& over) {
    while (const auto next = all_.poll_datagram())
      if (next->path == over) client.hear(next->datagram);
  }
  void shake_hands(DtlsClient& client, const net::Path& over) {
    for (int flight = 0; flight < 3; ++flight) {
      say(client, over);
      hear(client, over);
    }
  }
  std::size_t datagrams_over(const net::Path& path) {
    std::size_t count = 0;
    while (const auto next = all_.poll_datagram()) count += next->path == path ? 1U : 0U;
    return count;
  }

  CertifiedKey host_, browser_, stranger_;
  DtlsContext context_{host_.key.get(), host_.certificate.get()};
  Handshakes all_{context_, browser_.hash()};
  DtlsClient client_{&browser_, kAllProfiles};
  Instant now_{1h};
  net::Path here_ = browser_at(1);
  net::Path there_ = browser_at(2);
};

TEST_F(HandshakesTest, OneOverOnePathProvesIt) {
  EXPECT_TRUE(all_.empty());
  shake_hands(client_, here_);
  ASSERT_TRUE(all_.is_complete());
  EXPECT_TRUE(client_.is_connected());
  EXPECT_TRUE(all_.keys());
  EXPECT_EQ(all_.path(), here_);
  EXPECT_EQ(all_.proven_path(), here_);
}

TEST_F(HandshakesTest, AreAnsweredWhereTheyBeganAndProveThatPathAlone) {
  say(client_, here_);
  hear(client_, here_);
  EXPECT_TRUE(say(client_, there_, true));
  ASSERT_TRUE(all_.is_complete());
  EXPECT_EQ(all_.path(), there_);
  EXPECT_EQ(all_.proven_path(), here_) << "it may be forged that this came from there";
  EXPECT_GT(datagrams_over(here_), 0U);
}

TEST_F(HandshakesTest, ADatagramFromElsewhereBelongsToNoneUnlessThatPathIsNominated) {
  say(client_, here_);
  hear(client_, here_);
  EXPECT_FALSE(say(client_, there_));
  EXPECT_FALSE(all_.is_complete());
}

TEST_F(HandshakesTest, AfterAWhileAreAnsweredWhereTheBrowserIsAndProveNeither) {
  const auto hello = client_.say();
  for (const auto& datagram : hello) all_.on_datagram(there_, datagram, false, now_);
  now_ += 200ms;
  for (const auto& datagram : hello) all_.on_datagram(here_, datagram, false, now_);
  EXPECT_EQ(datagrams_over(here_), 0U) << "it began elsewhere";
  now_ += 300ms;
  for (const auto& datagram : hello) all_.on_datagram(here_, datagram, false, now_);
  all_.on_timeout(now_);
  hear(client_, here_);
  say(client_, here_);
  ASSERT_TRUE(all_.is_complete());
  EXPECT_EQ(all_.path(), here_);
  EXPECT_EQ(all_.proven_path(), std::nullopt);
}

TEST_F(HandshakesTest, TheBrowsersEndsThoseOfWhoCannotCompleteOne) {
  DtlsClient copier(&stranger_, kAllProfiles);
  say(copier, there_);
  EXPECT_EQ(all_.take_failed(), 0U);
  shake_hands(client_, here_);
  ASSERT_TRUE(all_.is_complete());
  EXPECT_EQ(all_.proven_path(), here_);
}

TEST_F(HandshakesTest, AnotherCertificateFailsWithoutAWordAndIsCounted) {
  DtlsClient copier(&stranger_, kAllProfiles);
  say(copier, there_);
  hear(copier, there_);
  say(copier, there_);
  EXPECT_EQ(datagrams_over(there_), 0U);
  EXPECT_EQ(all_.take_failed(), 1U);
  EXPECT_EQ(all_.take_failed(), 0U);
  EXPECT_TRUE(all_.empty());
}

TEST_F(HandshakesTest, WhoBeginsManyPushesOutHisOwn) {
  say(client_, here_);
  std::vector<DtlsClient> copiers;
  for (int i = 0; i < 10; ++i) say(copiers.emplace_back(&stranger_, kAllProfiles), there_);
  hear(client_, here_);
  say(client_, here_);
  EXPECT_TRUE(all_.is_complete());
}

TEST_F(HandshakesTest, KnowAHelloThatIsRepeated) {
  const auto hello = client_.say();
  EXPECT_TRUE(all_.begins_another(hello.front()));
  all_.on_datagram(here_, hello.front(), false, now_);
  EXPECT_FALSE(all_.begins_another(hello.front()));
  EXPECT_FALSE(all_.begins_another(Bytes{22, 254, 253}));
}

TEST_F(HandshakesTest, RepeatWhatWasNotAnsweredAndNothingOnceOneIsComplete) {
  EXPECT_EQ(all_.next_timeout(), std::nullopt);
  say(client_, here_);
  EXPECT_GT(datagrams_over(here_), 0U);
  ASSERT_TRUE(all_.next_timeout());
  now_ = *all_.next_timeout();
  all_.on_timeout(now_);
  shake_hands(client_, here_);
  ASSERT_TRUE(all_.is_complete());
  EXPECT_EQ(all_.next_timeout(), std::nullopt);
  const auto late = DtlsClient(&browser_, kAllProfiles).say();
  EXPECT_FALSE(all_.begins_another(late.front())) << "there is nothing more to shake hands about";
}

TEST_F(HandshakesTest, SayGoodbyeWhereTheyAreTold) {
  shake_hands(client_, here_);
  EXPECT_FALSE(all_.is_closed());
  all_.close(there_);
  EXPECT_TRUE(all_.is_closed());
  EXPECT_EQ(datagrams_over(there_), 1U);
  all_.close_again(here_, now_);
  EXPECT_EQ(datagrams_over(here_), 1U);
}

TEST_F(HandshakesTest, EndWithoutAWordToWhoHasNotCompletedOne) {
  say(client_, here_);
  while (all_.poll_datagram()) {
  }
  all_.close(here_);
  EXPECT_TRUE(all_.empty());
  EXPECT_FALSE(all_.poll_datagram());
}

}  // namespace
}  // namespace pixelpass::web
