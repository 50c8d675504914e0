#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/encode/screen_source.hpp"

#include "fake_desk.hpp"
#include "pictures.hpp"
#include "stand_in_va.hpp"
#include "support.hpp"
#include <gmock/gmock.h>

#include <random>

namespace pixelpass::encode {
namespace {

using test::Collector;
using test::FakeDesk;
using test::Film;
using test::is_keyframe;
using testing::AllOf;
using testing::HasSubstr;

using Kind = StandInVa::Kind;

constexpr Size kSize{320, 240};

ScreenSourceSettings on_gpu(const std::string& encoder = "auto") {
  ScreenSourceSettings settings;
  settings.fps = 30;
  settings.bitrate_bps = 2'000'000;
  settings.encoder = encoder;
  settings.encoder_facts = machine_with_a_gpu();
  return settings;
}

/// Different noise in each picture: as many bits as the encoder is given.
Film noise(Size size = kSize) {
  std::mt19937 random(1);
  Film film;
  for (int i = 0; i < 6; ++i) {
    film.push_back(test::make_picture(size, "BGRx", [&](int, int) {
      const auto grey = static_cast<int>(random() % 256);
      return test::Rgb{grey, grey, grey};
    }));
  }
  return film;
}

/// A screen full of noise, shared while this lives.
struct VaSharing {
  explicit VaSharing(const ScreenSourceSettings& settings)
      : desk(kSize), source(make_screen_source(settings, desk.make_screen(), {}, collector.callbacks())) {}
  ~VaSharing() { desk.stop_film(); }
  VaSharing(const VaSharing&) = delete;
  VaSharing& operator=(const VaSharing&) = delete;

  void play() {
    source->play();
    ASSERT_TRUE(desk.wait_until_playing(true));
    desk.show_film(film, 30);
  }
  std::size_t bytes_of_next_second() {
    collector.clear();
    EXPECT_TRUE(collector.wait_for_frames(30));
    return test::joined(collector.frames()).size();
  }

  const Film film = noise();
  Collector collector;
  FakeDesk desk;
  std::unique_ptr<MediaSource> source;
};

std::string kind_name(const testing::TestParamInfo<Kind>& info) {
  constexpr std::array names{"Works",           "NoLiveRate", "NoConstantRate",   "RefusesToStart",
                             "FailsAtAPicture", "FailsLater", "SwallowsPictures", "NoKeyframes"};
  return names.at(static_cast<std::size_t>(info.param));
}

/// A screen through the element names, pads and properties of VA-API, without a GPU.
class VaScreen : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  }
};
class VaScreenFallback : public VaScreen, public testing::WithParamInterface<Kind> {};

TEST_F(VaScreen, PicturesGoThroughTheGpusMemoryAndDecode) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const StandInVa stand_in;
  const int before = StandInVa::pictures_from_gpu_memory();
  VaSharing sharing(on_gpu());
  EXPECT_EQ(sharing.source->describe().encoder, "vah264enc");
  sharing.play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(30));
  sharing.source->pause();
  EXPECT_GE(StandInVa::pictures_from_gpu_memory(), before + 30);
  EXPECT_TRUE(sharing.collector.frames().front().keyframe);
  EXPECT_TRUE(sharing.collector.notices().empty());
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", test::joined(sharing.collector.frames()));
  // A screen's pictures come when they come: their times are not ffmpeg's even ones.
  const std::string even = " -vf setpts=N/TB/30 -fps_mode passthrough -enc_time_base 1:30 -f null -";
  EXPECT_EQ(test::run("ffmpeg -v error -f mpegts -i " + file + even).output, "");
}

TEST_F(VaScreen, PicturesMayStayOnTheGpuWhileItsEncoderTakesThem) {
  const StandInVa stand_in;
  const VaSharing sharing(on_gpu());
  EXPECT_EQ(sharing.desk.dma_buf(), true);
}

TEST_F(VaScreen, WithoutAConverterOfItsOwnItIsFedFromMainMemory) {
  StandInVa stand_in;
  stand_in.remove_postproc();
  const int before = StandInVa::pictures_from_gpu_memory();
  VaSharing sharing(on_gpu());
  EXPECT_EQ(sharing.source->describe().encoder, "vah264enc");
  sharing.play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(10));
  EXPECT_EQ(StandInVa::pictures_from_gpu_memory(), before);
  EXPECT_EQ(sharing.desk.dma_buf(), false) << "nothing here reads them";
}

TEST_F(VaScreen, KeyframeComesWhenItIsAskedFor) {
  const StandInVa stand_in;
  VaSharing sharing(on_gpu());
  sharing.source->play();
  ASSERT_TRUE(sharing.desk.wait_until_playing(true));
  sharing.desk.show(sharing.film.front().get());
  // Of its own, a still screen gives one every five minutes.
  ASSERT_TRUE(sharing.collector.wait_for_frames(10));
  sharing.collector.clear();
  sharing.source->force_keyframe();
  EXPECT_TRUE(sharing.collector.wait_for(1, is_keyframe));
}

