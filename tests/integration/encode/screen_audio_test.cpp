#include "pixelpass/encode/screen_source.hpp"

#include "fake_audio.hpp"
#include "fake_desk.hpp"
#include "pictures.hpp"
#include "support.hpp"
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <random>
#include <sstream>

namespace pixelpass::encode {
namespace {

using test::Collector;
using test::FakeAudio;
using test::FakeDesk;
using test::is_audio;
using test::is_picture;
using test::make_picture;
using test::solid;

constexpr Size kSize{320, 240};

float tone(Instant at) {
  const double seconds = std::chrono::duration<double>(at.time_since_epoch()).count();
  return static_cast<float>(0.4 * std::sin(2 * std::numbers::pi * 1000 * std::fmod(seconds, 1.0)));
}

/// A source of a screen and its sound, and all that they give.
struct AudioSharing {
  explicit AudioSharing(FakeAudio::Wave wave)
      : desk((gst::start_gstreamer(), kSize)),
        audio(std::move(wave)),
        source(
            make_screen_source(settings(), desk.make_screen(), audio.make_audio(), collector.callbacks())) {}

  static ScreenSourceSettings settings() {
    ScreenSourceSettings settings;
    settings.bitrate_bps = 4'000'000;
    return settings;
  }
  void play() {
    source->play();
    ASSERT_TRUE(desk.wait_until_playing(true));
  }

  Collector collector{{.video = true, .audio = true}};
  FakeDesk desk;
  FakeAudio audio;
  std::unique_ptr<MediaSource> source;
};

/// A stream's tracks, decoded, with their times in seconds.
class DecodedAudio {
 public:
  explicit DecodedAudio(const std::vector<Frame>& frames) {
    const test::TemporaryFolder folder;
    const auto file = folder.write("a.ts", test::joined(frames));
    const auto ran =
        test::run("ffmpeg -v error -f mpegts -i " + file +
                  " -map 0:v -vf setpts=N/TB/30 -fps_mode passthrough -enc_time_base 1:30 -pix_fmt gray " +
                  "-f rawvideo " + folder.file("v.raw") + " -map 0:a -ac 1 -f f32le " + folder.file("a.raw"));
    EXPECT_EQ(ran.output, "");
    pictures = test::read_file(folder.file("v.raw"));
    const Bytes raw = test::read_file(folder.file("a.raw"));
    audio.resize(raw.size() / sizeof(float));
    std::memcpy(audio.data(), raw.data(), audio.size() * sizeof(float));
    picture_times = times(file, "v");
    audio_times = times(file, "a");
  }

  [[nodiscard]] int grey(std::size_t picture) const {
    return pictures.at(picture * kSize.width * kSize.height + 100UL * kSize.width + 100);
  }
  /// Of sound that is this loud, the first and the last.
  [[nodiscard]] std::pair<double, double> loud() const {
    const auto is_loud = [](float sample) { return std::abs(sample) > 0.1F; };
    const auto first = std::ranges::find_if(audio, is_loud);
    const auto last = std::find_if(audio.rbegin(), audio.rend(), is_loud).base();
    return {audio_times.at(0) + static_cast<double>(first - audio.begin()) / capture::kAudioRate,
            audio_times.at(0) + static_cast<double>(last - audio.begin()) / capture::kAudioRate};
  }

  Bytes pictures;
  std::vector<float> audio;
  std::vector<double> picture_times;
  std::vector<double> audio_times;  ///< of AAC frames

 private:
  static std::vector<double> times(const std::string& file, const std::string& kind) {
    const auto ran = test::run("ffprobe -v error -f mpegts -select_streams " + kind +
                               " -show_entries packet=pts_time -of csv=p=0 " + file);
    std::vector<double> found;
    std::istringstream lines(ran.output);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty() && line[0] != ',') found.push_back(std::stod(line));
    return found;
  }
};

TEST(ScreenAudio, AFlashAndItsBeepAreHeardAndSeenTogether) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  std::atomic<Instant> flash{Instant::max()};
  AudioSharing sharing([&](Instant at) { return std::optional(at >= flash.load() ? tone(at) : 0.0F); });
  const auto dark = make_picture(kSize, "BGRx", solid({20, 20, 20}));
  const auto bright = make_picture(kSize, "BGRx", solid({230, 230, 230}));
  sharing.play();
  sharing.desk.show(dark.get());
  ASSERT_TRUE(sharing.collector.wait_for(30, is_picture));
  flash = Clock::now();
  sharing.desk.show(bright.get(), flash);
  const std::size_t before = sharing.collector.count();
  ASSERT_TRUE(sharing.collector.wait_for_frames(before + 40));
  sharing.source->pause();

