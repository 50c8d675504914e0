#include "encode/picture_converter.hpp"

#include "encode/placement.hpp"
#include "pictures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <system_error>
#include <thread>

namespace pixelpass::encode {
namespace {

using gst::Owned;
using test::Layout;
using test::make_picture;
using test::Rgb;
using test::solid;

const std::vector<std::string> kFastFormats{"BGRx", "BGRA", "RGBx", "RGBA", "xRGB",
                                            "ARGB", "xBGR", "ABGR", "BGR",  "RGB"};
const std::vector<Rgb> kColours{{0, 0, 0},     {255, 255, 255}, {255, 0, 0}, {0, 255, 0},
                                {0, 0, 255},   {200, 30, 120},  {12, 99, 7}, {128, 128, 128},
                                {255, 255, 0}, {0, 255, 255}};

class PictureConverterTest : public testing::Test {
 protected:
  void SetUp() override { gst::start_gstreamer(); }
};

/// Null: it says that it cannot.
Owned<GstBuffer> converted_by(PictureConverter& converter, const Owned<GstSample>& picture) {
  auto converted = converter.convert(picture.get());
  if (!converted) return nullptr;
  return std::move(*converted);
}

/// A converted picture, read back as a decoder does: by the matrix's definition (ITU-R BT.601, BT.709).
class Seen {
 public:
  Seen(const Owned<GstBuffer>& buffer, const GstVideoInfo& info)
      : kr_(info.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT601 ? 0.299 : 0.2126),
        kb_(info.colorimetry.matrix == GST_VIDEO_COLOR_MATRIX_BT601 ? 0.114 : 0.0722) {
    mapped_ = gst_video_frame_map(&frame_, &info, buffer.get(), GST_MAP_READ) != FALSE;
  }
  ~Seen() {
    if (mapped_) gst_video_frame_unmap(&frame_);
  }
  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;

  [[nodiscard]] Rgb at(int x, int y) const {
    const double luma = (component(0, x, y) - 16) * 255 / 219.0;
    const double cb = (component(1, x / 2, y / 2) - 128) / 224.0 * 255;
    const double cr = (component(2, x / 2, y / 2) - 128) / 224.0 * 255;
    const double r = luma + 2 * (1 - kr_) * cr;
    const double b = luma + 2 * (1 - kb_) * cb;
    const double g = (luma - kr_ * r - kb_ * b) / (1 - kr_ - kb_);
    return {level(r), level(g), level(b)};
  }

 private:
  static int level(double value) { return static_cast<int>(std::lround(std::clamp(value, 0.0, 255.0))); }
  [[nodiscard]] double component(int index, int x, int y) const {
    const auto i = static_cast<guint>(index);
    const auto* row = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&frame_, i)) +
                      std::ptrdiff_t{y} * GST_VIDEO_FRAME_COMP_STRIDE(&frame_, i);
    return row[std::ptrdiff_t{x} * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame_, i)];
  }

  GstVideoFrame frame_{};
  bool mapped_ = false;
  double kr_;
  double kb_;
};

void expect_near(Rgb seen, Rgb truth, int levels, const std::string& where) {
  EXPECT_NEAR(seen.r, truth.r, levels) << "red, " << where;
  EXPECT_NEAR(seen.g, truth.g, levels) << "green, " << where;
  EXPECT_NEAR(seen.b, truth.b, levels) << "blue, " << where;
}

TEST_F(PictureConverterTest, ColoursOfEveryFastFormatAreTrue) {
  for (const auto out : {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12}) {
    PictureConverter converter({32, 16}, out, ColourMatrix::kBt601);
    for (const auto& format : kFastFormats) {
      for (const Rgb colour : kColours) {
        const auto converted = converted_by(converter, make_picture({32, 16}, format, solid(colour)));
        ASSERT_TRUE(converted);
        expect_near(Seen(converted, converter.output()).at(17, 9), colour, 3, format);
      }
    }
  }
}

TEST_F(PictureConverterTest, ColoursAreTrueByTheSlowWayToo) {
  PictureConverter other_matrix({64, 32}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt709);
  PictureConverter other_format({64, 32}, GST_VIDEO_FORMAT_NV12, ColourMatrix::kBt601);
  for (const Rgb colour : kColours) {
    const auto first = converted_by(other_matrix, make_picture({64, 32}, "BGRx", solid(colour)));
    ASSERT_TRUE(first);
    expect_near(Seen(first, other_matrix.output()).at(30, 20), colour, 4, "BT.709");
    const auto second = converted_by(other_format, make_picture({64, 32}, "GBR", solid(colour)));
    ASSERT_TRUE(second);
    expect_near(Seen(second, other_format.output()).at(30, 20), colour, 4, "GBR");
  }
}

