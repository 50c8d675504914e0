#include "pixelpass/encode/media_source.hpp"

#include "encode/stream_pace.hpp"
#include "opus_packets.hpp"
#include "support.hpp"
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::encode {
namespace {

using testing::HasSubstr;

constexpr auto kIsOpus = [](const AccessUnit& unit) { return unit.kind == AccessUnit::Kind::kOpus; };

/// A film by ffmpeg, 25 pictures a second: `sound` is lavfi's source of it, `codec` what encodes it.
class AudioFilm {
 public:
  AudioFilm(const std::string& audio, const std::string& codec, int seconds, const std::string& more = "") {
    const auto ran = test::run("ffmpeg -v error -f lavfi -i testsrc2=size=64x64:rate=25 -f lavfi -i \"" +
                               audio + "\" -t " + std::to_string(seconds) +
                               " -c:v libx264 -preset ultrafast -g 25 -bf 0 -pix_fmt yuv420p -c:a " + codec +
                               " " + more + " -f mpegts " + path());
    EXPECT_EQ(ran.output, "");
    fd_ = open(path().c_str(), O_RDONLY | O_CLOEXEC);
  }
  ~AudioFilm() { close(fd_); }
  AudioFilm(const AudioFilm&) = delete;
  AudioFilm& operator=(const AudioFilm&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  /// Once more from its beginning, as a player in a loop.
  void repeat() const { go_on_with(*this); }
  /// Behind it comes another one.
  void go_on_with(const AudioFilm& next) const {
    auto whole = test::read_file(path());
    const auto more = test::read_file(next.path());
    whole.insert(whole.end(), more.begin(), more.end());
    std::ofstream(path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(whole.data()), static_cast<std::streamsize>(whole.size()));
  }

 private:
  [[nodiscard]] std::string path() const { return folder_.file("film.ts"); }

  test::TemporaryFolder folder_;
  int fd_ = -1;
};

/// Its first packets of sound. A film is longer than these, as sound comes a little after its pictures.
std::vector<AccessUnit> heard(const AudioFilm& film, test::Collector& collector, std::size_t packets) {
  const auto source = make_stdin_source(film.fd(), collector.callbacks());
  source->set_opus(true);
  source->play();
  EXPECT_TRUE(collector.wait_for_units(packets, kIsOpus));
  auto units = collector.units();
  std::erase_if(units, [](const AccessUnit& unit) { return !kIsOpus(unit); });
  return units;
}

/// How much of the left channel's sound is this tone: 1 is all of it.
double share_of(const std::vector<float>& interleaved, double hz) {
  double re = 0;
  double im = 0;
  double all = 0;
  for (std::size_t i = 0; i < interleaved.size(); i += 2) {
    const auto sample = static_cast<double>(interleaved[i]);
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i / 2) / 48'000;
    re += sample * std::cos(angle);
    im += sample * std::sin(angle);
    all += sample * sample;
  }
  return 2 * (re * re + im * im) / (all * static_cast<double>(interleaved.size()) / 2);
}

TEST(PassedAudio, IsTheFilmsWhateverItIsEncodedWith) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const auto* codec : {"aac", "mp2", "ac3", "eac3"}) {
    const AudioFilm film("sine=frequency=440:sample_rate=44100", codec, 10);
    test::Collector collector;
    const auto units = heard(film, collector, 120);
    EXPECT_THAT(collector.notices(), testing::IsEmpty()) << codec;
    if (units.empty()) continue;
    for (std::size_t i = 1; i < units.size(); ++i)
      ASSERT_NEAR(to_ms(units[i].pts - units[i - 1].pts), 10, 0.05) << codec << ", packet " << i;
    EXPECT_GT(share_of(test::decode_opus(units), 440), 0.9) << codec;
  }
}

/// One of a film's channels: where its tone is heard, in dB against a front channel on its own side.
struct FilmChannel {
  int hz;
  double left;
  double right;
};
constexpr double kDown = -3.01;  ///< ITU-R BS.775-3, table 2
constexpr double kNothing = -200;
constexpr double kToneAmplitude = 0.1;

/// Each channel its own tone; `layout` in ffmpeg's words.
std::string tones_of(const std::string& layout, const std::vector<FilmChannel>& channels) {
  std::string source = "aevalsrc=exprs=";
  for (const auto& channel : channels)
    source += (source.ends_with('=') ? "" : "|") + std::to_string(kToneAmplitude) + "*sin(2*PI*" +
              std::to_string(channel.hz) + "*t)";
  return source + ":c=" + layout + ":s=48000";
}

