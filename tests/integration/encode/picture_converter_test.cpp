#include "pixelpass/encode/picture_converter.hpp"

#include "pictures.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace pixelpass::encode {
namespace {

using capture::Owned;
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
  void SetUp() override { capture::start_gstreamer(); }
};

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
        const auto converted = converter.convert(make_picture({32, 16}, format, solid(colour)).get());
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
    const auto first = other_matrix.convert(make_picture({64, 32}, "BGRx", solid(colour)).get());
    ASSERT_TRUE(first);
    expect_near(Seen(first, other_matrix.output()).at(30, 20), colour, 4, "BT.709");
    const auto second = other_format.convert(make_picture({64, 32}, "GBR", solid(colour)).get());
    ASSERT_TRUE(second);
    expect_near(Seen(second, other_format.output()).at(30, 20), colour, 4, "GBR");
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
  const auto converted = converter.convert(make_picture({256, 256}, "BGRx", gradient).get());
  const Seen seen(converted, converter.output());
  for (int y = 0; y < 256; y += 5)
    for (int x = 0; x < 256; x += 3) expect_near(seen.at(x, y), gradient(x, y), 4, std::to_string(x));
}

TEST_F(PictureConverterTest, StridesAndTheVisiblePartAreTheBuffersOwn) {
  PictureConverter converter({120, 100}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const Layout layout{.padding = 52, .crop = {31, 17, 120, 100}};
  const auto picture = make_picture({200, 180}, "BGRx", gradient, layout);
  EXPECT_EQ(visible_size(picture.get()), (Size{120, 100}));
  const auto converted = converter.convert(picture.get());
  const Seen seen(converted, converter.output());
  for (int y = 0; y < 100; y += 7)
    for (int x = 0; x < 120; x += 7)
      expect_near(seen.at(x, y), gradient(x + 31, y + 17), 4, std::to_string(x));
}

TEST_F(PictureConverterTest, AVisiblePartThatReachesOutsideIsCutToThePicture) {
  PictureConverter converter({20, 20}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto picture = make_picture({64, 64}, "BGRx", gradient, {.crop = {60, 60, 1000, 1000}});
  EXPECT_EQ(visible_size(picture.get()), (Size{4, 4}));
  EXPECT_TRUE(converter.convert(picture.get()));
}

TEST_F(PictureConverterTest, AnOddPixelIsLeftOut) {
  PictureConverter converter(even({255, 127}), GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto converted = converter.convert(make_picture({255, 127}, "BGRx", gradient).get());
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
        const auto converted = converter.convert(picture.get());
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

TEST_F(PictureConverterTest, FormatAndSizeMayChangeBetweenPictures) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  for (const auto* format : {"BGRx", "RGBA", "BGRx", "RGB"}) {
    for (const Size size : {Size{64, 64}, Size{128, 128}, Size{33, 65}}) {
      const auto converted = converter.convert(make_picture(size, format, solid({250, 128, 4})).get());
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
  EXPECT_FALSE(converter.convert(lying.get()));
  EXPECT_TRUE(converter.convert(large.get()));
}

TEST_F(PictureConverterTest, SoundIsNotAPicture) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const Owned<GstBuffer> buffer(gst_buffer_new_allocate(nullptr, 64, nullptr));
  const Owned<GstCaps> caps(gst_caps_new_empty_simple("audio/x-raw"));
  const Owned<GstSample> sound(gst_sample_new(buffer.get(), caps.get(), nullptr, nullptr));
  EXPECT_FALSE(converter.convert(sound.get()));
  EXPECT_EQ(visible_size(sound.get()), Size{});
}

TEST_F(PictureConverterTest, BuffersComeFromAPool) {
  PictureConverter converter({64, 64}, GST_VIDEO_FORMAT_I420, ColourMatrix::kBt601);
  const auto picture = make_picture({64, 64}, "BGRx", solid({}));
  std::set<GstMemory*> seen;
  for (int i = 0; i < 20; ++i) seen.insert(gst_buffer_peek_memory(converter.convert(picture.get()).get(), 0));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(PictureConverterTest, ABlankPictureIsDarkGrey) {
  for (const auto format : {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_NV12}) {
    PictureConverter converter({66, 34}, format, ColourMatrix::kBt601);
    const auto blank = converter.blank();
    const Seen seen(blank, converter.output());
    expect_near(seen.at(0, 0), {19, 19, 19}, 1, "first");
    expect_near(seen.at(65, 33), {19, 19, 19}, 1, "last");
  }
}

}  // namespace
}  // namespace pixelpass::encode
