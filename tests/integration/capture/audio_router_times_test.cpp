#include "audio_router_fixture.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace pixelpass::capture::test {
namespace {

/// How far apart two times may be that say the same: less than a sound device's buffer.
constexpr double kOneQuantum = 22;  // ms

/// In milliseconds: how far each block's time is from the end of the one before.
std::vector<double> steps_between(const std::vector<Listener::Block>& blocks) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    const auto& before = blocks[i - 1];
    const auto length = std::chrono::nanoseconds(before.frames * 1'000'000'000 / kAudioRate);
    steps.push_back(std::abs(to_ms(blocks[i].captured_at - before.captured_at - length)));
  }
  return steps;
}

/// A second of sound without a hiccup. A busy machine has some; one that gives no such second in twenty has
/// something else.
bool has_even_second(Listener& ears) {
  for (int i = 0; i < 20; ++i) {
    ears.forget();
    if (!ears.wait_for_more(1s)) return false;
    const auto blocks = ears.blocks();
    for (const auto& block : blocks) EXPECT_LE(block.captured_at, block.came_at) << "in the future";
    if (std::ranges::all_of(steps_between(blocks), [](double step) { return step < 2; })) return true;
  }
  return false;
}

TEST_F(AudioRouterTest, TimesAdvanceByTheLengthOfTheBlocks) {
  pipewire_->start();
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  EXPECT_TRUE(has_even_second(capture.ears));
}

TEST_F(AudioRouterTest, TheTimeOfABeepIsWhenItWasPlayed) {
  pipewire_->start();
  AudioApp clock({.name = "AppA", .tones = {440, 440}});
  AudioSettings settings;
  settings.excluded_apps = {"AppA"};
  Capture capture(settings);
  std::vector<double> errors;
  const auto right = [&] {
    return std::ranges::count_if(errors, [](double error) { return std::abs(error) < kOneQuantum; });
  };
  // A busy machine misplaces some beeps; a wrong time is wrong for all.
  while (errors.size() < 15 && right() < 3) {
    capture.ears.forget();
    AudioApp app({.name = "AppB", .tones = {1000, 1000}, .beep_after = 700ms});
    const auto heard_at = capture.ears.wait_for_onset(0.2F);
    ASSERT_TRUE(heard_at && app.beeped_at());
    errors.push_back(to_ms(*heard_at - *app.beeped_at()));
  }
  EXPECT_EQ(right(), 3) << testing::PrintToString(errors) << " ms";
  RecordProperty("beep_errors_ms", testing::PrintToString(errors));
}

}  // namespace
}  // namespace pixelpass::capture::test