/// As an HDMI grabber, or a desktop on a television, gives them: black is 16, white 235.
TEST_F(PictureConverterTest, ColoursOfTelevisionsRangeAreTrueAlsoWhenTheRangeChanges) {
  PictureConverter converter({32, 16}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  // Fewer steps, and GStreamer's arithmetic; what is taken for the other range is 16 off.
  constexpr int kLevelsOff = 7;
  const auto as_television = [](Rgb colour) {
    const auto level = [](int full) { return 16 + full * 219 / 255; };
    return Rgb{level(colour.r), level(colour.g), level(colour.b)};
  };
  for (const char* format : {"BGRx", "RGB"}) {
    for (const Rgb colour : kColours) {
      const auto limited = converted_by(
          converter,
          make_picture({32, 16}, format, solid(as_television(colour)), {.also = "colorimetry=2:1:7:1"}));
      ASSERT_TRUE(limited);
      expect_near(Seen(limited, converter.output()).at(17, 9), colour, kLevelsOff,
                  std::string("16 to 235, ") + format);
      const auto full = converted_by(
          converter, make_picture({32, 16}, format, solid(colour), {.also = "colorimetry=1:1:7:1"}));
      ASSERT_TRUE(full);
      expect_near(Seen(full, converter.output()).at(17, 9), colour, 4, std::string("0 to 255, ") + format);
    }
  }
}

TEST_F(PictureConverterTest, TellsTheColoursThatItMakes) {
  const PictureConverter converter({64, 32}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const Owned<GstCaps> caps(gst_video_info_to_caps(&converter.output()));
  const Owned<gchar> text(gst_caps_to_string(caps.get()));
  EXPECT_THAT(text.get(),
              testing::HasSubstr("colorimetry=(string)2:4:7:1"));  // limited, BT.601, sRGB, BT.709
}

TEST_F(PictureConverterTest, MatrixIsThePlayersGuessWhereTheEncoderTellsNothing) {
  EXPECT_EQ(colour_matrix(true, {1920, 1080}), ColourMatrix::kBt601);
  EXPECT_EQ(colour_matrix(false, {1920, 1080}), ColourMatrix::kBt709);
  EXPECT_EQ(colour_matrix(false, {1280, 544}), ColourMatrix::kBt709);
  EXPECT_EQ(colour_matrix(false, {1024, 768}), ColourMatrix::kBt709);
  EXPECT_EQ(colour_matrix(false, {1024, 576}), ColourMatrix::kBt601);
}

/// Red grows to the right, green downwards.
Rgb gradient(int x, int y) {
  return {std::min(x, 255), std::min(y, 255), 60};
}

TEST_F(PictureConverterTest, AGradientStaysInPlace) {
  PictureConverter converter({256, 256}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto converted = converted_by(converter, make_picture({256, 256}, "BGRx", gradient));
  const Seen seen(converted, converter.output());
  for (int y = 0; y < 256; y += 5)
    for (int x = 0; x < 256; x += 3) expect_near(seen.at(x, y), gradient(x, y), 4, std::to_string(x));
}

TEST_F(PictureConverterTest, StridesAndTheVisiblePartAreTheBuffersOwn) {
  PictureConverter converter({120, 100}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const Layout layout{.padding = 52, .crop = {31, 17, 120, 100}};
  const auto picture = make_picture({200, 180}, "BGRx", gradient, layout);
  EXPECT_EQ(visible_size(picture.get()), (Size{120, 100}));
  const auto converted = converted_by(converter, picture);
  const Seen seen(converted, converter.output());
  for (int y = 0; y < 100; y += 7)
    for (int x = 0; x < 120; x += 7)
      expect_near(seen.at(x, y), gradient(x + 31, y + 17), 4, std::to_string(x));
}

TEST_F(PictureConverterTest, AVisiblePartThatReachesOutsideIsCutToThePicture) {
  PictureConverter converter({20, 20}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto picture = make_picture({64, 64}, "BGRx", gradient, {.crop = {60, 60, 1000, 1000}});
  EXPECT_EQ(visible_size(picture.get()), (Size{4, 4}));
  EXPECT_TRUE(converted_by(converter, picture));
}

TEST_F(PictureConverterTest, AnOddPixelIsLeftOut) {
  PictureConverter converter(even({255, 127}), GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto converted = converted_by(converter, make_picture({255, 127}, "BGRx", gradient));
  const Seen seen(converted, converter.output());
  for (int x = 0; x < 254; x += 11) expect_near(seen.at(x, 100), gradient(x, 100), 4, std::to_string(x));
}

TEST_F(PictureConverterTest, ScalesBothWaysAndByEitherWay) {
  const auto paint = [](int x, int y) { return Rgb{x / 2, y / 2, 200}; };
  const auto picture = make_picture({512, 384}, "BGRx", paint);
  for (const Size to : {Size{256, 192}, Size{384, 288}, Size{1024, 768}, Size{64, 48}}) {
    for (const auto matrix : {ColourMatrix::kBt601, ColourMatrix::kBt709}) {
      for (const auto format : {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12}) {
        PictureConverter converter(to, format, matrix);
        const auto converted = converted_by(converter, picture);
        ASSERT_TRUE(converted);
        const Seen seen(converted, converter.output());
        for (int i = 1; i < 8; ++i) {
          const int x = to.width * i / 8;
          const int y = to.height * i / 8;
          expect_near(seen.at(x, y), {32 * i, 24 * i, 200}, 6, std::to_string(to.width));
        }
      }
    }
  }
}

/// Four colours, one a quarter; which is where differs from one `turn` to the next.
Rgb quarters(Size size, std::size_t turn, int x, int y) {
  const std::array<Rgb, 4> colours{{{250, 20, 20}, {20, 240, 30}, {30, 40, 250}, {230, 230, 40}}};
  const std::size_t place = (y < size.height / 2 ? 0U : 2U) + (x < size.width / 2 ? 0U : 1U);
  return colours.at((place + turn) % colours.size());
}

void expect_quarters(const Seen& seen, Size size, std::size_t turn, const std::string& where) {
  for (const int x : {size.width / 8, size.width * 7 / 8})
    for (const int y : {size.height / 8, size.height * 7 / 8})
      expect_near(seen.at(x, y), quarters(size, turn, x, y), 4, where + " at " + std::to_string(x));
}

TEST_F(PictureConverterTest, WhatItsCapsSayOfItsRateDoesNotKeepAPictureFromBeingConverted) {
  const Size size{320, 180};
  std::size_t turn = 0;  // else memory that is used again would show the right picture
  for (const auto matrix : {ColourMatrix::kBt601, ColourMatrix::kBt709}) {
    for (const char* format : {"BGRx", "RGB", "GBR"}) {
      PictureConverter converter(size, GST_VIDEO_FORMAT_I420, matrix);
      for (const char* rate : {"", "framerate=(fraction)0/1", test::kPortalRate, "framerate=(fraction)30/1",
                               "interlace-mode=(string)mixed", "multiview-mode=(string)mono"}) {
        ++turn;
        const auto paint = [=](int x, int y) { return quarters(size, turn, x, y); };
        const auto converted = converted_by(converter, make_picture(size, format, paint, {.also = rate}));
        ASSERT_TRUE(converted) << format << ' ' << rate;
        expect_quarters(Seen(converted, converter.output()), size, turn, std::string(format) + ' ' + rate);
      }
    }
  }
}

TEST_F(PictureConverterTest, ASmallPictureLiesInTheMiddleOfBlack) {
  for (const auto matrix : {ColourMatrix::kBt601, ColourMatrix::kBt709}) {
    for (const auto format : {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12}) {
      for (const Size size : {Size{24, 64}, Size{12, 32}}) {
        PictureConverter converter({128, 96}, format, matrix, Size{24, 64});
        std::size_t turn = 0;
        for (; turn < 3; ++turn) {  // the pool's memory holds the picture before
          const auto paint = [=](int x, int y) { return quarters(size, turn, x, y); };
          const auto converted = converted_by(converter, make_picture(size, "BGRx", paint));
          ASSERT_TRUE(converted);
          const Seen seen(converted, converter.output());
          for (const int x : {56, 71})
            for (const int y : {20, 76})
              expect_near(seen.at(x, y), quarters({128, 96}, turn, x, y), 6, "inside");
          for (const int x : {0, 49, 78, 127})
            for (const int y : {0, 48, 95}) expect_near(seen.at(x, y), {0, 0, 0}, 2, "beside");
          for (const int y : {0, 13, 82, 95}) expect_near(seen.at(64, y), {0, 0, 0}, 2, "above or below");
        }
      }
    }
  }
}

TEST_F(PictureConverterTest, FormatAndSizeMayChangeBetweenPictures) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  for (const auto* format : {"BGRx", "RGBA", "BGRx", "RGB"}) {
    for (const Size size : {Size{64, 64}, Size{128, 128}, Size{33, 65}}) {
      const auto converted = converted_by(converter, make_picture(size, format, solid({250, 128, 4})));
      ASSERT_TRUE(converted) << format;
      expect_near(Seen(converted, converter.output()).at(32, 32), {250, 128, 4}, 3, format);
    }
  }
}

TEST_F(PictureConverterTest, ABufferWithFewerBytesThanItsCapsPromiseIsNotRead) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto small = make_picture({32, 32}, "BGRx", solid({}));
  const auto large = make_picture({64, 64}, "BGRx", solid({}));
  const Owned<GstSample> lying(
      gst_sample_new(gst_sample_get_buffer(small.get()), gst_sample_get_caps(large.get()), nullptr, nullptr));
  const auto refused = converter.convert(lying.get());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("width=(int)64"));
  EXPECT_TRUE(converted_by(converter, large));
}

TEST_F(PictureConverterTest, SoundIsNotAPicture) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const Owned<GstBuffer> buffer(gst_buffer_new_allocate(nullptr, 64, nullptr));
  const Owned<GstCaps> caps(gst_caps_new_empty_simple("audio/x-raw"));
  const Owned<GstSample> audio(gst_sample_new(buffer.get(), caps.get(), nullptr, nullptr));
  EXPECT_FALSE(converted_by(converter, audio));
  EXPECT_EQ(visible_size(audio.get()), Size{});
}

TEST_F(PictureConverterTest, APictureThatGStreamerDoesNotConvertIsAnErrorThatNamesIt) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt709);
  const auto fields = make_picture({64, 64}, "BGRx", solid({}), {.also = "interlace-mode=(string)alternate"});
  const auto refused = converter.convert(fields.get());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("alternate"));
  EXPECT_FALSE(refused.error().hint.empty());
  EXPECT_TRUE(converter.convert(make_picture({64, 64}, "BGRx", solid({})).get()));
}

