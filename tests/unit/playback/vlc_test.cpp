#include "pixelpass/playback/vlc_http.hpp"

#include "playback/vlc_status.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::playback {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(VlcStatus, HasTheTimeTheRateAndWhatWasLost) {
  const auto status = parse_vlc_status(
      R"({"state":"playing","rate":1.1000000238419,"time":7,"stats":{"readbytes":2000,"demuxreadbytes":1500,
          "lostabuffers":3,"lostpictures":12,"inputbitrate":0.76},"version":"3.0.24 Vetinari"})");
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->paused);
  EXPECT_NEAR(status->rate, 1.1, 0.001);
  EXPECT_EQ(status->seconds, 7);
  EXPECT_EQ(status->lost_audio, 3U);
  EXPECT_EQ(status->lost_pictures, 12U);
  EXPECT_TRUE(parse_vlc_status(R"({"state":"paused","rate":1,"stats":{}})")->paused);
}

TEST(VlcStatus, OfAPlayerThatPlaysNothingIsNone) {
  EXPECT_FALSE(parse_vlc_status(R"({"state":"stopped","rate":1,"stats":{}})"));
  EXPECT_FALSE(parse_vlc_status(R"({"state":"playing","rate":1})"));
}

TEST(VlcStatus, OddBytesAreNoneOrHaveNoOddFigures) {
  for (const char* text :
       {"", "{", "[]", "5", "<html>", R"({"state":5,"stats":{}})", R"({"state":"playing","stats":[]})"})
    EXPECT_FALSE(parse_vlc_status(text)) << text;
  EXPECT_FALSE(parse_vlc_status(std::string(100'000, '[')));
  const auto odd =
      parse_vlc_status(R"({"state":"playing","rate":"x","time":-7,"stats":{"lostabuffers":1e300}})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->rate, 1);
  EXPECT_EQ(odd->seconds, 0);
  EXPECT_EQ(odd->lost_audio, 0U);
}

TEST(VlcSeconds, ArePassedOnAtTheirFirstMomentAlone) {
  VlcSeconds seconds;
  EXPECT_FALSE(seconds.begun(3)) << "nobody knows when they began";
  EXPECT_FALSE(seconds.begun(3));
  EXPECT_EQ(seconds.begun(4), 4);
  EXPECT_FALSE(seconds.begun(4));
  EXPECT_EQ(seconds.begun(6), 6);
}

TEST(VlcConfig, KeepsTheUsersSettingsAndPutsTheInterfaceLast) {
  const auto text = vlc_config("volume=256\nhttp-password=theirs\n", {.port = 4321, .password = "secret"});
  EXPECT_THAT(text, StartsWith("volume=256\nhttp-password=theirs\n"));
  EXPECT_THAT(text, HasSubstr("\nhttp-host=127.0.0.1\n"));
  EXPECT_THAT(text, HasSubstr("\nhttp-port=4321\n"));
  EXPECT_GT(text.find("http-password=secret"), text.find("http-password=theirs"));
}

TEST(VlcConfig, APasswordIsAnotherEachTimeAndIsNotOnTheCommandLine) {
  const auto first = VlcAccess::make(system_random);
  const auto second = VlcAccess::make(system_random);
  EXPECT_NE(first.password, second.password);
  EXPECT_GE(first.password.size(), 20U);
  EXPECT_NE(first.port, 0);
}

}  // namespace
}  // namespace pixelpass::playback
