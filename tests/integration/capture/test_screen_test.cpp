#include "pixelpass/capture/test/test_screen.hpp"

#include "pixelpass/gst/pipeline.hpp"

#include "../reference_bars.hpp"
#include "capture/test/digits.hpp"
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::capture {
namespace {

constexpr auto kScreenPatience = 30s;

/// What a capture has delivered. Pictures are counted, and the newest few are kept.
class Shown {
 public:
  struct Picture {
    gst::Owned<GstSample> sample;
    Instant captured_at;
    Instant received_at;
  };

  explicit Shown(std::size_t most_kept = 3) : most_kept_(most_kept) {}

  ScreenCallbacks callbacks() {
    return {.on_picture =
                [this](gst::Owned<GstSample> picture, Instant captured_at) {
                  const std::lock_guard lock(mutex_);
                  ++count_;
                  pictures_.push_back({std::move(picture), captured_at, Clock::now()});
                  if (pictures_.size() > most_kept_) pictures_.erase(pictures_.begin());
                  changed_.notify_all();
                },
            .on_ended = [](const Error& error) { ADD_FAILURE() << "it has ended: " << error.what; },
            .on_notice = [](const Error& notice) { ADD_FAILURE() << notice.what; }};
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kScreenPatience, [&] { return count_ >= count; });
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  std::vector<Picture> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(pictures_, {});
  }

 private:
  const std::size_t most_kept_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
  std::vector<Picture> pictures_;
};

std::vector<std::uint32_t> pixels_of(GstSample* sample) {
  const SharedBytes bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
  const auto* first = reinterpret_cast<const std::uint32_t*>(bytes.view().data());
  return {first, first + bytes.view().size() / sizeof(std::uint32_t)};
}

/// The picture that GStreamer makes of the same bars.
std::vector<std::uint32_t> reference(int width, int height) {
  const auto sample = reference_bars("BGRx", width, height);
  return sample ? pixels_of(sample.get()) : std::vector<std::uint32_t>{};
}

/// Where a pixel lies in its picture.
std::size_t place_of(int x, int y, int width) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

bool is_noise(int x, int y, int width, int height) {
  return x >= width * 3 / 4 && y >= height * 3 / 4;
}

/// The text whose upper left corner is here, read dot by dot.
std::string read_text(const std::vector<std::uint32_t>& pixels, int width, int x, int scale,
                      std::size_t length) {
  std::string text;
  for (int place = 0; std::cmp_less(place, length); ++place) {
    std::array<std::uint8_t, kGlyphHeight> seen{};
    for (int row = 0; row < kGlyphHeight; ++row) {
      for (int column = 0; column < kGlyphWidth; ++column) {
        const int at_x = x + (1 + place * kGlyphStep + column) * scale;
        const auto& pixel = pixels.at(place_of(at_x, (1 + row) * scale, width));
        auto& dots = seen.at(static_cast<std::size_t>(row));
        dots = static_cast<std::uint8_t>(dots << 1 | ((pixel & 0xffffff) == 0xffffff ? 1 : 0));
      }
    }
    char read = '?';
    for (const char character : std::string_view("0123456789:."))
      if (glyph(character) == seen) read = character;
    text += read;
  }
  return text;
}

/// Of "0:01:02.345".
std::chrono::milliseconds parsed(const std::string& text) {
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  int thousandths = 0;
  EXPECT_EQ(std::sscanf(text.c_str(), "%d:%2d:%2d.%3d", &hours, &minutes, &seconds, &thousandths), 4) << text;
  return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds) +
         std::chrono::milliseconds(thousandths);
}

TEST(TestScreen, ItsFirstPictureIsGStreamersButForTheClocksAndTheNoise) {
  gst::start_gstreamer();
  if (!gst::has_element("videotestsrc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-base";
  for (const auto& [width, height] : {std::pair{320, 240}, {1280, 720}, {650, 362}}) {
    Shown shown(1);
    std::vector<Shown::Picture> first;
    {
      const auto screen = make_test_screen({{width, height}, 1}, shown.callbacks());
      screen->play();
      ASSERT_TRUE(shown.wait_for(1));
      first = shown.take();
    }
    const auto seen = pixels_of(first.at(0).sample.get());
    const auto expected = reference(width, height);
    ASSERT_EQ(seen.size(), expected.size());
    int others = 0;
    for (int y = height / 8; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto at = place_of(x, y, width);
        if (!is_noise(x, y, width, height) && (seen[at] ^ expected[at]) % 0x1000000 != 0) ++others;
      }
    }
    // The edges of what is dark at the bottom are rounded in another way.
    EXPECT_LE(others, 2 * height) << width;
  }
}

TEST(TestScreen, SaysWhatItsPicturesAre) {
  Shown shown;
  const auto screen = make_test_screen({{640, 360}, 60}, shown.callbacks());
  EXPECT_EQ(screen->describe().source, "test");
  EXPECT_EQ(screen->describe().width, 640);
  EXPECT_EQ(screen->describe().height, 360);
  screen->play();
  ASSERT_TRUE(shown.wait_for(1));
  const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(shown.take().at(0).sample.get()), 0);
  EXPECT_STREQ(gst_structure_get_string(caps, "format"), "BGRx");
  int width = 0;
  int height = 0;
  gst_structure_get(caps, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, nullptr);
  EXPECT_EQ(width, 640);
  EXPECT_EQ(height, 360);
  int pictures = 0;
  int seconds = 0;
  gst_structure_get_fraction(caps, "framerate", &pictures, &seconds);
  EXPECT_EQ(pictures, 60 * seconds);
}