TEST_F(VaScreen, BitrateChangesWithoutANewStart) {
  const StandInVa stand_in;
  VaSharing sharing(on_gpu());
  sharing.play();
  sharing.bytes_of_next_second();
  const std::size_t before = sharing.bytes_of_next_second();
  const std::size_t told = sharing.collector.described().size();
  sharing.source->set_bitrate(400'000);
  sharing.bytes_of_next_second();
  sharing.bytes_of_next_second();
  EXPECT_LT(sharing.bytes_of_next_second(), before / 2);
  EXPECT_EQ(sharing.collector.described().size(), told);
}

TEST_F(VaScreen, ElementThatKeepsItsRateIsMadeAnewForAnother) {
  const StandInVa stand_in(Kind::kNoLiveRate);
  VaSharing sharing(on_gpu());
  sharing.play();
  sharing.bytes_of_next_second();
  const std::size_t before = sharing.bytes_of_next_second();
  sharing.collector.clear();
  sharing.source->set_bitrate(400'000);
  ASSERT_TRUE(sharing.collector.wait_for(1, is_keyframe));
  sharing.bytes_of_next_second();
  EXPECT_LT(sharing.bytes_of_next_second(), before / 2);
  EXPECT_EQ(sharing.source->describe().encoder, "vah264enc");
  EXPECT_TRUE(sharing.collector.notices().empty());
}

TEST_F(VaScreen, ElementThatKeepsItsRateIsMadeAnewOnceForAnotherRateAndSize) {
  const StandInVa stand_in(Kind::kNoLiveRate);
  VaSharing sharing(on_gpu());
  sharing.play();
  sharing.bytes_of_next_second();
  const auto rate = sharing.source->describe().bitrate_bps;
  const auto width = sharing.source->describe().width;
  const std::size_t told = sharing.collector.described().size();
  sharing.source->set_bitrate(rate / 2);
  sharing.source->set_limits({.percent = 50, .fps = 0});
  sharing.bytes_of_next_second();
  EXPECT_EQ(sharing.collector.described().size(), told + 1);
  EXPECT_LT(sharing.source->describe().width, width);
}

TEST_F(VaScreen, ElementThatKeepsItsRateIsNotMadeAnewForASmallStep) {
  const StandInVa stand_in(Kind::kNoLiveRate);
  VaSharing sharing(on_gpu());
  sharing.play();
  sharing.bytes_of_next_second();
  const auto rate = sharing.source->describe().bitrate_bps;
  const std::size_t told = sharing.collector.described().size();
  sharing.source->set_bitrate(rate * 95 / 100);
  sharing.bytes_of_next_second();
  EXPECT_EQ(sharing.collector.described().size(), told);
  sharing.source->set_bitrate(rate / 2);
  sharing.bytes_of_next_second();
  EXPECT_GT(sharing.collector.described().size(), told);
}

TEST_P(VaScreenFallback, ToSoftwareWithOneNoticeThatNamesBoth) {
  const StandInVa stand_in(GetParam());
  VaSharing sharing(on_gpu());
  EXPECT_EQ(sharing.source->describe().encoder, "x264enc");
  EXPECT_EQ(sharing.desk.dma_buf(), false) << "software reads main memory";
  sharing.play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(30));
  EXPECT_TRUE(sharing.collector.frames().front().keyframe);
  const auto notices = sharing.collector.notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0].what, AllOf(HasSubstr("vah264enc"), HasSubstr("x264enc")));
  EXPECT_THAT(notices[0].what, testing::Not(HasSubstr("\n")));
}

INSTANTIATE_TEST_SUITE_P(AtTheStart, VaScreenFallback,
                         testing::Values(Kind::kNoConstantRate, Kind::kRefusesToStart, Kind::kFailsAtAPicture,
                                         Kind::kSwallowsPictures, Kind::kNoKeyframes),
                         kind_name);

TEST_F(VaScreen, EncoderThatFailsInTheMiddleIsReplacedAndTheStreamGoesOn) {
  const StandInVa stand_in(Kind::kFailsLater);
  VaSharing sharing(on_gpu());
  EXPECT_EQ(sharing.source->describe().encoder, "vah264enc");
  sharing.play();
  ASSERT_TRUE(sharing.collector.wait_for_notice());
  ASSERT_TRUE(sharing.collector.wait_for_frames(60));
  EXPECT_EQ(sharing.source->describe().encoder, "x264enc");
  EXPECT_EQ(sharing.collector.notices().size(), 1U);
  // Its first picture can be decoded by who has none of the others.
  const auto described = sharing.collector.described();
  ASSERT_FALSE(described.empty());
  EXPECT_EQ(described.back().second.encoder, "x264enc");
  EXPECT_TRUE(sharing.collector.frames().at(described.back().first).keyframe);
}

TEST_F(VaScreen, ForcedEncoderThatDoesNotStartEndsTheStart) {
  const StandInVa stand_in(Kind::kRefusesToStart);
  try {
    const VaSharing sharing(on_gpu("vaapi"));
    ADD_FAILURE() << "did not throw";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.error().what, HasSubstr("vah264enc"));
    EXPECT_THAT(error.error().hint, HasSubstr("--encoder"));
  }
}

}  // namespace
}  // namespace pixelpass::encode
