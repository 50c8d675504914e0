#include "web/session_index.hpp"

#include "pixelpass/tunnel/identity.hpp"

#include "hello_fixture.hpp"
#include "web/session.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <string>

namespace pixelpass::web {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SessionIndexTest : public ::testing::Test {
 protected:
  static net::Path path_from(int host, int port = 5000) {
    const auto remote = "192.0.2." + std::to_string(host) + ":" + std::to_string(port);
    return {*SocketAddress::parse("198.51.100.1:4433"), *SocketAddress::parse(remote)};
  }
  Check check_of(int number) {
    HelloText text;
    text.random = static_cast<std::uint8_t>(number);
    return {*parse_hello(text.text()), text.text()};
  }
  Session& begin(int number) {
    auto& session = sessions_.emplace_back(context_, check_of(number), ice_, now_);
    index_.add(session);
    return session;
  }
  void check(Session& session, const net::Path& path) {
    now_ += 1ms;
    session.on_check(path, check_of(0), 100, now_);
    index_.update(session);
  }

  Instant now_{1h};
  SessionIndex index_;

 private:
  tunnel::Identity identity_ = tunnel::Identity::generate(seeded_random(1));
  DtlsContext context_{identity_.key(), identity_.certificate()};
  IceLite ice_{Secret{}};
  std::list<Session> sessions_;
};

TEST_F(SessionIndexTest, FindsNoOtherSessionThanTheOneMeant) {
  std::vector<Session*> all;
  for (int i = 0; i < 100; ++i) check(*all.emplace_back(&begin(i)), path_from(i));
  EXPECT_THAT(index_.knowing(path_from(42)), ElementsAre(all[42]));
  EXPECT_THAT(index_.at_host_of(path_from(42, 6000)), ElementsAre(all[42]));
  EXPECT_EQ(index_.find(all[42]->user_name()), all[42]);
  EXPECT_THAT(index_.knowing(path_from(42, 6000)), IsEmpty());
  EXPECT_EQ(index_.find("nobody"), nullptr);
}

TEST_F(SessionIndexTest, FindsAllOfOnePathTheFirstOneFirst) {
  auto& a = begin(1);
  auto& b = begin(2);
  check(a, path_from(1));
  check(b, path_from(1));
  check(a, path_from(2));
  EXPECT_THAT(index_.knowing(path_from(1)), ElementsAre(&a, &b));
  EXPECT_THAT(index_.knowing(path_from(2)), ElementsAre(&a));
}

TEST_F(SessionIndexTest, AsksForHostAndRelayAtOnce) {
  auto& session = begin(1);
  check(session, path_from(1));
  auto relayed = path_from(1);
  relayed.via = net::Via::kOwnRelay;
  EXPECT_THAT(index_.at_host_of(relayed), IsEmpty());
}

TEST_F(SessionIndexTest, ForgetsWhatASessionHasForgotten) {
  auto& session = begin(1);
  const auto most = static_cast<int>(BrowserPaths::kMost);
  for (int i = 0; i <= most; ++i) check(session, path_from(i));
  EXPECT_THAT(index_.knowing(path_from(0)), IsEmpty());
  for (int i = 1; i <= most; ++i) EXPECT_THAT(index_.knowing(path_from(i)), ElementsAre(&session)) << i;
  EXPECT_THAT(index_.at_host_of(path_from(most - 1)), IsEmpty());
  EXPECT_THAT(index_.at_host_of(path_from(most)), ElementsAre(&session));
}

TEST_F(SessionIndexTest, LeavesTheNameToTheNewestOfThatName) {
  auto& before = begin(1);
  auto& after = begin(1);
  check(before, path_from(1));
  EXPECT_EQ(index_.find(before.user_name()), &after);
  index_.remove(before);
  EXPECT_EQ(index_.find(before.user_name()), &after);
  EXPECT_THAT(index_.knowing(path_from(1)), IsEmpty());
  EXPECT_THAT(index_.at_host_of(path_from(1)), IsEmpty());
  index_.remove(after);
  EXPECT_EQ(index_.find(before.user_name()), nullptr);
}

}  // namespace
}  // namespace pixelpass::web