TEST_F(PictureConverterTest, AScreenOfOnePixelIsReadNoFurther) {
  for (const auto matrix : {ColourMatrix::kBt601, ColourMatrix::kBt709}) {
    for (const Size size : {Size{1, 1}, Size{1, 64}, Size{64, 1}}) {
      PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, matrix);
      const auto converted = converted_by(converter, make_picture(size, "BGRx", solid({250, 128, 4})));
      ASSERT_TRUE(converted);
      expect_near(Seen(converted, converter.output()).at(32, 32), {250, 128, 4}, 4,
                  std::to_string(size.width));
    }
  }
}

/// The corners of an upright picture, clockwise from the upper left, by where they are in the lying one.
struct Turn {
  std::string tag;
  std::array<std::size_t, 4> corners;
};
const std::vector<Turn> kTurns{{"rotate-0", {0, 1, 2, 3}},        {"rotate-90", {3, 0, 1, 2}},
                               {"rotate-180", {2, 3, 0, 1}},      {"rotate-270", {1, 2, 3, 0}},
                               {"flip-rotate-0", {1, 0, 3, 2}},   {"flip-rotate-90", {2, 1, 0, 3}},
                               {"flip-rotate-180", {3, 2, 1, 0}}, {"flip-rotate-270", {0, 3, 2, 1}}};
