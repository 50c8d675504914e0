#include "app/host/host_news.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

class Reader final : public EventSink {
 public:
  void on(const Event& event) override { read.push_back(event); }
  [[nodiscard]] bool broken() const override { return is_gone; }

  std::vector<Event> read;
  bool is_gone = false;
};

class HostNewsTest : public ::testing::Test {
 protected:
  static ViewerJoined joins(std::uint32_t viewer) { return {viewer, "Ada", {}}; }
  static ViewerLeft leaves(std::uint32_t viewer) { return {viewer, "Ada", {}, "bye"}; }

  Reader reader_;
  std::vector<DesktopNotice> shown_;
  HostNews news_{reader_, 2, [this](DesktopNotice notice) { shown_.push_back(std::move(notice)); }};
};

TEST_F(HostNewsTest, passes_on_what_it_is_told) {
  news_.on(Notice{"something", ""});
  ASSERT_EQ(reader_.read.size(), 1U);
  EXPECT_EQ(std::get<Notice>(reader_.read[0]).what, "something");
  EXPECT_TRUE(shown_.empty());
}

TEST_F(HostNewsTest, shows_on_the_desktop_how_many_watch_once_somebody_has_joined) {
  news_.on(joins(1));
  ASSERT_EQ(shown_.size(), 1U);
  const auto expected = desktop_notice(joins(1), 1, 2);
  EXPECT_EQ(shown_[0].title, expected.title);
  EXPECT_EQ(shown_[0].body, expected.body);
}

TEST_F(HostNewsTest, shows_on_the_desktop_how_many_are_left_once_somebody_has_gone) {
  news_.on(joins(1));
  news_.on(joins(2));
  news_.on(leaves(1));
  ASSERT_EQ(shown_.size(), 3U);
  EXPECT_EQ(shown_[2].body, desktop_notice(leaves(1), 1, 2).body);
}

TEST_F(HostNewsTest, is_read_and_kept_without_a_desktop) {
  HostNews news(reader_, 2, {});
  news.on(joins(1));
  EXPECT_EQ(reader_.read.size(), 1U);
  EXPECT_EQ(news.journal().watching(), 1U);
}

TEST_F(HostNewsTest, is_broken_once_its_reader_has_gone) {
  EXPECT_FALSE(news_.broken());
  reader_.is_gone = true;
  EXPECT_TRUE(news_.broken());
}

}  // namespace
}  // namespace pixelpass::app
