#include "app/host/host_meter.hpp"

#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

constexpr Instant kStart{1h};

TEST(HostMeterTest, gives_each_viewer_its_own_bitrate_and_forgets_who_left) {
  HostMeter meter(kStart);
  const auto viewer = [](std::uint32_t number, std::int64_t bytes) {
    tunnel::ViewerStatus stats;
    stats.viewer = number;
    stats.bytes_sent = bytes;
    return stats;
  };
  Broadcast::Counters made;
  made.bytes = 1000;
  (void)meter.take({viewer(1, 1000), viewer(2, 500)}, {}, made, kStart + 1s);
  made.bytes = 3000;
  const auto stats =
      meter.take({viewer(1, 2000), viewer(2, 500)}, {{30, 4ms, 9ms}, 7, 12.5, 4096}, made, kStart + 2s);
  ASSERT_EQ(stats.viewers.size(), 2U);
  EXPECT_EQ(stats.viewers[0].bitrate_bps, 8000);
  EXPECT_EQ(stats.viewers[1].bitrate_bps, 0);
  EXPECT_EQ(stats.bitrate_bps, 16000);
  EXPECT_DOUBLE_EQ(stats.encode_fps, 30);
  EXPECT_EQ(stats.encode_p95, Duration(9ms));
  EXPECT_EQ(stats.dropped_frames, 7U);
  EXPECT_DOUBLE_EQ(stats.cpu_percent, 12.5);
  EXPECT_EQ(stats.rss, 4096U);
  EXPECT_TRUE(meter.take({}, {}, made, kStart + 3s).viewers.empty());
}

TEST(HostMeterTest, TellsThePicturesBitrateFromTheSounds) {
  HostMeter meter(kStart);
  const auto unit = [](AccessUnit::Kind kind, std::size_t bytes) {
    return AccessUnit{.bytes = SharedBytes::adopt(Bytes(bytes)), .kind = kind, .captured_at = kStart};
  };
  meter.count(unit(AccessUnit::Kind::kVideo, 1000));
  meter.count(unit(AccessUnit::Kind::kAudio, 300));
  meter.count(unit(AccessUnit::Kind::kOpus, 200));
  meter.count(unit(AccessUnit::Kind::kVideo, 500));
  const auto stats = meter.take({}, {}, {}, kStart + 1s);
  EXPECT_EQ(stats.picture_bps, 12000);
  EXPECT_EQ(stats.audio_bps, 2400) << "Opus is the same sound once more";
  EXPECT_EQ(meter.take({}, {}, {}, kStart + 2s).picture_bps, 0);
}

}  // namespace
}  // namespace pixelpass::app
