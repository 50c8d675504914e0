#include "playback/recording_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace pixelpass::playback {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr mpegts::ElementaryTrack kPicture{0x41, StreamType::kH264};
constexpr mpegts::ElementaryTrack kAudio{0x42, StreamType::kAacAdts};
constexpr Ticks kFrame{90'000 / 25};
constexpr Ticks kSecond{90'000};

std::string text_of_ms(std::chrono::nanoseconds at) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(at).count());
}

std::string text_of(const BeginFile& begin) {
  std::string text = "begin";
  for (const auto& track : begin.tracks) text += is_video(track.type) ? " picture" : " sound";
  return text;
}
std::string text_of(const WriteUnit& unit) {
  return std::to_string(unit.track) + " at " + text_of_ms(unit.pts);
}
std::string text_of(const EndTrack& end) {
  return "end " + std::to_string(end.track);
}

class RecordingPlanTest : public testing::Test {
 protected:
  void picture(Ticks at, bool keyframe = false) { unit(kPicture, at, keyframe, 0); }
  /// `channels`: as ADTS has them.
  void audio(Ticks at, std::uint8_t channels = 2) { unit(kAudio, at, false, channels); }
  void unit(const mpegts::ElementaryTrack& track, Ticks at, bool keyframe, std::uint8_t channels) {
    plan_.on_unit({.track = track,
                   .bytes = SharedBytes::adopt({0xFF, 0xF1, 0x4C, static_cast<std::uint8_t>(channels << 6)}),
                   .pts = at % kPtsWrap,
                   .dts = at % kPtsWrap,
                   .keyframe = keyframe,
                   .after_gap = false},
                  listed_);
  }
  std::vector<std::string> steps() {
    std::vector<std::string> all;
    while (const auto step = plan_.poll_step())
      all.push_back(std::visit([](const auto& what) { return text_of(what); }, *step));
    return all;
  }
  /// A second apart, after one at zero.
  void pictures_up_to(Ticks last) {
    for (Ticks at = kSecond; at <= last; at += kSecond) picture(at);
  }
  void begin_at(Ticks at) {
    picture(at, true);
    audio(at);
    steps();
  }

  std::vector<mpegts::ElementaryTrack> listed_{kPicture, kAudio};
  RecordingPlan plan_{[](StreamType type) { return type != StreamType::kMpeg2Video; }};
};

TEST_F(RecordingPlanTest, begins_with_a_keyframe_at_time_zero_once_each_track_has_come) {
  audio(kSecond);
  picture(kSecond);
  EXPECT_THAT(steps(), ElementsAre());
  picture(2 * kSecond, true);
  EXPECT_THAT(steps(), ElementsAre());
  audio(2 * kSecond + kFrame);
  EXPECT_THAT(steps(), ElementsAre("begin picture sound", "0 at 0", "1 at 40"));
}

TEST_F(RecordingPlanTest, waits_three_seconds_for_a_track_that_stays_silent) {
  picture(Ticks{}, true);
  picture(RecordingPlan::kWaitForTracks);
  EXPECT_THAT(steps(), ElementsAre());
  picture(RecordingPlan::kWaitForTracks + kFrame);
  EXPECT_THAT(steps(), ElementsAre("begin picture", "0 at 0", "0 at 3000", "0 at 3040"));
}

TEST_F(RecordingPlanTest, does_not_hold_tiny_units_without_end_where_time_stands_still) {
  picture(Ticks{}, true);
  for (auto at = RecordingPlan::kMostHeld / RecordingPlan::kUnitOverhead; at > 0 && steps().empty(); --at)
    picture(Ticks{});
  picture(Ticks{});
  plan_.flush();
  EXPECT_THAT(steps(), testing::Not(testing::Contains("begin picture"))) << "it has begun by itself";
}

TEST_F(RecordingPlanTest, begins_another_file_with_a_keyframe_when_sound_comes_that_the_first_is_without) {
  listed_ = {kPicture};
  picture(Ticks{}, true);
  steps();
  listed_ = {kPicture, kAudio};
  audio(kSecond);
  picture(kSecond);
  EXPECT_THAT(steps(), ElementsAre("0 at 1000"));
  picture(2 * kSecond, true);
  audio(2 * kSecond);
  EXPECT_THAT(steps(), ElementsAre("begin picture sound", "0 at 0", "1 at 0"));
}

