#include "encode/encoder_settings.hpp"
#include "stand_in_va.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::encode {
namespace {

using gst::has_element;
using testing::HasSubstr;

const VideoEncoder& va_row() {
  return *std::ranges::find(video_encoders(), "vah264enc", &VideoEncoder::element);
}

guint number(GstElement* element, const char* name) {
  guint value = 0;
  g_object_get(element, name, &value, nullptr);
  return value;
}

/// vah264enc's row of the table, on an element with its documented properties.
class VaSettings : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  }
};

TEST_F(VaSettings, WholeTableIsTaken) {
  const StandInVa stand_in;
  const auto made = make_video_encoder(va_row(), "encoder", 60, 6'000'000);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  for (const EncoderProperty& wanted : va_row().properties) {
    const std::string name(wanted.name);
    EXPECT_NE(g_object_class_find_property(G_OBJECT_GET_CLASS(made->get()), name.c_str()), nullptr) << name;
  }
  EXPECT_EQ(number(made->get(), "bitrate"), 6000U);
  EXPECT_EQ(number(made->get(), "target-usage"), 6U);
  EXPECT_EQ(number(made->get(), "ref-frames"), 1U);
  EXPECT_EQ(number(made->get(), "key-int-max"), 60U);
}

TEST_F(VaSettings, BufferIsTheSmallestThatTheElementDoesNotThrowAway) {
  const StandInVa stand_in;
  for (const std::int64_t rate : {500'000, 999'999, 6'000'000, 6'001'001, 20'000'000}) {
    const auto made = make_video_encoder(va_row(), "encoder", 60, rate);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    const guint kbits = number(made->get(), "bitrate");
    EXPECT_GE(number(made->get(), "cpb-size"), kbits / 2) << rate;
    EXPECT_LE(number(made->get(), "cpb-size"), kbits / 2 + 1) << rate;
  }
}

TEST_F(VaSettings, NewBitrateTakesItsBufferWithIt) {
  const StandInVa stand_in;
  const auto made = make_video_encoder(va_row(), "encoder", 60, 6'000'000);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_TRUE(set_encoder_bitrate(made->get(), va_row(), 12'000'000));
  EXPECT_EQ(number(made->get(), "bitrate"), 12'000U);
  EXPECT_EQ(number(made->get(), "cpb-size"), 6000U);
}

TEST_F(VaSettings, ElementThatCannotChangeItsRateWhileItRunsSaysSo) {
  const StandInVa stand_in(StandInVa::Kind::kNoLiveRate);
  const auto made = make_video_encoder(va_row(), "encoder", 60, 6'000'000);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_FALSE(set_encoder_bitrate(made->get(), va_row(), 3'000'000));
  EXPECT_EQ(number(made->get(), "bitrate"), 3000U);
}

TEST_F(VaSettings, DriverWithoutConstantBitrateIsRefused) {
  const StandInVa stand_in(StandInVa::Kind::kNoConstantRate);
  const auto made = make_video_encoder(va_row(), "encoder", 60, 6'000'000);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().what, HasSubstr("rate-control=cbr"));
}

TEST_F(VaSettings, DistanceOfKeyframesIsHeldWithinTheElementsRange) {
  const StandInVa stand_in;
  const auto made = make_video_encoder(va_row(), "encoder", 3600, 6'000'000);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(number(made->get(), "key-int-max"), 1024U);
}

}  // namespace
}  // namespace pixelpass::encode
