#include "pixelpass/capture/test/test_audio.hpp"
#include "pixelpass/capture/test/test_screen.hpp"
#include "pixelpass/encode/screen_source.hpp"
#include "pixelpass/gst/gst.hpp"

#include "support.hpp"
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <sstream>

namespace pixelpass::encode {
namespace {

using gst::has_element;
using gst::Owned;
using gst::start_gstreamer;

using test::Collector;
using test::is_audio;
using test::is_keyframe;
using test::is_picture;
using testing::HasSubstr;

struct Settings {
  Size size{320, 240};
  int fps = 30;
  std::int64_t bitrate_bps = 1'000'000;
  std::string encoder = "auto";
  bool audio = true;
};

/// What --source test shares.
std::unique_ptr<MediaSource> make_source(const Settings& settings, MediaCallbacks callbacks) {
  ScreenSourceSettings source;
  source.box = settings.size;
  source.fps = settings.fps;
  source.bitrate_bps = settings.bitrate_bps;
  source.encoder = settings.encoder;
  const auto make_screen = [&settings](capture::ScreenCallbacks to) {
    return capture::make_test_screen({settings.size, settings.fps}, std::move(to));
  };
  return make_screen_source(source, make_screen, settings.audio ? capture::make_test_audio : MakeAudio{},
                            std::move(callbacks));
}

/// A picture that came late on a busy machine has a time of its own: ffmpeg would have them come at an even
/// rate.
constexpr const char* kDecodeBoth =
    " -map 0:v -map 0:a -fps_mode:v passthrough -enc_time_base:v 1:90000 -f null -";

/// The whole of `pictures` pictures and the sound between them, as a file.
Bytes record(const Settings& settings, std::size_t pictures) {
  Collector collector({.video = true, .audio = settings.audio});
  const auto source = make_source(settings, collector.callbacks());
  source->play();
  EXPECT_TRUE(collector.wait_for(pictures, is_picture));
  source->pause();
  return test::joined(collector.frames());
}

/// Packets of one kind, as ffprobe prints them: "pts|flags" a line.
std::vector<std::pair<double, std::string>> packets(const std::string& file, const std::string& kind) {
  const auto ran = test::run("ffprobe -v error -f mpegts -select_streams " + kind +
                             " -show_entries packet=pts,flags -of csv=p=0 " + file);
  std::vector<std::pair<double, std::string>> found;
  std::istringstream lines(ran.output);
  for (std::string line; std::getline(lines, line);) {
    const auto comma = line.find(',');
    if (comma != std::string::npos) found.emplace_back(std::stod(line), line.substr(comma + 1));
  }
  return found;
}

TEST(TestScreenSource, FfmpegDecodesFiveSecondsOfItWithoutALine) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", record(Settings{}, 150));
  const auto ran = test::run("ffmpeg -v error -f mpegts -i " + file + kDecodeBoth);
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "");
}

TEST(TestScreenSource, EveryEncoderHereGivesAStreamThatDecodes) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const std::string& encoder : test::encoders_here()) {
    Settings settings;
    settings.encoder = encoder;
    const test::TemporaryFolder folder;
    const auto file = folder.write("a.ts", record(settings, 45));
    const auto ran = test::run("ffmpeg -v error -f mpegts -i " + file + kDecodeBoth);
    EXPECT_EQ(ran.output, "") << encoder;
  }
}

TEST(TestScreenSource, TimeStampsAreThoseOfTheFrameRateAndTheFirstIsAKeyframe) {
  PIXELPASS_NEEDS("ffprobe", "ffmpeg");
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", record(Settings{}, 60));
  const auto video = packets(file, "v");
  ASSERT_GE(video.size(), 59U);
  EXPECT_THAT(video.front().second, HasSubstr("K"));
  std::size_t in_step = 0;
  for (std::size_t i = 1; i < video.size(); ++i) {
    EXPECT_GT(video[i].first, video[i - 1].first);
    if (std::abs(video[i].first - video[i - 1].first - 3000) <= 2) ++in_step;
  }
  // A busy machine is late for some of them.
  EXPECT_GT(in_step, video.size() / 2);
  const auto audio = packets(file, "a");
  ASSERT_GE(audio.size(), 50U);
  // 1024 samples at 48 kHz are 1920 ticks.
  for (std::size_t i = 1; i < audio.size(); ++i) EXPECT_NEAR(audio[i].first - audio[i - 1].first, 1920, 2);
  EXPECT_NEAR(audio.front().first, video.front().first, 45000) << "they begin together";
}

