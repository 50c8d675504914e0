#include "web/browser_paths.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace pixelpass::web {
namespace {

constexpr auto kAnything = std::numeric_limits<std::size_t>::max();

net::Path path_of(std::size_t number) {
  return {{}, *SocketAddress::parse("198.51.100." + std::to_string(number) + ":5000")};
}

class BrowserPathsTest : public testing::Test {
 protected:
  void check(const net::Path& path, bool nominates = false, std::optional<net::Path> keep = std::nullopt) {
    paths_.on_check(path, nominates, now_ += 1s, keep);
  }

  Instant now_{1h};
  BrowserPaths paths_;
  net::Path here_ = path_of(1);
};

TEST_F(BrowserPathsTest, WhereNobodyHasCheckedNothingIsSent) {
  paths_.on_heard(here_, 1'000);
  EXPECT_FALSE(paths_.knows(here_));
  EXPECT_EQ(paths_.budget(here_), 0U);
  EXPECT_EQ(paths_.checked_at(here_), Instant{});
}

TEST_F(BrowserPathsTest, AnUnprovenPathIsSentThreeTimesWhatCame) {
  check(here_);
  EXPECT_EQ(paths_.budget(here_), 0U);
  paths_.on_heard(here_, 100);
  EXPECT_EQ(paths_.budget(here_), 300U);
  paths_.on_said(here_, 250);
  EXPECT_EQ(paths_.budget(here_), 50U);
  EXPECT_EQ(paths_.budget(here_, 2), 0U);
  paths_.on_heard(here_, 10);
  EXPECT_EQ(paths_.budget(here_), 80U);
}

TEST_F(BrowserPathsTest, AHandshakeOverItProvesAPath) {
  check(here_);
  paths_.on_proven(here_);
  EXPECT_TRUE(paths_.is_proven(here_));
  EXPECT_EQ(paths_.budget(here_), kAnything);
}

TEST_F(BrowserPathsTest, OneEchoMayBeLuckTwoProveAPath) {
  check(here_);
  check(path_of(2));
  paths_.on_echo(here_);
  paths_.on_echo(path_of(2));
  EXPECT_FALSE(paths_.is_proven(here_));
  paths_.on_echo(here_);
  EXPECT_TRUE(paths_.is_proven(here_));
  EXPECT_FALSE(paths_.is_proven(path_of(2)));
}

TEST_F(BrowserPathsTest, WhatIsDoubtedBeginsAnew) {
  check(here_);
  paths_.on_proven(here_);
  paths_.on_heard(here_, 10'000);
  paths_.on_said(here_, 1'000'000);
  paths_.doubt(here_);
  EXPECT_EQ(paths_.budget(here_), 0U);
  paths_.on_heard(here_, 100);
  EXPECT_EQ(paths_.budget(here_), 300U);
  paths_.on_echo(here_);
  EXPECT_FALSE(paths_.is_proven(here_));
  paths_.on_echo(here_);
  EXPECT_TRUE(paths_.is_proven(here_));
}

TEST_F(BrowserPathsTest, ANominationIsNotTakenBackByALaterCheck) {
  check(here_);
  EXPECT_FALSE(paths_.is_nominated(here_));
  check(here_, true);
  check(here_);
  EXPECT_TRUE(paths_.is_nominated(here_));
  EXPECT_EQ(paths_.checked_at(here_), now_);
}

TEST_F(BrowserPathsTest, OfTooManyTheOneCheckedTheLongestAgoGoesButForTheOneInUse) {
  for (std::size_t i = 1; i <= BrowserPaths::kMost; ++i) check(path_of(i));
  check(path_of(2));
  check(path_of(100), false, here_);
  EXPECT_TRUE(paths_.knows(here_));
  EXPECT_TRUE(paths_.knows(path_of(2)));
  EXPECT_FALSE(paths_.knows(path_of(3)));
  EXPECT_TRUE(paths_.knows(path_of(100)));
  check(path_of(101));
  EXPECT_FALSE(paths_.knows(here_));
}

TEST_F(BrowserPathsTest, ThePathThroughARelayIsAnother) {
  check(here_);
  auto relayed = here_;
  relayed.via = net::Via::kOwnRelay;
  EXPECT_FALSE(paths_.knows(relayed));
}

}  // namespace
}  // namespace pixelpass::web
