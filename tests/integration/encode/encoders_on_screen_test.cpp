// Each encoder (those of graphics cards by stand-ins) with each kind of picture that a capture gives: what a
// viewer decodes is what is on the screen.
#include "pixelpass/capture/orientation.hpp"
#include "pixelpass/capture/test/test_screen.hpp"
#include "pixelpass/encode/screen_source.hpp"

#include "../reference_bars.hpp"
#include "encode/encoder_settings.hpp"
#include "fake_desk.hpp"
#include "stand_in_nvenc.hpp"
#include "stand_in_va.hpp"
#include "test_card.hpp"
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace pixelpass::encode {
namespace {

using gst::has_element;
using test::make_picture;
using test::Rgb;

/// Of what stands between screen and viewer: 4:2:0, and a quantizer.
constexpr int kLevels = 6;

/// A machine on which one encoder works.
struct Machine {
  std::string name;
  std::string option;
  std::string element;
  std::string missing = "x264enc";  ///< needed here: the encoder, or what a stand-in is made of
};

void PrintTo(const Machine& machine, std::ostream* out) {
  *out << machine.name;
}

const std::vector<Machine> kMachines{{"X264", "x264", "x264enc"},
                                     {"Openh264", "openh264", "openh264enc", "openh264enc"},
                                     {"VaWithConverter", "vaapi", "vah264enc"},
                                     {"VaFromMainMemory", "vaapi", "vah264enc"},
                                     {"NvencOld", "nvenc", "nvh264enc"},
                                     {"NvencNew", "nvenc", "nvh264enc"}};

/// What a screen may look like, as a capture hands it over.
struct Shape {
  Size size;
  std::string format;
  test::Layout layout = {};
};

const std::vector<Shape> kShapes{
    {{640, 360}, "BGRx", {.also = test::kPortalRate}},
    {{641, 359}, "RGBx", {.padding = 36, .also = test::kPortalRate}},  // odd
    {{64, 48}, "BGRA", {.also = test::kPortalRate}},                   // smaller than encoders take
    {{1366, 770}, "BGRx", {}},                                         // as X11 gives it
    {{1024, 768}, "xRGB", {.crop = {112, 84, 800, 600}, .also = test::kPortalRate}},  // a part of a screen
    {{2560, 1440}, "RGBA", {.also = test::kPortalRate}},                              // large
    // As wide as HD and as flat as PAL, where players and GStreamer do not assume the same colours.
    {{1280, 400}, "BGRx", {.also = test::kPortalRate}},
};

Size visible(const Shape& shape) {
  return shape.layout.crop.w > 0 ? Size{shape.layout.crop.w, shape.layout.crop.h} : shape.size;
}

class EncodersOnScreen : public testing::TestWithParam<Machine> {
 protected:
  void SetUp() override {
    PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
    gst::start_gstreamer();
    if (!has_element(GetParam().missing)) GTEST_SKIP() << "needs " << GetParam().missing;
    if (GetParam().option == "vaapi") va_.emplace();
    if (GetParam().name == "VaFromMainMemory") va_->remove_postproc();
    if (GetParam().name == "NvencOld") nvenc_.emplace(StandInNvenc::Generation::kOld);
    if (GetParam().name == "NvencNew") nvenc_.emplace(StandInNvenc::Generation::kNew);
  }

  [[nodiscard]] static ScreenSourceSettings settings() {
    ScreenSourceSettings settings;
    settings.bitrate_bps = 8'000'000;
    settings.encoder = GetParam().option;
    VaNode node;
    node.path = "/dev/dri/renderD128";
    node.state = VaState::kEncodes;
    node.full = {.there = true, .constant_rate = true, .profiles = {}};
    settings.encoder_facts = EncoderFacts{.has_element = has_element,
                                          .has_plugin = [](std::string_view) { return true; },
                                          .va = {.nodes = {node}},
                                          .nvidia_gpu = true,
                                          .nvidia_driver = "570.86"};
    return settings;
  }
  /// Whether its stream says how RGB became YUV; if not, players take BT.709 for what is larger than PAL.
  [[nodiscard]] static std::string filter(Size size) {
    const bool told = row().tells_colours || (size.width < 1280 && size.height <= 576);
    return told ? "null" : "scale=in_color_matrix=bt709:in_range=tv";
  }
  [[nodiscard]] static const VideoEncoder& row() {
    return *std::ranges::find(video_encoders(), GetParam().element, &VideoEncoder::element);
  }
  [[nodiscard]] static SizeLimits limits() { return size_limits(row()); }

  std::optional<StandInVa> va_;
  std::optional<StandInNvenc> nvenc_;
};

/// The last of some pictures of a screen that shows this one.
struct Shown {
  Shown(const ScreenSourceSettings& settings, Size described, GstSample* picture,
        const std::function<std::string(Size)>& filter) {
    test::Collector collector;
    test::FakeDesk desk(described);
    const auto source = make_screen_source(settings, desk.make_screen(), {}, collector.callbacks());
    source->play();
    EXPECT_TRUE(desk.wait_until_playing(true));
    desk.show(picture);
    EXPECT_TRUE(collector.wait_for_frames(12));
    source->pause();
    EXPECT_TRUE(collector.notices().empty());
    const auto description = source->describe();
    encoder = description.encoder;
    size = {description.width, description.height};
    decoded.emplace(collector.frames(), size, filter(size));
    EXPECT_GE(decoded->count(), 8U);
  }
  [[nodiscard]] Rgb at(int x, int y) const { return decoded->at(decoded->count() - 1, x, y); }

  std::string encoder;
  Size size;
  std::optional<test::Decoded> decoded;
};

TEST_P(EncodersOnScreen, AViewerSeesWhatIsOnTheScreen) {
  for (const Shape& shape : kShapes) {
    const Size seen = visible(shape);
    const int left = shape.layout.crop.x;
    const int top = shape.layout.crop.y;
    const auto card = make_picture(
        shape.size, shape.format,
        [&](int x, int y) {
          const bool inside = x >= left && x < left + seen.width && y >= top && y < top + seen.height;
          return inside ? test::test_card(seen, x - left, y - top) : Rgb{255, 0, 255};
        },
        shape.layout);
    const Shown shown(settings(), seen, card.get(), filter);
    const Placement placed = place(seen, std::nullopt, limits());
    const std::string what = GetParam().name + ' ' + shape.format + ' ' + std::to_string(seen.width) + 'x' +
                             std::to_string(seen.height);
    EXPECT_EQ(shown.encoder, GetParam().element) << what;
    ASSERT_EQ(shown.size, placed.whole) << what;
    const int x0 = (placed.whole.width - placed.content.width) / 2;
    const int y0 = (placed.whole.height - placed.content.height) / 2;
    for (int bar = 0; bar < 8; ++bar) {
      for (const int quarter : {1, 3}) {
        const int x = placed.content.width * (2 * bar + 1) / 16;
        const int y = placed.content.height * quarter / 4;
        test::expect_near(shown.at(x0 + x, y0 + y), test::test_card(placed.content, x, y),
                          what + " at " + std::to_string(x) + ',' + std::to_string(y), kLevels);
      }
    }
    if (x0 > 16)
      test::expect_near(shown.at(4, placed.whole.height / 2), {0, 0, 0}, what + " border", kLevels);
  }
}

TEST_P(EncodersOnScreen, ATurnedMonitorIsUprightWhateverTurnsIt) {
  const Size lying{360, 640};
  // Four quarters, each in its colour, of the picture as it lies.
  const auto quarters = make_picture(lying, "BGRx", [&](int x, int y) {
    const bool right = x >= lying.width / 2;
    const bool below = y >= lying.height / 2;
    return test::kBars.at((right ? 2U : 4U) + (below ? 1U : 0U));
  });
  // Clockwise: what was below on the left comes to the top left.
  const auto turned = capture::with_orientation(quarters.get(), {false, 1});
  const Shown shown(settings(), {640, 360}, turned.get(), filter);
  ASSERT_EQ(shown.size, (Size{640, 360}));
  test::expect_near(shown.at(160, 90), test::kBars.at(5), "top left", kLevels);
  test::expect_near(shown.at(480, 90), test::kBars.at(4), "top right", kLevels);
  test::expect_near(shown.at(160, 270), test::kBars.at(3), "bottom left", kLevels);
  test::expect_near(shown.at(480, 270), test::kBars.at(2), "bottom right", kLevels);
}

/// A row of the bars that GStreamer paints, by itself.
std::vector<Rgb> row_of_bars(Size size) {
  const auto sample = reference_bars("xRGB", size.width, size.height);
  std::vector<Rgb> row;
  if (sample) {
    const SharedBytes shared = gst::shared_bytes(gst_sample_get_buffer(sample.get()));
    const ByteView bytes = shared.view();
    const auto width = static_cast<std::size_t>(size.width);
    for (std::size_t x = 0; x < width; ++x) {
      const auto at = (static_cast<std::size_t>(size.height / 2) * width + x) * 4;
      row.push_back({bytes[at + 1], bytes[at + 2], bytes[at + 3]});
    }
  }
  return row;
}

/// Levels between a decoded row and the reference, which has scrolled by some pixels: the mean where they fit
/// best.
double best_fit(const test::Decoded& decoded, std::size_t picture, Size size, const std::vector<Rgb>& row) {
  double best = 255;
  for (int shift = 0; shift < size.width; ++shift) {
    double sum = 0;
    int places = 0;
    for (int x = 5; x < size.width; x += size.width / 64, ++places) {
      const Rgb seen = decoded.at(picture, x, size.height / 2);
      const Rgb& truth = row.at(static_cast<std::size_t>((x + shift) % size.width));
      sum += std::abs(seen.r - truth.r) + std::abs(seen.g - truth.g) + std::abs(seen.b - truth.b);
    }
    best = std::min(best, sum / (3.0 * places));
  }
  return best;
}

#ifdef __SANITIZE_THREAD__
// GStreamer copies what our thread has drawn, and what orders that is not seen there
// (tests/sanitizers/tsan.supp): every second pixel is a report that is suppressed, and so many of them at
// once that the encoder seems to hang. A small picture has fewer.
constexpr std::array kCardSizes{Size{200, 120}};
#else
constexpr std::array kCardSizes{Size{320, 240}, Size{650, 362}, Size{1920, 1080}};
#endif

TEST_P(EncodersOnScreen, TheTestPictureHasItsColours) {
  for (const Size size : kCardSizes) {
    const auto row = row_of_bars(size);
    ASSERT_EQ(row.size(), static_cast<std::size_t>(size.width));
    test::Collector collector;
    const auto source = make_screen_source(
        settings(),
        [size](capture::ScreenCallbacks callbacks) {
          return capture::make_test_screen({size, 30}, std::move(callbacks));
        },
        {}, collector.callbacks());
    source->play();
    EXPECT_TRUE(collector.wait_for_frames(6));
    source->pause();
    const std::string what = GetParam().name + ' ' + std::to_string(size.width);
    EXPECT_EQ(source->describe().encoder, GetParam().element) << what;
    const test::Decoded decoded(collector.frames(), size, filter(size));
    ASSERT_GE(decoded.count(), 3U) << what;
    EXPECT_LT(best_fit(decoded, decoded.count() - 1, size, row), kLevels) << what;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EncodersOnScreen, testing::ValuesIn(kMachines),
                         [](const auto& machine) { return machine.param.name; });

/// Every property of a table is one that some generation of the element has.
TEST(NvencSettings, EachGenerationTakesTheTable) {
  gst::start_gstreamer();
  if (!has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const auto& row = *std::ranges::find(video_encoders(), "nvh264enc", &VideoEncoder::element);
  std::set<std::string> taken;
  const auto word = [](GstElement* element, const char* name) {
    GValue value = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(element), name, &value);
    const gst::Owned<gchar> text(gst_value_serialize(&value));
    g_value_unset(&value);
    return std::string(text.get());
  };
  for (const auto generation : {StandInNvenc::Generation::kOld, StandInNvenc::Generation::kNew}) {
    const bool old = generation == StandInNvenc::Generation::kOld;
    const StandInNvenc stand_in(generation);
    const auto made = make_video_encoder(row, "encoder", 60, 6'000'000);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    for (const auto& property : row.properties)
      if (g_object_class_find_property(G_OBJECT_GET_CLASS(made->get()), std::string(property.name).c_str()))
        taken.emplace(property.name);
    EXPECT_EQ(word(made->get(), "preset"), old ? "low-latency-hq" : "p3");
    EXPECT_EQ(word(made->get(), old ? "rc-mode" : "rate-control"), "cbr");
    EXPECT_EQ(word(made->get(), old ? "zerolatency" : "zero-reorder-delay"), "true");
    EXPECT_EQ(word(made->get(), old ? "bframes" : "b-frames"), "0");
    EXPECT_EQ(word(made->get(), "bitrate"), "6000");
    EXPECT_EQ(word(made->get(), "vbv-buffer-size"), "600");
    EXPECT_EQ(word(made->get(), "gop-size"), "60");
    if (!old) {
      EXPECT_EQ(word(made->get(), "tune"), "ultra-low-latency");
    }
  }
  for (const auto& property : row.properties)
    EXPECT_TRUE(taken.contains(std::string(property.name))) << property.name << " is in no generation";
}

}  // namespace
}  // namespace pixelpass::encode