constexpr std::array<Rgb, 4> kCorners{{{200, 30, 30}, {30, 200, 30}, {30, 30, 200}, {200, 200, 30}}};

void expect_turned(PictureConverter& converter, Size content, const Turn& turn, const Layout& layout) {
  const auto paint = [](int x, int y) {
    constexpr std::array<std::size_t, 4> kByQuarter{0, 1, 3, 2};
    return kCorners.at(kByQuarter.at((x < 110 ? 0U : 1U) + (y < 57 ? 0U : 2U)));
  };
  const auto lying = make_picture({255, 127}, "BGRx", paint, layout);
  const auto orientation = capture::orientation_named(turn.tag);
  ASSERT_TRUE(orientation);
  const auto converted = converted_by(converter, capture::with_orientation(lying.get(), *orientation));
  ASSERT_TRUE(converted);
  const Seen seen(converted, converter.output());
  const int left = (converter.output().width - content.width) / 2;
  const int top = (converter.output().height - content.height) / 2;
  constexpr std::array<std::array<int, 2>, 4> kEighths{{{1, 1}, {7, 1}, {7, 7}, {1, 7}}};
  for (std::size_t i = 0; i < kEighths.size(); ++i) {
    const auto [x, y] = kEighths.at(i);
    expect_near(seen.at(left + content.width * x / 8, top + content.height * y / 8),
                kCorners.at(turn.corners.at(i)), 8, turn.tag + " corner " + std::to_string(i));
  }
  if (left > 0) expect_near(seen.at(left / 2, top + 2), {0, 0, 0}, 3, turn.tag + " border");
}

