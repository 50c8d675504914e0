#include "pixelpass/capture/test/test_audio.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <condition_variable>
#include <mutex>
#include <numbers>
#include <span>
#include <vector>

namespace pixelpass::capture {
namespace {

constexpr auto kAudioPatience = 30s;

/// What a capture has played.
class Heard {
 public:
  struct Block {
    std::vector<float> samples;
    Instant captured_at;
    Instant received_at;
  };

  AudioCallbacks callbacks() {
    return {.on_audio =
                [this](std::span<const float> interleaved, Instant captured_at) {
                  const std::lock_guard lock(mutex_);
                  blocks_.push_back({{interleaved.begin(), interleaved.end()}, captured_at, Clock::now()});
                  changed_.notify_all();
                },
            .on_notice = [](const Error& notice) { ADD_FAILURE() << notice.what; }};
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kAudioPatience, [&] { return blocks_.size() >= count; });
  }
  std::vector<Block> blocks() {
    const std::lock_guard lock(mutex_);
    return blocks_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Block> blocks_;
};

TEST(TestAudio, IsAQuietToneOf440HertzOnBothSides) {
  Heard heard;
  const auto audio = make_test_audio(heard.callbacks());
  EXPECT_EQ(audio->describe(), "test");
  audio->play();
  ASSERT_TRUE(heard.wait_for(10));
  audio->pause();
  int frame = 0;
  for (const auto& block : heard.blocks()) {
    for (std::size_t i = 0; i < block.samples.size(); i += 2, ++frame) {
      const double truth = 0.05 * std::sin(2 * std::numbers::pi * 440 * frame / 48'000);
      ASSERT_NEAR(block.samples[i], truth, 1e-6) << frame;
      ASSERT_EQ(block.samples[i], block.samples[i + 1]) << frame;
    }
  }
}

TEST(TestAudio, HasNoGapAndIsNeverToCome) {
  Heard heard;
  const auto audio = make_test_audio(heard.callbacks());
  audio->play();
  ASSERT_TRUE(heard.wait_for(10));
  audio->pause();
  const auto blocks = heard.blocks();
  const auto length = blocks[0].samples.size() / 2 * 1'000'000'000ns / kAudioRate;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_LE(blocks[i].captured_at, blocks[i].received_at);
    if (i == 0) continue;
    // A machine that was too busy for it left out whole blocks.
    const auto apart = blocks[i].captured_at - blocks[i - 1].captured_at;
    const auto over = (apart + 1us) % length;
    EXPECT_LT(over, 10us);
    EXPECT_GE(apart, length - 1us);
  }
}

TEST(TestAudio, IsSilentUnlessItPlays) {
  Heard never_played;
  Heard paused;
  Heard played;
  const auto never = make_test_audio(never_played.callbacks());
  const auto once = make_test_audio(paused.callbacks());
  const auto always = make_test_audio(played.callbacks());
  once->play();
  ASSERT_TRUE(paused.wait_for(1));
  once->pause();
  const auto before = paused.blocks().size();
  always->play();
  ASSERT_TRUE(played.wait_for(10));
  EXPECT_EQ(paused.blocks().size(), before);
  EXPECT_TRUE(never_played.blocks().empty());
}

TEST(TestAudio, GoesOnAfterAPauseWithWhatIsOfNow) {
  Heard heard;
  Heard other;
  const auto audio = make_test_audio(heard.callbacks());
  const auto busy = make_test_audio(other.callbacks());
  busy->play();
  for (int round = 0; round < 3; ++round) {
    // A pause of some blocks, none of which is to be made up for.
    ASSERT_TRUE(other.wait_for(other.blocks().size() + 4));
    const auto before = heard.blocks().size();
    const Instant played = Clock::now();
    audio->play();
    ASSERT_TRUE(heard.wait_for(before + 2));
    audio->pause();
    EXPECT_GE(heard.blocks().at(before).captured_at, played);
  }
}

TEST(TestAudio, CanBeDestroyedInAnyState) {
  for (int round = 0; round < 6; ++round) {
    Heard heard;
    const auto audio = make_test_audio(heard.callbacks());
    if (round % 3 > 0) audio->play();
    ASSERT_TRUE(round % 3 < 2 || heard.wait_for(3));
    if (round > 3) audio->pause();
  }
}

}  // namespace
}  // namespace pixelpass::capture