TEST(TestScreenSource, StreamSaysWhatItIs) {
  PIXELPASS_NEEDS("ffprobe", "ffmpeg");
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", record(Settings{}, 30));
  const auto ran = test::run(
      "ffprobe -v error -f mpegts -show_entries stream=codec_name,pix_fmt,width,height,sample_rate,"
      "channels,has_b_frames " +
      file);
  for (const char* expected : {"codec_name=h264", "pix_fmt=yuv420p", "width=320", "height=240",
                               "has_b_frames=0", "codec_name=aac", "sample_rate=48000", "channels=2"})
    EXPECT_THAT(ran.output, HasSubstr(expected));
}

TEST(TestScreenSource, WhoJoinsAtALaterGroupDecodesBothTracksAtOnce) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Collector collector({.video = true, .audio = true});
  const auto source = make_source(Settings{}, collector.callbacks());
  source->play();
  ASSERT_TRUE(collector.wait_for(10, is_picture));
  source->force_keyframe();
  ASSERT_TRUE(collector.wait_for(2, is_keyframe));
  ASSERT_TRUE(collector.wait_for(40, is_picture));
  source->pause();
  const auto frames = collector.frames();
  std::size_t second = 1;
  while (!frames.at(second).keyframe) ++second;

  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", test::joined(frames, second));
  EXPECT_EQ(test::run("ffmpeg -v error -f mpegts -i " + file + kDecodeBoth).output, "");
  EXPECT_THAT(packets(file, "v").at(0).second, HasSubstr("K"));
  EXPECT_GT(packets(file, "a").size(), 5U);
}

