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
  std::vector<Notice> take() { return news_.take(viewers_); }

  std::vector<HostStats::Viewer> viewers_{viewer_at(1, "192.0.2.1:4433"), viewer_at(2, "192.0.2.2:4433")};
  std::set<std::string> narrow_;  ///< addresses
  NarrowLineNews news_{[this](std::span<const net::Path> paths) -> std::optional<net::NarrowLine> {
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
  EXPECT_EQ(take().size(), 1U);
  EXPECT_TRUE(take().empty());
}

TEST_F(NarrowLineNewsTest, tells_of_a_viewer_that_comes_back_anew) {
  narrow_.insert(viewers_[0].path.remote.to_string());
  EXPECT_EQ(take().size(), 1U);
  news_.forget(1);
  EXPECT_EQ(take().size(), 1U);
}

TEST_F(NarrowLineNewsTest, says_nothing_where_nobody_knows) {
  NarrowLineNews blind{{}};
  EXPECT_TRUE(blind.take(viewers_).empty());
}

}  // namespace
}  // namespace pixelpass::app