  const DecodedAudio decoded(sharing.collector.frames());
  ASSERT_EQ(decoded.pictures.size(), decoded.picture_times.size() * kSize.width * kSize.height);
  std::size_t seen = 0;
  while (seen + 1 < decoded.picture_times.size() && decoded.grey(seen) < 128) ++seen;
  EXPECT_NEAR(decoded.picture_times[seen], decoded.loud().first, 0.005);
}

TEST(ScreenAudio, WhenTheSoundStopsSilenceFollowsAndThePictureGoesOn) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  std::atomic<bool> plays = true;
  AudioSharing sharing([&](Instant at) { return plays ? std::optional(tone(at)) : std::nullopt; });
  sharing.play();
  sharing.desk.show(make_picture(kSize, "BGRx", solid({20, 20, 20})).get());
  ASSERT_TRUE(sharing.collector.wait_for(40, is_audio));
  plays = false;
  const std::size_t before = sharing.collector.count();
  ASSERT_TRUE(sharing.collector.wait_for_frames(before + 60));
  plays = true;
  ASSERT_TRUE(sharing.collector.wait_for_frames(before + 120));
  sharing.source->pause();

  const auto frames = sharing.collector.frames();
  Instant last{};
  for (const Frame& frame : frames) {
    if (!is_picture(frame)) continue;
    EXPECT_TRUE(last == Instant{} || frame.captured_at - last < 150ms) << "a stall of the picture";
    last = frame.captured_at;
  }
  const DecodedAudio decoded(frames);
  ASSERT_GT(decoded.audio_times.size(), 80U);
  for (std::size_t i = 1; i < decoded.audio_times.size(); ++i)
    EXPECT_NEAR(decoded.audio_times[i] - decoded.audio_times[i - 1], 1024.0 / 48000, 0.0001) << i;
  const auto quiet =
      std::ranges::count_if(decoded.audio, [](float sample) { return std::abs(sample) < 0.001F; });
  EXPECT_GT(quiet, 48'000 / 2);
}

TEST(ScreenAudio, AStillAndSilentScreenCostsFewBits) {
  gst::start_gstreamer();
  if (!gst::has_element("avenc_aac")) GTEST_SKIP() << "needs avenc_aac: apt install gstreamer1.0-libav";
  AudioSharing sharing([](Instant) { return std::optional<float>(); });
  sharing.play();
  sharing.desk.show(make_picture(kSize, "BGRx", solid({20, 20, 20})).get());
  ASSERT_TRUE(sharing.collector.wait_for(60, is_picture));
  sharing.collector.clear();
  ASSERT_TRUE(sharing.collector.wait_for(90, is_picture));
  const auto frames = sharing.collector.frames();
  const double seconds = to_ms(frames.back().captured_at - frames.front().captured_at) / 1000;
  EXPECT_LT(static_cast<double>(test::joined(frames).size()) * 8 / seconds, 150'000);
}

TEST(ScreenAudio, BeginsAfreshAfterAPause) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  AudioSharing sharing([](Instant at) { return std::optional(tone(at)); });
  EXPECT_EQ(sharing.source->describe().audio, "fake");
  for (int round = 0; round < 3; ++round) {
    const Instant played = Clock::now();
    sharing.play();
    sharing.desk.show(make_picture(kSize, "BGRx", solid({20, 20, 20})).get());
    ASSERT_TRUE(sharing.collector.wait_for(30, is_audio));
    sharing.source->pause();
    const auto frames = sharing.collector.frames();
    EXPECT_TRUE(frames.front().keyframe);
    for (const Frame& frame : frames) EXPECT_GE(frame.captured_at, played);
    const DecodedAudio decoded(frames);
    EXPECT_LT(decoded.loud().first - decoded.audio_times[0], 0.3);
    EXPECT_TRUE(sharing.desk.wait_until_playing(false));
    sharing.collector.clear();
  }
}

