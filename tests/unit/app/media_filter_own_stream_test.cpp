#include "pixelpass/mpegts/media_filter.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "../mpegts/access_units.hpp"
#include <gtest/gtest.h>

namespace pixelpass {
namespace {

using namespace std::chrono_literals;

/// Feeds what our host writes for a few seconds: a keyframe, pictures and sound, a group anew each second.
void expect_unchanged(mpegts::TsWriter::Tracks tracks) {
  mpegts::TsWriter writer(tracks);
  mpegts::MediaFilter filter;
  const auto expect_same = [&](const Frame& frame) {
    const auto passed = filter.pass(frame);
    ASSERT_TRUE(passed);
    EXPECT_EQ(passed->bytes.data(), frame.bytes.data());
    EXPECT_EQ(passed->bytes.size(), frame.bytes.size());
  };
  const Bytes picture{0, 0, 0, 1, 0x65, 1, 2, 3};
  const Bytes audio(300, 0xff);
  for (int i = 0; i < 200; ++i) {
    const auto pts = 20ms * i;
    if (tracks.video) expect_same(writer.write(test::video_unit(picture, pts, i % 50 == 0)));
    if (tracks.audio) expect_same(writer.write(test::audio_unit(audio, pts)));
  }
  EXPECT_EQ(filter.counters().frames_changed, 0U);
  EXPECT_EQ(filter.counters().packets_dropped, 0U);
}

TEST(MediaFilter, OwnHostsStreamPassesWithoutACopy) {
  expect_unchanged({.video = true, .audio = true});
  expect_unchanged({.video = true, .audio = false});
  expect_unchanged({.video = false, .audio = true});
}

}  // namespace
}  // namespace pixelpass