/// In dB against what was encoded.
double level_of(std::span<const float> interleaved, std::size_t side, int hz) {
  double re = 0;
  double im = 0;
  const auto frames = interleaved.size() / 2;
  for (std::size_t i = 0; i < frames; ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / 48'000;
    re += static_cast<double>(interleaved[2 * i + side]) * std::cos(angle);
    im += static_cast<double>(interleaved[2 * i + side]) * std::sin(angle);
  }
  const double amplitude = 2 * std::hypot(re, im) / static_cast<double>(frames);
  return 20 * std::log10(std::max(amplitude / kToneAmplitude, 1e-10));
}

/// Low frequencies alone are for loudspeakers that a browser's listener does not have.
TEST(PassedAudio, HasEachChannelOfAFilmOnItsSide) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const FilmChannel left{600, 0, kNothing};
  const FilmChannel right{1000, kNothing, 0};
  const FilmChannel centre{1400, kDown, kDown};
  const FilmChannel low{60, kNothing, kNothing};
  const FilmChannel rear_left{2200, kDown, kNothing};
  const FilmChannel rear_right{2600, kNothing, kDown};
  for (const auto& [layout, channels] : std::vector<std::pair<std::string, std::vector<FilmChannel>>>{
           {"mono", {{600, 0, 0}}},
           {"stereo", {left, right}},
           {"5.1", {left, right, centre, low, rear_left, rear_right}}}) {
    for (const auto* codec : {"aac -b:a 384k", "ac3 -b:a 448k", "eac3 -b:a 448k"}) {
      const AudioFilm film(tones_of(layout, channels), codec, 6);
      test::Collector collector;
      const auto units = heard(film, collector, 200);
      const auto samples = test::decode_opus(units);
      ASSERT_GT(samples.size(), 2U * 48'000) << layout << ' ' << codec;
      // Whole periods of all tones.
      const auto second = std::span(samples).last(2UL * 48'000);
      const double front = std::max(level_of(second, 0, 600), level_of(second, 1, 600));
      EXPECT_GT(front, layout == "5.1" ? -4 : -1) << layout << ' ' << codec;
      for (const auto& channel : channels) {
        for (const std::size_t side : {0U, 1U}) {
          const double wanted = side == 0 ? channel.left : channel.right;
          const double level = level_of(second, side, channel.hz) - front;
          const auto what = layout + " as " + codec + ", " + std::to_string(channel.hz) + " Hz, side " +
                            std::to_string(side) + ": " + std::to_string(level) + " dB, front " +
                            std::to_string(front);
          if (wanted == kNothing)
            EXPECT_LT(level, -20) << what;
          else
            EXPECT_NEAR(level, wanted, 1) << what;
        }
      }
    }
  }
}

TEST(PassedAudio, IsHeardWhenItsPictureIsShown) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const AudioFilm film("aevalsrc=gte(t\\,1)*0.5*sin(2*PI*1000*t):s=48000", "aac", 10);
  test::Collector collector;
  const auto units = heard(film, collector, 120);
  ASSERT_FALSE(units.empty());
  const auto samples = test::decode_opus(units);
  const auto onset = std::ranges::find_if(samples, [](float sample) { return std::abs(sample) > 0.2F; });
  ASSERT_NE(onset, samples.end());
  const auto begins = decode_time(collector.frames().front().bytes.view());
  ASSERT_TRUE(begins);
  const auto after =
      to_ms(units.front().pts - std::chrono::duration_cast<std::chrono::nanoseconds>(*begins)) +
      static_cast<double>(onset - samples.begin()) / 2 / 48;
  EXPECT_NEAR(after, 1000, 12);
}

TEST(PassedAudio, ComesWhileItIsWanted) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const AudioFilm film("sine=frequency=440:sample_rate=48000", "aac", 6);
  test::Collector collector;
  const auto source = make_stdin_source(film.fd(), collector.callbacks());
  source->play();
  ASSERT_TRUE(collector.wait_for_frames(10));
  EXPECT_EQ(std::ranges::count_if(collector.units(), kIsOpus), 0);
  source->set_opus(true);
  ASSERT_TRUE(collector.wait_for_units(20, kIsOpus));
  source->set_opus(false);
  bool is_silent = false;
  for (int i = 0; i < 10 && !is_silent; ++i) {
    collector.clear();
    ASSERT_TRUE(collector.wait_for_frames(5));
    is_silent = std::ranges::count_if(collector.units(), kIsOpus) == 0;
  }
  EXPECT_TRUE(is_silent);
  source->set_opus(true);
  EXPECT_TRUE(collector.wait_for_units(20, kIsOpus));
}

TEST(PassedAudio, GoesOnWhenItsTimeStampsWrap) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const AudioFilm film("sine=frequency=440:sample_rate=48000", "aac", 10, "-output_ts_offset 95441.5");
  test::Collector collector;
  const auto units = heard(film, collector, 150);
  ASSERT_FALSE(units.empty());
  for (std::size_t i = 1; i < units.size(); ++i)
    ASSERT_NEAR(to_ms(units[i].pts - units[i - 1].pts), 10, 0.05) << i;
  constexpr double kWrapMs = 8'589'934'592.0 / 90;
  EXPECT_LT(to_ms(units.front().pts), kWrapMs);
  EXPECT_GT(to_ms(units.back().pts), kWrapMs);
}

