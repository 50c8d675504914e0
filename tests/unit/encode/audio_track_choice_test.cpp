#include "encode/audio_track_choice.hpp"

#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using namespace std::chrono_literals;
using mpegts::ElementaryTrack;

class AudioTrackChoiceTest : public testing::Test {
 protected:
  AudioTrackChoiceTest() { choice_.set_tracks({first_, second_}); }
  void expect(const ElementaryTrack& track, const ElementaryTrack* playing = nullptr) {
    const auto* chosen = choice_.choose(now_, playing);
    ASSERT_NE(chosen, nullptr);
    EXPECT_EQ(*chosen, track);
  }

  const ElementaryTrack first_{.pid = 0x101, .type = StreamType::kAc3};
  const ElementaryTrack second_{.pid = 0x102, .type = StreamType::kAacAdts};
  AudioTrackChoice choice_;
  Instant now_{100h};
};

TEST_F(AudioTrackChoiceTest, is_the_first_that_has_not_failed) {
  expect(first_);
  EXPECT_TRUE(choice_.on_failed(first_, now_));
  expect(second_);
  now_ += 1h;
  expect(second_, &second_);
}

TEST_F(AudioTrackChoiceTest, is_none_while_all_have_failed_and_then_one_again) {
  choice_.on_failed(first_, now_);
  EXPECT_FALSE(choice_.on_failed(second_, now_ + 2s));
  EXPECT_EQ(choice_.choose(now_ + 4s, nullptr), nullptr);
  now_ += 5s;
  expect(first_);
  choice_.on_failed(first_, now_);
  EXPECT_EQ(choice_.choose(now_ + 1s, nullptr), nullptr);
  now_ += 2s;
  expect(second_);
}

TEST_F(AudioTrackChoiceTest, stays_with_the_one_that_plays_again_while_another_s_pause_is_over) {
  choice_.on_failed(first_, now_);
  choice_.on_failed(second_, now_);
  now_ += 1h;
  expect(first_);
  expect(second_, &second_);
  expect(first_, &first_);
}

TEST_F(AudioTrackChoiceTest, knows_nothing_of_other_tracks_failures) {
  choice_.on_failed(first_, now_);
  choice_.on_failed(second_, now_);
  choice_.set_tracks({second_, first_});
  expect(second_);
}

}  // namespace
}  // namespace pixelpass::encode