TEST(TestScreenSource, GStreamersDemuxerAndDecodersTakeEveryPicture) {
  PIXELPASS_NEEDS("gst-launch-1.0", "gstreamer1.0-tools");
  const test::TemporaryFolder folder;
  constexpr std::size_t kPictures = 30;
  const auto file = folder.write("a.ts", record(Settings{}, kPictures));
  const auto ran =
      test::run("gst-launch-1.0 -q filesrc location=" + file +
                " ! tsdemux name=d d. ! queue ! h264parse ! avdec_h264 ! " +
                "video/x-raw,format=I420 ! filesink location=" + folder.file("v.raw") +
                " d. ! queue ! aacparse ! avdec_aac ! filesink location=" + folder.file("a.raw"));
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_EQ(ran.output, "");
  constexpr std::size_t kPictureBytes = 320 * 240 * 3 / 2;
  EXPECT_GE(std::filesystem::file_size(folder.file("v.raw")), kPictures * kPictureBytes);
  EXPECT_GT(std::filesystem::file_size(folder.file("a.raw")), 48'000U);
}

TEST(TestScreenSource, VlcPlaysItsPictures) {
  PIXELPASS_NEEDS("vlc", "vlc-bin");
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", record(Settings{}, 60));
  // VLC refuses to run as root by asking for its user id; a copy that asks for another id instead does not.
  const auto vlc = folder.file("vlc");
  ASSERT_EQ(
      test::run("sh -c 'cp $(command -v vlc) " + vlc + " && sed -i s/geteuid/getppid/ " + vlc + "'").status,
      0);
  const auto ran = test::run(
      "env HOME=" + folder.file("") + " " + vlc +
      " -I dummy --no-dbus --vout=dummy --aout=dummy --video-filter=scene --scene-path=" + folder.file("") +
      " --scene-format=png --scene-prefix=s --scene-ratio=10 " + "--play-and-exit -vv " + file);
  EXPECT_THAT(ran.output, HasSubstr("using demux module \"ts\""));
  EXPECT_THAT(ran.output, testing::Not(HasSubstr("discontinuity")));
  EXPECT_TRUE(std::filesystem::exists(folder.file("s00001.png"))) << ran.output;
}

TEST(TestScreenSource, WithoutSoundThereIsOneTrack) {
  PIXELPASS_NEEDS("ffprobe", "ffmpeg");
  Settings settings;
  settings.audio = false;
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", record(settings, 20));
  const auto ran =
      test::run("ffprobe -v error -f mpegts -show_entries stream=codec_type -of csv=p=0 " + file);
  EXPECT_THAT(ran.output, testing::StartsWith("video"));
  EXPECT_THAT(ran.output, testing::Not(HasSubstr("audio")));
}

/// A source that plays beside one that does not: what it gives, the other would have given, too.
class PlayingBeside {
 public:
  PlayingBeside() : source_(make_source(Settings{}, collector_.callbacks())) { source_->play(); }
  /// Its first pictures from now on.
  [[nodiscard]] bool wait_for_pictures() {
    collector_.clear();
    return collector_.wait_for(6, is_picture) && collector_.wait_for(6, is_audio);
  }

 private:
  Collector collector_{{.video = true, .audio = true}};
  std::unique_ptr<MediaSource> source_;
};

TEST(TestScreenSource, GivesNothingBeforeItPlays) {
  Collector collector({.video = true, .audio = true});
  const auto source = make_source(Settings{}, collector.callbacks());
  ASSERT_TRUE(PlayingBeside().wait_for_pictures());
  EXPECT_EQ(collector.count(), 0U);
}

TEST(TestScreenSource, PauseGivesNoFramesAndPlayBeginsAfreshWithAKeyframe) {
  Collector collector({.video = true, .audio = true});
  const auto source = make_source(Settings{}, collector.callbacks());
  PlayingBeside other;
  source->play();
  ASSERT_TRUE(collector.wait_for(10, is_picture));
  for (int round = 0; round < 4; ++round) {
    source->pause();
    collector.clear();
    // A pause of no length at all too: what is on its way then must not come out as new.
    if (round % 2 == 1) {
      ASSERT_TRUE(other.wait_for_pictures());
      EXPECT_EQ(collector.count(), 0U);
    }
    const Instant played = Clock::now();
    source->play();
    ASSERT_TRUE(collector.wait_for(5, is_picture));
    const auto frames = collector.frames();
    EXPECT_TRUE(frames.front().keyframe);
    EXPECT_TRUE(frames.front().after_gap);
    for (const Frame& frame : frames) EXPECT_GE(frame.captured_at, played);
  }
}

TEST(TestScreenSource, PlayingWhatPlaysChangesNothing) {
  Collector collector({.video = true, .audio = true});
  const auto source = make_source(Settings{}, collector.callbacks());
  source->play();
  ASSERT_TRUE(collector.wait_for(5, is_picture));
  source->play();
  ASSERT_TRUE(collector.wait_for(2, is_keyframe));
  source->pause();
  EXPECT_EQ(collector.gaps(), 0U);
  auto keyframes = collector.frames();
  std::erase_if(keyframes, std::not_fn(is_keyframe));
  // The next regular one is due two seconds after the first, which a busy machine may encode late.
  EXPECT_GE(keyframes.at(1).captured_at - keyframes.at(0).captured_at, 1s);
}

TEST(TestScreenSource, ForcedKeyframeComesLongBeforeTheNextRegularOne) {
  for (const std::string& encoder : test::encoders_here()) {
    Collector collector({.video = true, .audio = true});
    Settings settings;
    settings.encoder = encoder;
    const auto source = make_source(settings, collector.callbacks());
    source->play();
    ASSERT_TRUE(collector.wait_for(5, is_picture));
    source->force_keyframe();
    ASSERT_TRUE(collector.wait_for(30, is_picture));
    source->pause();
    const auto frames = collector.frames();
    EXPECT_GE(std::count_if(frames.begin(), frames.end(), is_keyframe), 2) << encoder;
  }
}

TEST(TestScreenSource, CaptureTimesAreOnTheClockOfTheProgram) {
  start_gstreamer();
  const Owned<GstClock> clock(gst_system_clock_obtain());
  const Instant before = Clock::now();
  const Instant gst{std::chrono::nanoseconds(gst_clock_get_time(clock.get()))};
  EXPECT_LE(before, gst);
  EXPECT_LE(gst, Clock::now());

  Collector collector({.video = true, .audio = true});
  const auto source = make_source(Settings{}, collector.callbacks());
  source->play();
  ASSERT_TRUE(collector.wait_for_frames(20));
  source->pause();
  const auto frames = collector.frames();
  const auto received = collector.received();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_GE(frames[i].captured_at, before);
    EXPECT_LE(frames[i].captured_at, received[i]);
  }
}

