#include "app/host/narrow_line_news.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

HostStats::Viewer viewer_at(std::uint32_t number, const char* address) {
  HostStats::Viewer viewer;
  viewer.viewer = number;
  viewer.path.remote = *SocketAddress::parse(address);
  return viewer;
}

/// Two viewers, whose lines a test makes narrow.
class NarrowLineNewsTest : public ::testing::Test {
 protected:
  /// A second later.
  std::vector<Notice> take() {
    now_ += 1s;
    return news_.take(viewers_, now_);
  }

  Instant now_{1h};

  std::vector<HostStats::Viewer> viewers_{viewer_at(1, "192.0.2.1:4433"), viewer_at(2, "192.0.2.2:4433")};
  std::set<std::string> narrow_;  ///< addresses
  int looks_ = 0;
  NarrowLineNews news_{[this](std::span<const net::Path> paths) -> std::optional<net::NarrowLine> {
    ++looks_;
    if (!narrow_.contains(paths.front().remote.to_string())) return std::nullopt;
    return net::NarrowLine{paths.front().remote, 1000, 1228};
  }};
};

TEST_F(NarrowLineNewsTest, says_nothing_of_lines_that_are_wide_enough) {
  EXPECT_TRUE(take().empty());
}

TEST_F(NarrowLineNewsTest, tells_whose_line_it_is_and_what_helps) {
  narrow_.insert(viewers_[1].path.remote.to_string());
  const auto told = take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].what.find("viewer 2"), std::string::npos) << told[0].what;
  EXPECT_EQ(told[0].hint, net::kHintForNarrowLine);
}

TEST_F(NarrowLineNewsTest, tells_it_once_a_viewer) {
  narrow_.insert(viewers_[1].path.remote.to_string());
  EXPECT_EQ(take().size(), 1U);
  narrow_.insert(viewers_[0].path.remote.to_string());
  ++viewers_[0].lost_packets;
  EXPECT_EQ(take().size(), 1U);
  ++viewers_[0].lost_packets;
  EXPECT_TRUE(take().empty());
}

TEST_F(NarrowLineNewsTest, looks_seldom_at_a_line_on_which_nothing_gets_lost) {
  for (auto second = 0s; second < NarrowLineNews::kPause; second += 1s) EXPECT_TRUE(take().empty());
  EXPECT_EQ(looks_, 2) << "once at each";
  narrow_.insert(viewers_[0].path.remote.to_string());
  EXPECT_EQ(take().size(), 1U) << "in the end all the same";
}

TEST_F(NarrowLineNewsTest, looks_at_once_where_something_gets_lost) {
  EXPECT_TRUE(take().empty());
  for (const auto& viewer : viewers_) narrow_.insert(viewer.path.remote.to_string());
  EXPECT_TRUE(take().empty());
  ++viewers_[0].lost_packets;
  EXPECT_EQ(take().size(), 1U);
  ++viewers_[1].skipped_groups;
  EXPECT_EQ(take().size(), 1U);
}

TEST_F(NarrowLineNewsTest, looks_at_once_at_another_path) {
  EXPECT_TRUE(take().empty());
  viewers_[0].path.remote = *SocketAddress::parse("198.51.100.7:4433");
  narrow_.insert(viewers_[0].path.remote.to_string());
  EXPECT_EQ(take().size(), 1U);
}

TEST_F(NarrowLineNewsTest, tells_of_a_viewer_that_comes_back_anew) {
  narrow_.insert(viewers_[0].path.remote.to_string());
  EXPECT_EQ(take().size(), 1U);
  news_.forget(1);
  EXPECT_EQ(take().size(), 1U);
}

TEST_F(NarrowLineNewsTest, says_nothing_where_nobody_knows) {
  NarrowLineNews blind{{}};
  EXPECT_TRUE(blind.take(viewers_, now_).empty());
}

}  // namespace
}  // namespace pixelpass::app
