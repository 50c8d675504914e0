#pragma once

#include "pixelpass/encode/screen_source.hpp"

#include "fake_desk.hpp"
#include "pictures.hpp"
#include "support.hpp"
#include "test_card.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace pixelpass::encode::test {

using gst::start_gstreamer;

constexpr Size kSmall{320, 240};

inline ScreenSourceSettings settings_for(int fps = 30, const std::string& encoder = "auto") {
  ScreenSourceSettings settings;
  settings.fps = fps;
  settings.bitrate_bps = 4'000'000;
  settings.encoder = encoder;
  return settings;
}

/// A box that moves over grey.
inline Film moving(Size size, int pictures = 12) {
  start_gstreamer();
  Film film;
  for (int i = 0; i < pictures; ++i) {
    film.push_back(make_picture(size, "BGRx", [&](int x, int y) {
      const bool inside = x > i * 15 && x < i * 15 + 80 && y > 40 && y < 140;
      return inside ? Rgb{220, 60, 30} : Rgb{90, 100, 110};
    }));
  }
  return film;
}

/// A source, with the screen that it captures and all that it gives.
struct Sharing {
  explicit Sharing(const ScreenSourceSettings& settings = settings_for(), Size size = kSmall)
      : desk((start_gstreamer(), size)),
        source(make_screen_source(settings, desk.make_screen(), {}, collector.callbacks())) {}

  /// Plays, and waits until the capture does.
  void play() {
    source->play();
    ASSERT_TRUE(desk.wait_until_playing(true));
  }

  Collector collector;
  FakeDesk desk;
  std::unique_ptr<MediaSource> source;
};

/// In the middle of the left one of the card's bars, and in a corner.
inline void expect_card(const Decoded& decoded, std::size_t picture) {
  constexpr int kDot = 240 / 105;
  expect_near(decoded.at(picture, kSmall.width / 2 - 6 * kDot, kSmall.height / 2 - 8 * kDot),
              {0xc8, 0xcc, 0xd2}, "a bar");
  expect_near(decoded.at(picture, 10, 10), {0x1e, 0x21, 0x26}, "the ground");
}

/// Red is what was seen before, and blue what the capture has to show next.
inline void expect_no_red(const std::vector<Frame>& frames) {
  ASSERT_FALSE(frames.empty());
  const Decoded decoded(frames, kSmall);
  for (std::size_t i = 0; i < decoded.count(); ++i)
    EXPECT_LT(decoded.at(i, 100, 100).r, 50) << "picture " << i;
  expect_near(decoded.at(decoded.count() - 1, 100, 100), {0, 0, 200}, "what is shown now");
}

/// What is seen before a lock or a choice.
inline bool show_red(Sharing& sharing) {
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 0, 0})).get());
  return sharing.collector.wait_for_frames(3);
}

/// Of a screen that shows blue now.
inline void expect_next_sees_no_red(Sharing& sharing) {
  sharing.collector.clear();
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({0, 0, 200})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(10));
  sharing.source->pause();
  expect_no_red(sharing.collector.frames());
}

inline std::vector<double> spacings_ms(const std::vector<Frame>& frames) {
  std::vector<double> spacings;
  for (std::size_t i = 1; i < frames.size(); ++i)
    spacings.push_back(to_ms(frames[i].captured_at - frames[i - 1].captured_at));
  return spacings;
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace pixelpass::encode::test