TEST_F(RecordingPlanTest, ends_a_track_that_falls_silent_and_goes_on) {
  begin_at(Ticks{});
  pictures_up_to(RecordingPlan::kAudioSilent);
  EXPECT_THAT(steps(), ElementsAre("0 at 1000", "0 at 2000", "0 at 3000"));
  picture(RecordingPlan::kAudioSilent + kFrame);
  EXPECT_THAT(steps(), ElementsAre("0 at 3040", "end 1"));
  picture(RecordingPlan::kAudioSilent + 2 * kFrame);
  EXPECT_THAT(steps(), ElementsAre("0 at 3080"));
}

TEST_F(RecordingPlanTest, begins_another_file_when_a_track_comes_back) {
  begin_at(Ticks{});
  pictures_up_to(4 * kSecond);
  steps();
  audio(5 * kSecond);
  picture(5 * kSecond, true);
  audio(5 * kSecond + kFrame);
  EXPECT_THAT(steps(), ElementsAre("begin picture sound", "0 at 0", "1 at 40"));
}

TEST_F(RecordingPlanTest, begins_another_file_for_another_kind_of_sound) {
  begin_at(Ticks{});
  audio(kFrame, 1);
  EXPECT_THAT(steps(), ElementsAre());
  picture(kSecond, true);
  audio(kSecond, 1);
  EXPECT_THAT(steps(), ElementsAre("begin picture sound", "0 at 0", "1 at 0"));
}

TEST_F(RecordingPlanTest, goes_on_in_the_same_file_over_a_gap) {
  begin_at(Ticks{});
  picture(60 * kSecond, true);
  audio(60 * kSecond + kFrame);
  EXPECT_THAT(steps(), ElementsAre("0 at 60000", "1 at 60040"));
}

TEST_F(RecordingPlanTest, goes_on_where_it_was_when_the_streams_clock_begins_anew) {
  begin_at(1000 * kSecond);
  picture(1001 * kSecond);
  steps();
  picture(kSecond, true);
  audio(kSecond);
  picture(2 * kSecond);
  EXPECT_THAT(steps(), ElementsAre("0 at 1040", "1 at 1040", "0 at 2040"));
}

TEST_F(RecordingPlanTest, does_not_let_a_clock_of_another_day_make_a_file_of_hours) {
  begin_at(Ticks{});
  picture(RecordingPlan::kLongestGap + kSecond, true);
  audio(RecordingPlan::kLongestGap + kSecond);
  EXPECT_THAT(steps(), ElementsAre("0 at 40", "1 at 40"));
}

TEST_F(RecordingPlanTest, counts_on_where_time_stamps_wrap) {
  begin_at(kPtsWrap - kSecond);
  picture(kPtsWrap + kSecond);
  EXPECT_THAT(steps(), ElementsAre("0 at 2000"));
}

TEST_F(RecordingPlanTest, keeps_pictures_apart_that_containers_would_give_one_time) {
  begin_at(Ticks{});
  picture(kSecond);
  picture(kSecond + Ticks(10));
  audio(kSecond);
  picture(kSecond + Ticks(20));
  picture(kSecond + kFrame);
  EXPECT_THAT(steps(), ElementsAre("0 at 1000", "0 at 1001", "1 at 1000", "0 at 1002", "0 at 1040"));
}

TEST_F(RecordingPlanTest, leaves_out_what_the_container_does_not_take_and_says_so_once) {
  constexpr mpegts::ElementaryTrack kOther{0x43, StreamType::kMpeg2Video};
  listed_ = {kOther, kAudio};
  unit(kOther, Ticks{}, true, 0);
  unit(kOther, kFrame, false, 0);
  EXPECT_EQ(plan_.poll_refusal(), StreamType::kMpeg2Video);
  EXPECT_EQ(plan_.poll_refusal(), std::nullopt);
  audio(kSecond);
  EXPECT_THAT(steps(), ElementsAre("begin sound", "0 at 0"));
}

TEST_F(RecordingPlanTest, writes_what_it_holds_at_the_end) {
  picture(Ticks{}, true);
  plan_.flush();
  EXPECT_THAT(steps(), ElementsAre("begin picture", "0 at 0"));
}

}  // namespace
}  // namespace pixelpass::playback
