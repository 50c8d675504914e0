#include "encode/opus_encoder.hpp"

#include "pixelpass/gst/media_thread.hpp"

#include "fake_audio.hpp"
#include "fake_desk.hpp"
#include "opus_packets.hpp"
#include "pictures.hpp"
#include "support.hpp"
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <numbers>
#include <vector>

namespace pixelpass::encode {
namespace {

using AudioBlock = AudioTimeline::Block;

constexpr Instant kOpusEpoch{77s};
constexpr std::size_t kOpusBlocks = 40;
constexpr auto kBlockFrames = AudioTimeline::kBlockFrames;
constexpr auto kOpus = AccessUnit::Kind::kOpus;

std::chrono::nanoseconds time_of_frames(std::size_t frames) {
  return std::chrono::nanoseconds(frames * 1'000'000'000 / AudioTimeline::kRate);
}

/// What comes of 40 blocks of stereo, from a second after the epoch on.
std::vector<AccessUnit> encode_opus(
    const std::function<float(std::size_t frame, std::size_t channel)>& wave) {
  gst::start_gstreamer();
  gst::MediaThread media;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<AccessUnit> units;
  OpusEncoder encoder(kOpusEpoch, media.context(),
                      {[&](AccessUnit unit) {
                         const std::lock_guard lock(mutex);
                         units.push_back(std::move(unit));
                         changed.notify_all();
                       },
                       [](const std::string& why) { ADD_FAILURE() << why; }});
  for (std::size_t at = 0; at < kOpusBlocks * kBlockFrames; at += kBlockFrames) {
    AudioBlock block{{}, kOpusEpoch + 1s + time_of_frames(at), false};
    for (std::size_t i = 0; i < kBlockFrames; ++i)
      for (std::size_t channel = 0; channel < 2; ++channel)
        block.interleaved.push_back(wave(at + i, channel));
    encoder.push(block);
  }
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, test::kPatience,
                               [&] { return units.size() >= kOpusBlocks * kBlockFrames / 480; }));
  return units;
}

float sine(double hz, std::size_t frame) {
  return static_cast<float>(0.4 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(frame) / 48'000));
}

TEST(OpusEncoder, ABeepIsHeardWhenItWasPlayed) {
  constexpr std::size_t kBeep = 20'000;
  const auto units =
      encode_opus([](std::size_t frame, std::size_t) { return frame < kBeep ? 0 : sine(1000, frame); });
  const auto samples = test::decode_opus(units);
  const auto onset = std::ranges::find_if(samples, [](float sample) { return std::abs(sample) > 0.2F; });
  ASSERT_NE(onset, samples.end());
  const auto heard =
      units.front().pts + time_of_frames(static_cast<std::size_t>(onset - samples.begin()) / 2);
  EXPECT_NEAR(to_ms(heard), 1000 + kBeep / 48.0, 2);
}

TEST(OpusEncoder, PacketsOfTenMillisecondsFollowEachOther) {
  const auto units = encode_opus([](std::size_t frame, std::size_t) { return sine(440, frame); });
  for (std::size_t i = 1; i < units.size(); ++i) {
    EXPECT_EQ(units[i].kind, kOpus);
    EXPECT_EQ(units[i].captured_at, kOpusEpoch + units[i].pts);
    EXPECT_EQ(units[i].duration, 10ms);
    EXPECT_NEAR(to_ms(units[i].pts - units[i - 1].pts), 10, 0.05);
    EXPECT_LE(units[i].bytes.size(), 1200U);
  }
}

TEST(OpusEncoder, LeftIsLeft) {
  const auto samples = test::decode_opus(encode_opus(
      [](std::size_t frame, std::size_t channel) { return channel == 0 ? sine(600, frame) : 0.0F; }));
  EXPECT_NEAR(test::rms_of(samples, 0), 0.4 / std::numbers::sqrt2, 0.03);
  EXPECT_LT(test::rms_of(samples, 1), 0.003);
}

TEST(ScreenOpus, ComesBesideTheAacWhileItIsWantedAndOverPauses) {
  test::Collector collector{{.video = true, .audio = true}};
  gst::start_gstreamer();
  test::FakeDesk desk(Size{320, 240});
  test::FakeAudio audio([](Instant) { return std::optional(0.1F); });
  const auto source = make_screen_source({}, desk.make_screen(), audio.make_audio(), collector.callbacks());
  const auto picture = test::make_picture({320, 240}, "BGRx", test::solid({20, 20, 20}));
  const auto is_opus = [](const AccessUnit& unit) { return unit.kind == kOpus; };
  const auto is_aac = [](const AccessUnit& unit) { return unit.kind == AccessUnit::Kind::kAudio; };
  const auto play = [&] {
    collector.clear();
    source->play();
    ASSERT_TRUE(desk.wait_until_playing(true));
    desk.show(picture.get());
  };
  play();
  ASSERT_TRUE(collector.wait_for_units(20, is_aac));
  EXPECT_EQ(std::ranges::count_if(collector.units(), is_opus), 0) << "nobody has asked for it";
  source->set_opus(true);
  EXPECT_TRUE(collector.wait_for_units(20, is_opus));
  source->pause();
  play();
  EXPECT_TRUE(collector.wait_for_units(20, is_opus));
  EXPECT_TRUE(collector.wait_for_units(10, is_aac));
  source->pause();
  source->set_opus(false);
  play();
  ASSERT_TRUE(collector.wait_for_units(20, is_aac));
  EXPECT_EQ(std::ranges::count_if(collector.units(), is_opus), 0);
}

}  // namespace
}  // namespace pixelpass::encode
