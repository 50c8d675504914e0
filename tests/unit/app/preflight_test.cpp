#include "app/doctor/preflight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

using ::testing::HasSubstr;

ElementFacts all_but(const std::string& element) {
  ElementFacts facts{{}, "GStreamer 1.24.2", wanted_elements()};
  std::erase(facts.present, element);
  return facts;
}

PlayerFacts players(bool mpv, bool vlc) {
  return {{}, mpv, vlc, "", "", {"/usr/lib/vlc/plugins"}, true, true};
}

TEST(PreflightTest, foresees_nothing_where_all_is_well) {
  EXPECT_FALSE(foresee_host(all_but("")));
  for (const auto choice : {PlayerChoice::kAuto, PlayerChoice::kMpv, PlayerChoice::kVlc, PlayerChoice::kNone})
    EXPECT_FALSE(foresee_view(choice, players(true, true)));
}

TEST(PreflightTest, a_host_needs_its_elements_and_says_what_installs_them) {
  const auto error = foresee_host(all_but("appsink"));
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what, HasSubstr("GStreamer has no appsink"));
  EXPECT_THAT(error->hint, HasSubstr("install"));
  EXPECT_EQ(error->exit_code, ExitCode::kCouldNotStart);
}

TEST(PreflightTest, what_only_the_demo_needs_stops_no_host) {
  for (const char* element : {"tsdemux", "h264parse", "aacparse"})
    EXPECT_FALSE(foresee_host(all_but(element))) << element;
}

TEST(PreflightTest, a_gstreamer_that_does_not_start_is_named) {
  ElementFacts facts;
  facts.failure.what = "GStreamer does not start: broken";
  const auto error = foresee_host(facts);
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what, HasSubstr("does not start"));
}

TEST(PreflightTest, vlc_without_a_plugin_shows_nothing) {
  PlayerFacts facts = players(true, true);
  facts.vlc_ts = false;
  const auto error = foresee_view(PlayerChoice::kVlc, facts);
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what, HasSubstr("libts_plugin.so"));
  EXPECT_THAT(error->hint, HasSubstr("install"));
  EXPECT_FALSE(foresee_view(PlayerChoice::kAuto, facts)) << "mpv is taken";
  EXPECT_FALSE(foresee_view(PlayerChoice::kNone, facts)) << "nobody plays";
  facts.mpv = false;
  EXPECT_TRUE(foresee_view(PlayerChoice::kAuto, facts));
}

TEST(PreflightTest, what_cannot_be_known_stops_nothing) {
  PlayerFacts facts = players(false, true);
  facts.vlc_ts = facts.vlc_avcodec = false;
  facts.vlc_folders.clear();
  EXPECT_FALSE(foresee_view(PlayerChoice::kVlc, facts)) << "a sandbox has its own folders";
  facts.vlc = false;
  EXPECT_FALSE(foresee_view(PlayerChoice::kVlc, facts)) << "not installed: said elsewhere";
}

}  // namespace
}  // namespace pixelpass::app