TEST(TestScreen, CaptureTimesAreIntervalsApartAndNeverToCome) {
  constexpr int kFps = 100;
  Shown shown(8);
  const auto screen = make_test_screen({{64, 64}, kFps}, shown.callbacks());
  const Instant played = Clock::now();
  screen->play();
  ASSERT_TRUE(shown.wait_for(8));
  screen->pause();
  const auto pictures = shown.take();
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    EXPECT_GE(pictures[i].captured_at, played);
    EXPECT_LE(pictures[i].captured_at, pictures[i].received_at);
    if (i == 0) continue;
    const auto apart = pictures[i].captured_at - pictures[i - 1].captured_at;
    EXPECT_GT(apart, 0s);
    EXPECT_EQ(apart % (Duration{1s} / kFps), 0ns);  // more than one where the machine was too busy
  }
}

TEST(TestScreen, ItsClocksShowWhenItWasCaptured) {
  constexpr int kWidth = 640;
  constexpr int kScale = 2;
  constexpr std::string_view kElapsed = "0:00:00.000";
  constexpr std::string_view kTimeOfDay = "00:00:00";
  Shown shown(8);
  const auto screen = make_test_screen({{kWidth, 360}, 50}, shown.callbacks());
  screen->play();
  ASSERT_TRUE(shown.wait_for(8));
  screen->pause();
  const auto pictures = shown.take();
  std::optional<Duration> before;
  for (const auto& picture : pictures) {
    const auto pixels = pixels_of(picture.sample.get());
    const auto left = kWidth - dots_across(kElapsed) * kScale;
    const auto elapsed = parsed(read_text(pixels, kWidth, left, kScale, kElapsed.size()));
    // Of one and the same moment: when it was first shown.
    const Duration begin = picture.captured_at.time_since_epoch() - elapsed;
    if (before) {
      EXPECT_LT(std::chrono::abs(begin - *before), 1ms);
    }
    before = begin;
    // Minutes and seconds of the wall clock, which no time zone of today moves by other than quarters of
    // hours.
    const auto told =
        parsed("0" + read_text(pixels, kWidth, 0, kScale, kTimeOfDay.size()).substr(2) + ".000");
    const auto wall = std::chrono::system_clock::now() - (Clock::now() - picture.captured_at);
    const auto off = (wall.time_since_epoch() - told) % 15min;
    EXPECT_TRUE(off < 1500ms || off > 15min - 500ms) << to_ms(off);
  }
}

TEST(TestScreen, GivesNothingUnlessItPlays) {
  Shown paused;
  Shown played;
  const auto never = make_test_screen({{64, 64}, 100}, paused.callbacks());
  const auto always = make_test_screen({{64, 64}, 100}, played.callbacks());
  always->play();
  ASSERT_TRUE(played.wait_for(20));
  EXPECT_EQ(paused.count(), 0U);
}

TEST(TestScreen, GivesNothingInAPauseAndThenWhatIsOfNow) {
  Shown shown(100);
  Shown other;
  const auto screen = make_test_screen({{64, 64}, 100}, shown.callbacks());
  const auto busy = make_test_screen({{64, 64}, 100}, other.callbacks());
  busy->play();
  for (int round = 0; round < 3; ++round) {
    const auto before = shown.count();
    const Instant played = Clock::now();
    screen->play();
    ASSERT_TRUE(shown.wait_for(before + 1));
    screen->pause();
    const auto after = shown.count();
    EXPECT_GE(shown.take().front().captured_at, played);
    ASSERT_TRUE(other.wait_for(other.count() + 10));
    EXPECT_EQ(shown.count(), after);
  }
}

TEST(TestScreen, PicturesThatAreKeptAreNotDrawnOverAndCostNoMoreMemory) {
  Shown shown(100);
  const auto screen = make_test_screen({{64, 64}, 100}, shown.callbacks());
  screen->play();
  ASSERT_TRUE(shown.wait_for(8));
  auto kept = shown.take();
  const auto look = pixels_of(kept.front().sample.get());
  Shown other;
  const auto busy = make_test_screen({{64, 64}, 100}, other.callbacks());
  busy->play();
  ASSERT_TRUE(other.wait_for(20));
  EXPECT_EQ(shown.count(), 8U);
  EXPECT_EQ(pixels_of(kept.front().sample.get()), look);
  kept.clear();
  EXPECT_TRUE(shown.wait_for(10));
}

TEST(TestScreen, CanBeDestroyedInAnyState) {
  for (int round = 0; round < 6; ++round) {
    Shown shown;
    const auto screen = make_test_screen({{64, 64}, 100}, shown.callbacks());
    if (round % 3 > 0) screen->play();
    ASSERT_TRUE(round % 3 < 2 || shown.wait_for(3));
    if (round > 3) screen->pause();
  }
}

TEST(TestScreen, PlayingWhatPlaysAndPausingWhatRestsChangesNothing) {
  Shown shown(8);
  const auto screen = make_test_screen({{64, 64}, 50}, shown.callbacks());
  screen->pause();
  screen->play();
  ASSERT_TRUE(shown.wait_for(2));
  screen->play();
  ASSERT_TRUE(shown.wait_for(6));
  screen->pause();
  screen->pause();
  const auto pictures = shown.take();
  for (std::size_t i = 1; i < pictures.size(); ++i)
    EXPECT_EQ((pictures[i].captured_at - pictures[0].captured_at) % 20ms, 0ns);
}

}  // namespace
}  // namespace pixelpass::capture