TEST(TestScreenSource, LowerBitrateMakesSmallerPicturesWhileItRuns) {
  for (const std::string& encoder : test::encoders_here()) {
    Collector collector({.video = true, .audio = true});
    Settings settings;
    settings.encoder = encoder;
    settings.bitrate_bps = 4'000'000;
    settings.fps = 60;
    const auto source = make_source(settings, collector.callbacks());
    const auto bytes_of_30 = [&] {
      collector.clear();
      EXPECT_TRUE(collector.wait_for(30, is_picture));
      return test::joined(collector.frames()).size();
    };
    source->play();
    bytes_of_30();
    const auto high = bytes_of_30();
    source->set_bitrate(500'000);
    bytes_of_30();
    const auto low = bytes_of_30();
    EXPECT_LT(low, high * 2 / 3) << encoder;
    EXPECT_EQ(source->describe().bitrate_bps, 500'000);
  }
}

TEST(TestScreenSource, TimesCountThePicturesSinceTheLastCall) {
  Collector collector({.video = true, .audio = true});
  const auto source = make_source(Settings{}, collector.callbacks());
  EXPECT_EQ(source->take_times().fps, 0);
  source->play();
  ASSERT_TRUE(collector.wait_for(10, is_picture));
  const EncodeTimes times = source->take_times();
  EXPECT_GT(times.fps, 0);
  EXPECT_GT(times.p50, Duration{});
  EXPECT_GE(times.p95, times.p50);
}

TEST(TestScreenSource, DescribesItself) {
  Settings settings;
  settings.encoder = test::encoders_here().at(0);
  Collector collector({.video = true, .audio = true});
  const auto source = make_source(settings, collector.callbacks());
  const auto description = source->describe();
  EXPECT_EQ(description.source, "test");
  EXPECT_EQ(description.width, 320);
  EXPECT_EQ(description.height, 240);
  EXPECT_EQ(description.fps, 30);
  EXPECT_EQ(description.encoder, settings.encoder + "enc");
  EXPECT_EQ(description.audio, "test");
}

TEST(TestScreenSource, Openh264SaysNothingWhenItEnds) {
  start_gstreamer();
  if (!has_element("openh264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-bad";
  testing::internal::CaptureStderr();
  {
    Settings settings;
    settings.encoder = "openh264";
    Collector collector({.video = true, .audio = true});
    const auto source = make_source(settings, collector.callbacks());
    source->play();
    EXPECT_TRUE(collector.wait_for_frames(5));
    source->pause();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(TestScreenSource, CanBeDestroyedInAnyState) {
  for (int round = 0; round < 6; ++round) {
    Collector collector({.video = true, .audio = true});
    const auto source = make_source(Settings{}, collector.callbacks());
    if (round % 3 > 0) source->play();
    ASSERT_TRUE(round % 3 < 2 || collector.wait_for_frames(3));
    if (round > 3) source->pause();
  }
}

}  // namespace
}  // namespace pixelpass::encode