TEST_F(PictureConverterTest, APictureThatLiesIsTurnedUpright) {
  for (const auto format : {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12}) {
    for (const auto matrix : {ColourMatrix::kBt601, ColourMatrix::kBt709}) {
      for (const int border : {0, 64}) {
        for (const Turn& turn : kTurns) {
          const Size content = upright({100, 50}, capture::orientation_named(turn.tag).value());
          PictureConverter converter({content.width + border, content.height}, format, matrix, content);
          expect_turned(converter, content, turn, {});
          expect_turned(converter, content, turn, {.crop = {9, 7, 201, 99}});
        }
      }
    }
  }
}

#ifndef __SANITIZE_THREAD__  // which ends a process that starts a thread after a fork
/// From here on none can be started, and all else goes on: what a thread's stack would take is beyond the
/// limit.
void forbid_threads() {
  constexpr std::size_t kStack = std::size_t{4} << 30;
  constexpr std::size_t kLeft = std::size_t{1} << 30;
  pthread_attr_t usual;
  ASSERT_EQ(pthread_getattr_default_np(&usual), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&usual, kStack), 0);
  ASSERT_EQ(pthread_setattr_default_np(&usual), 0);
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t limit = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + kLeft;
  const rlimit limits{limit, limit};
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limits), 0);
}

TEST_F(PictureConverterTest, ConvertsAloneWhereNoThreadCanBeStarted) {
  constexpr unsigned kAtMost = 20;  // seconds
  EXPECT_EXIT(
      {
        alarm(kAtMost);
        forbid_threads();
        if (HasFatalFailure()) std::exit(EXIT_FAILURE);
        try {
          std::thread([] {}).join();
          std::exit(EXIT_FAILURE);
        } catch (const std::system_error&) {
        }
        PictureConverter converter({1280, 720}, GST_VIDEO_FORMAT_NV12, ColourMatrix::kBt709);
        const auto picture = make_picture({1280, 720}, "BGRx", solid({200, 30, 120}));
        const auto converted = converted_by(converter, picture);
        if (!converted) std::exit(EXIT_FAILURE);
        const Rgb seen = Seen(converted, converter.output()).at(640, 700);
        std::exit(std::abs(seen.r - 200) < 4 && std::abs(seen.b - 120) < 4 ? EXIT_SUCCESS : EXIT_FAILURE);
      },
      testing::ExitedWithCode(EXIT_SUCCESS), "");
}
#endif

TEST_F(PictureConverterTest, BuffersComeFromAPool) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto picture = make_picture({64, 64}, "BGRx", solid({}));
  std::set<GstMemory*> seen;
  for (int i = 0; i < 20; ++i) seen.insert(gst_buffer_peek_memory(converted_by(converter, picture).get(), 0));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(PictureConverterTest, ABlankPictureIsDarkGrey) {
  for (const auto format : {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12}) {
    PictureConverter converter({66, 34}, format, ColourMatrix::kBt601);
    const auto blank = converter.blank();
    ASSERT_TRUE(blank);
    const Seen seen(*blank, converter.output());
    expect_near(seen.at(0, 0), {19, 19, 19}, 1, "first");
    expect_near(seen.at(65, 33), {19, 19, 19}, 1, "last");
  }
}

}  // namespace
}  // namespace pixelpass::encode