TEST(PassedAudio, BeginsAnewWithAFilmThatDoes) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const AudioFilm film("sine=frequency=440:sample_rate=48000", "aac", 3);
  film.repeat();
  film.repeat();
  test::Collector collector;
  // More than one showing has.
  const auto units = heard(film, collector, 420);
  std::vector<std::size_t> jumps;
  for (std::size_t i = 1; i < units.size(); ++i)
    if (std::abs(to_ms(units[i].pts - units[i - 1].pts) - 10) > 1) jumps.push_back(i);
  ASSERT_FALSE(jumps.empty());
  EXPECT_LT(units[jumps[0]].pts, units[jumps[0] - 1].pts);
  EXPECT_GT(jumps[0], 100U);
  EXPECT_GT(units.size() - jumps[0], 100U);
}

/// This process has no decoder of a kind of sound for as long as this lives.
class WithoutDecoders {
 public:
  explicit WithoutDecoders(const char* kind) {
    gst::start_gstreamer();
    const gst::Owned<GstCaps> caps(gst_caps_from_string(kind));
    GList* all = gst_element_factory_list_get_elements(
        GST_ELEMENT_FACTORY_TYPE_DECODER | GST_ELEMENT_FACTORY_TYPE_MEDIA_AUDIO, GST_RANK_NONE);
    GList* taken = gst_element_factory_list_filter(all, caps.get(), GST_PAD_SINK, FALSE);
    for (GList* it = taken; it != nullptr; it = it->next) {
      removed_.push_back(GST_PLUGIN_FEATURE(gst_object_ref(it->data)));
      gst_registry_remove_feature(gst_registry_get(), removed_.back());
    }
    gst_plugin_feature_list_free(taken);
    gst_plugin_feature_list_free(all);
  }
  ~WithoutDecoders() {
    for (auto* feature : removed_) gst_registry_add_feature(gst_registry_get(), feature);
  }
  WithoutDecoders(const WithoutDecoders&) = delete;
  WithoutDecoders& operator=(const WithoutDecoders&) = delete;

 private:
  std::vector<GstPluginFeature*> removed_;
};

/// Two tracks with the same sound; the second is MP2.
std::string behind(const std::string& codec) {
  return "-map 1:a -map 1:a -map 0:v -c:a:0 " + codec + " -c:a:1 mp2";
}

TEST(PassedAudio, IsTheFirstTrackOfAFilmThatIsDecodedHere) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const auto* first : {"libopus", "aac -mpegts_flags latm"}) {
    const AudioFilm film("sine=frequency=440:sample_rate=48000", "mp2", 8, behind(first));
    test::Collector collector;
    const auto units = heard(film, collector, 120);
    EXPECT_THAT(collector.notices(), testing::IsEmpty()) << first;
    EXPECT_GT(share_of(test::decode_opus(units), 440), 0.9) << first;
  }
}

TEST(PassedAudio, IsAnotherTrackWhereNoDecoderOfTheFirstIsInstalled) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const AudioFilm film("sine=frequency=440:sample_rate=48000", "mp2", 8, behind("ac3"));
  const WithoutDecoders none("audio/x-ac3");
  test::Collector collector;
  const auto units = heard(film, collector, 120);
  EXPECT_THAT(collector.notices(), testing::IsEmpty());
  EXPECT_GT(share_of(test::decode_opus(units), 440), 0.9);
}

TEST(PassedAudio, BeginsWithAFilmWhoseSoundIsDecodedHereBehindOneWhoseIsNot) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const AudioFilm film("sine=frequency=880:sample_rate=48000", "libopus", 2);
  film.go_on_with(AudioFilm("sine=frequency=440:sample_rate=48000", "aac", 8));
  test::Collector collector;
  const auto units = heard(film, collector, 120);
  EXPECT_EQ(collector.notices().size(), 1U) << "it is not said that nothing is heard at first";
  EXPECT_GT(share_of(test::decode_opus(units), 440), 0.9);
}

TEST(PassedAudio, ThatNobodyDecodesIsSaidToBeMissing) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const AudioFilm film("sine=frequency=440:sample_rate=48000", "libopus", 2);
  test::Collector collector;
  const auto source = make_stdin_source(film.fd(), collector.callbacks());
  source->set_opus(true);
  source->play();
  ASSERT_TRUE(collector.wait_for_notice());
  ASSERT_TRUE(collector.wait_for_end());
  EXPECT_EQ(std::ranges::count_if(collector.units(), kIsOpus), 0);
  const auto notices = collector.notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0].what, HasSubstr("hears nothing"));
  EXPECT_THAT(notices[0].hint, testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace pixelpass::encode
