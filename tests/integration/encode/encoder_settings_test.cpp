#include "encode/encoder_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace pixelpass::encode {
namespace {

using gst::has_element;
using gst::Owned;
using testing::HasSubstr;

const VideoEncoder& row(std::string_view element) {
  return *std::ranges::find(video_encoders(), element, &VideoEncoder::element);
}

/// As GStreamer writes it: "6000", "true", "cbr".
std::string property(GstElement* element, const char* name) {
  GValue value = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(element), name, &value);
  const Owned<gchar> text(gst_value_serialize(&value));
  g_value_unset(&value);
  return text.get();
}

/// Whether a property has this value, as gst-launch would take it.
bool holds(GstElement* element, const EncoderProperty& wanted) {
  const std::string name(wanted.name);
  GValue now = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(element), name.c_str(), &now);
  GValue then = G_VALUE_INIT;
  g_value_init(&then, G_VALUE_TYPE(&now));
  const bool same = gst_value_deserialize(&then, std::string(wanted.value).c_str()) != FALSE &&
                    gst_value_compare(&now, &then) == GST_VALUE_EQUAL;
  g_value_unset(&now);
  g_value_unset(&then);
  return same;
}

bool has_property(GstElement* element, const EncoderProperty& wanted) {
  return g_object_class_find_property(G_OBJECT_GET_CLASS(element), std::string(wanted.name).c_str()) !=
         nullptr;
}

class EncoderSettings : public testing::Test {
 protected:
  void SetUp() override { gst::start_gstreamer(); }
};

TEST_F(EncoderSettings, X264TakesTheWholeTable) {
  if (!has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const auto made = make_video_encoder(row("x264enc"), "encoder", 60, 6'000'000);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  GstElement* element = made->get();
  for (const EncoderProperty& wanted : row("x264enc").properties) {
    // From GStreamer 1.26 on.
    if (wanted.name == "nal-hrd" && !has_property(element, wanted)) continue;
    EXPECT_TRUE(holds(element, wanted)) << wanted.name;
  }
  EXPECT_EQ(property(element, "bitrate"), "6000");
  EXPECT_EQ(property(element, "key-int-max"), "60");
  EXPECT_EQ(property(element, "name"), "encoder");
}

TEST_F(EncoderSettings, BitrateIsWrittenInTheEncodersOwnUnitAndChangesLive) {
  for (const auto& [name, unit] : std::array{std::pair{"x264enc", 1000}, std::pair{"openh264enc", 1}}) {
    if (!has_element(name)) GTEST_SKIP() << "needs " << name;
    const auto made = make_video_encoder(row(name), "encoder", 60, 6'000'000);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    EXPECT_EQ(property(made->get(), "bitrate"), std::to_string(6'000'000 / unit));
    EXPECT_TRUE(set_encoder_bitrate(made->get(), row(name), 2'500'000)) << name;
    EXPECT_EQ(property(made->get(), "bitrate"), std::to_string(2'500'000 / unit));
  }
}

TEST_F(EncoderSettings, ABitrateThatAnElementDoesNotTakeIsNotSaidToBeSet) {
  const Owned<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("queue", nullptr))));
  // It may be changed while it runs, but is no number.
  static constexpr std::array<RateProperty, 1> kOfAnotherType{{{"flush-on-eos", 1, true}}};
  VideoEncoder encoder = row("x264enc");
  encoder.rates = kOfAnotherType;
  EXPECT_FALSE(set_encoder_bitrate(element.get(), encoder, 2'500'000));
}

TEST_F(EncoderSettings, ValueOutsideAPropertysRangeBecomesTheNearestInside) {
  if (!has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const auto made = make_video_encoder(row("x264enc"), "encoder", 60, 9'000'000'000'000);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(property(made->get(), "bitrate"), "2048000");
}

TEST_F(EncoderSettings, ElementWithoutARequiredPropertyIsRefusedByName) {
  const Owned<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("identity", nullptr))));
  const auto done = configure_encoder(element.get(), row("vah264enc"), 60, 6'000'000);
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().what, HasSubstr("rate-control=cbr"));
}

TEST_F(EncoderSettings, ValueThatAPropertyDoesNotKnowCountsAsMissing) {
  if (!has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const Owned<GstElement> element(
      GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("x264enc", nullptr))));
  constexpr std::array<EncoderProperty, 3> table{{{"speed-preset", "superfast"},  // known: stays
                                                  {"speed-preset", "warp"},
                                                  {"pass", "warp", true}}};
  VideoEncoder encoder = row("x264enc");
  encoder.properties = table;
  const auto done = configure_encoder(element.get(), encoder, 60, 6'000'000);
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().what, HasSubstr("pass=warp"));
  EXPECT_EQ(property(element.get(), "speed-preset"), "superfast");
}

TEST_F(EncoderSettings, ElementThatIsNotThereIsAnErrorAndNoCrash) {
  VideoEncoder encoder = row("x264enc");
  encoder.element = "none-such-enc";
  const auto made = make_video_encoder(encoder, "encoder", 60, 6'000'000);
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().what, HasSubstr("none-such-enc"));
}

}  // namespace
}  // namespace pixelpass::encode
