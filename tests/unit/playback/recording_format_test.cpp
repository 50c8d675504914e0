#include "pixelpass/playback/recording_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::playback {
namespace {

TEST(RecordingFormatTest, is_what_the_ending_says) {
  for (const char* name : {"a.ts", "/b/a.m2ts", "a.MTS", "a", "/b.c/a", ".a"})
    EXPECT_EQ(recording_format(name).value(), RecordingFormat::kTransportStream) << name;
  for (const char* name : {"a.mkv", "/b/a.b.MKV"})
    EXPECT_EQ(recording_format(name).value(), RecordingFormat::kMatroska) << name;
  EXPECT_EQ(recording_format("a.Mp4").value(), RecordingFormat::kMp4);
}

TEST(RecordingFormatTest, says_which_endings_there_are) {
  const auto format = recording_format("film.avi");
  ASSERT_FALSE(format);
  EXPECT_THAT(format.error().what, testing::HasSubstr("\".avi\""));
  EXPECT_THAT(format.error().what, testing::HasSubstr(".ts, .m2ts, .mts, .mkv, .mp4"));
  EXPECT_EQ(format.error().exit_code, ExitCode::kUsage);
}

TEST(RecordingFormatTest, does_not_judge_a_device_by_its_name) {
  EXPECT_EQ(recording_format("/proc/self/../../dev/full").value(), RecordingFormat::kTransportStream);
}

}  // namespace
}  // namespace pixelpass::playback