TEST(ScreenAudio, MutedItIsSilentOverPausesAndTheTrackGoesOn) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  AudioSharing sharing([](Instant at) { return std::optional(tone(at)); });
  const auto grey = make_picture(kSize, "BGRx", solid({20, 20, 20}));
  const auto decoded = [&] {
    sharing.source->pause();
    const auto frames = sharing.collector.frames();
    sharing.collector.clear();
    return DecodedAudio(frames);
  };
  sharing.source->set_muted(true);
  sharing.play();
  sharing.desk.show(grey.get());
  ASSERT_TRUE(sharing.collector.wait_for(40, is_audio));
  EXPECT_TRUE(sharing.audio.wait_until_playing(false)) << "what nobody hears is captured";
  const auto muted = decoded();
  EXPECT_GT(muted.audio_times.size(), 30U);
  EXPECT_TRUE(std::ranges::all_of(muted.audio, [](float sample) { return std::abs(sample) < 0.001F; }));

  sharing.play();
  sharing.desk.show(grey.get());
  ASSERT_TRUE(sharing.collector.wait_for(10, is_audio));
  sharing.source->set_muted(false);
  EXPECT_TRUE(sharing.audio.wait_until_playing(true));
  ASSERT_TRUE(sharing.collector.wait_for(50, is_audio));
  sharing.source->set_muted(true);
  EXPECT_TRUE(sharing.audio.wait_until_playing(false));
  const std::size_t before = sharing.collector.count();
  ASSERT_TRUE(sharing.collector.wait_for_frames(before + 60));
  const auto both = decoded();
  const auto [first, last] = both.loud();
  EXPECT_GT(last - first, 0.3);
  EXPECT_GT(both.audio_times.back() - last, 0.3) << "the track goes on without it";
}

TEST(ScreenAudio, CoveredItIsSilentAndUncoveredItStaysMuted) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  AudioSharing sharing([](Instant at) { return std::optional(tone(at)); });
  sharing.play();
  sharing.desk.show(make_picture(kSize, "BGRx", solid({20, 20, 20})).get());
  ASSERT_TRUE(sharing.collector.wait_for(10, is_audio));
  sharing.source->set_covered(true);
  EXPECT_TRUE(sharing.audio.wait_until_playing(false)) << "what nobody hears is captured";
  ASSERT_GE(sharing.collector.frames_after_gap(1, 60).size(), 60U);
  sharing.source->set_muted(true);
  sharing.source->set_covered(false);
  ASSERT_GE(sharing.collector.frames_after_gap(2, 60).size(), 60U);
  sharing.source->pause();
  const DecodedAudio decoded(sharing.collector.frames_after_gap(1, 120));
  EXPECT_GT(decoded.audio.size(), 48'000U);
  EXPECT_TRUE(std::ranges::all_of(decoded.audio, [](float sample) { return std::abs(sample) < 0.001F; }));
}

TEST(ScreenAudio, UncoveredItIsHeardAgain) {
  AudioSharing sharing([](Instant at) { return std::optional(tone(at)); });
  sharing.source->set_covered(true);
  sharing.source->play();
  EXPECT_TRUE(sharing.audio.wait_until_playing(false));
  sharing.source->set_covered(false);
  EXPECT_TRUE(sharing.audio.wait_until_playing(true));
}

TEST(ScreenAudio, TellsHowLoudItIsAndSilenceWhileItIsMuted) {
  AudioSharing sharing([](Instant at) { return std::optional(tone(at)); });
  EXPECT_FALSE(sharing.source->take_audio_level()) << "nothing is encoded yet";
  sharing.play();
  sharing.desk.show(make_picture(kSize, "BGRx", solid({20, 20, 20})).get());
  const auto level_becomes = [&](bool silent) {
    const Instant begin = Clock::now();
    while (Clock::now() < begin + 30s) {
      sharing.collector.wait_for_frames(sharing.collector.count() + 5);
      const auto level = sharing.source->take_audio_level();
      if (level && level->is_silent() == silent) return true;
    }
    return false;
  };
  EXPECT_TRUE(level_becomes(false));
  sharing.source->set_muted(true);
  EXPECT_TRUE(level_becomes(true));
  sharing.source->set_muted(false);
  EXPECT_TRUE(level_becomes(false));
}

TEST(ScreenAudio, WhatIsOnItsWayWhenItIsMutedIsNotHeard) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  AudioSharing sharing([](Instant at) { return std::optional(tone(at)); });
  sharing.audio.ignore_pauses();
  sharing.source->set_muted(true);
  sharing.play();
  sharing.desk.show(make_picture(kSize, "BGRx", solid({20, 20, 20})).get());
  ASSERT_TRUE(sharing.collector.wait_for(40, is_audio));
  sharing.source->pause();
  const DecodedAudio decoded(sharing.collector.frames());
  EXPECT_TRUE(std::ranges::all_of(decoded.audio, [](float sample) { return std::abs(sample) < 0.001F; }));
}

TEST(ScreenAudio, CanBeDestroyedAtAnyMoment) {
  std::mt19937 random(5);
  for (int round = 0; round < 10; ++round) {
    AudioSharing sharing([](Instant at) { return std::optional(tone(at)); });
    if (round % 3 > 0) sharing.play();
    if (round % 3 > 1) {
      sharing.desk.show(make_picture(kSize, "BGRx", solid({20, 20, 20})).get());
      EXPECT_TRUE(sharing.collector.wait_for_frames(random() % 30 + 1));
    }
    sharing.source.reset();
  }
}

}  // namespace
}  // namespace pixelpass::encode
