#include "app/host/passed_pictures.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"

#include "../mpegts/access_units.hpp"
#include "passed_picture.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace pixelpass::app {
namespace {

using namespace std::chrono_literals;
using test::passed_picture;
using test::with_decoding_time;
using Objection = PassedPictures::Objection;

class PassedPicturesTest : public testing::Test {
 protected:
  void feed(const Frame& frame) {
    passed_.feed(frame, [this](const AccessUnit& unit) { units_.push_back(unit); });
  }
  void feed(const AccessUnit& unit) { feed(writer_.write(unit)); }

  mpegts::TsWriter writer_{{.video = true, .audio = true}};
  PassedPictures passed_;
  std::vector<AccessUnit> units_;
};

TEST_F(PassedPicturesTest, are_what_was_muxed_at_once_and_without_its_sound) {
  feed(test::video_unit(passed_picture(1), 100ms, true));
  feed(test::audio_unit(Bytes(300, 7), 110ms));
  feed(test::video_unit(passed_picture(2), 133ms));
  ASSERT_EQ(units_.size(), 2u);
  EXPECT_TRUE(std::ranges::equal(units_[0].bytes.view(), passed_picture(1)));
  EXPECT_TRUE(std::ranges::equal(units_[1].bytes.view(), passed_picture(2)));
  EXPECT_TRUE(units_[0].keyframe);
  EXPECT_FALSE(units_[1].keyframe);
  EXPECT_EQ(units_[1].pts - units_[0].pts, 33ms);
  EXPECT_EQ(units_[1].captured_at, Instant{} + 133ms);
  EXPECT_EQ(passed_.objection(), Objection::kNone);
}

TEST_F(PassedPicturesTest, of_a_film_that_begins_again_go_on_and_not_back) {
  feed(test::video_unit(passed_picture(1), 5s - 40ms, true));
  feed(test::video_unit(passed_picture(2), 5s));
  feed(test::video_unit(passed_picture(3), 0s, true));
  feed(test::video_unit(passed_picture(4), 40ms));
  ASSERT_EQ(units_.size(), 4u);
  for (std::size_t i = 1; i < units_.size(); ++i) EXPECT_EQ(units_[i].pts, units_[i - 1].pts + 40ms);
}

TEST_F(PassedPicturesTest, of_a_group_come_again_in_the_time_of_those_that_follow) {
  std::vector<FramePtr> group;
  feed(test::video_unit(passed_picture(9), 0ms, true));
  for (int i = 1; i <= 3; ++i) {
    group.push_back(std::make_shared<const Frame>(
        writer_.write(test::video_unit(passed_picture(static_cast<std::uint8_t>(i)), i * 40ms, i == 1))));
    feed(*group.back());
  }
  const auto again = passed_.replay(group, true);
  ASSERT_EQ(again.size(), 3u);
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].pts, units_[i + 1].pts);
    EXPECT_TRUE(std::ranges::equal(again[i].bytes.view(), units_[i + 1].bytes.view()));
  }
  EXPECT_TRUE(again[0].keyframe);
}

TEST_F(PassedPicturesTest, of_a_group_that_nobody_was_shown_are_followed_by_the_next) {
  std::vector<FramePtr> group;
  for (int i = 1; i <= 3; ++i)
    group.push_back(std::make_shared<const Frame>(
        writer_.write(test::video_unit(passed_picture(static_cast<std::uint8_t>(i)), i * 40ms, i == 1))));
  const auto first = passed_.replay(group, false);
  ASSERT_EQ(first.size(), 3u);
  feed(test::video_unit(passed_picture(4), 160ms));
  ASSERT_EQ(units_.size(), 1u);
  EXPECT_EQ(units_[0].pts, first[2].pts + 40ms);
}

class PassedAudioTest : public PassedPicturesTest {
 protected:
  /// Sound with the time stamp that the newest picture has in the stream, and so much more.
  std::optional<std::chrono::nanoseconds> place(std::chrono::nanoseconds after) {
    AccessUnit audio;
    audio.kind = AccessUnit::Kind::kOpus;
    audio.pts = stamp_ + after;
    const auto placed = passed_.place(audio);
    return placed ? std::optional(placed->pts) : std::nullopt;
  }
  void show(std::chrono::nanoseconds at, bool keyframe = false) {
    const auto frame = writer_.write(test::video_unit(passed_picture(1), at, keyframe));
    const auto read = [this](const mpegts::ElementaryUnit& unit) {
      stamp_ = std::chrono::duration_cast<std::chrono::nanoseconds>(unit.pts);
    };
    demuxer_.feed(frame, read);
    demuxer_.flush(read);
    feed(frame);
  }

  mpegts::TsDemuxer demuxer_;
  std::chrono::nanoseconds stamp_{};
};

TEST_F(PassedAudioTest, is_put_among_the_pictures_by_its_time_stamp) {
  EXPECT_EQ(place(0ms), std::nullopt) << "there is no picture yet";
  show(100ms, true);
  EXPECT_EQ(place(20ms), units_.back().pts + 20ms);
  show(140ms);
  EXPECT_EQ(place(-10ms), units_.back().pts - 10ms);
}

TEST_F(PassedAudioTest, does_not_go_back_and_is_left_out_where_there_is_no_picture_near_it) {
  show(100ms, true);
  EXPECT_TRUE(place(20ms));
  EXPECT_EQ(place(10ms), std::nullopt);
  EXPECT_EQ(place(1min), std::nullopt);
  EXPECT_TRUE(place(30ms));
}

/// As sound comes that was decoded and encoded once more: behind its pictures.
TEST_F(PassedAudioTest, of_a_film_in_a_loop_goes_on_whether_that_is_short_or_long) {
  constexpr auto kBehind = 200ms;
  for (const auto length : {2s, 4s, 12s}) {
    passed_ = PassedPictures();
    show(0ms, true);
    const auto begin = stamp_;
    const auto first = units_.back().pts;
    for (auto at = 40ms; at < 3 * length; at += 40ms) {
      show(at % length, at % length == 0ms);
      if (at < kBehind) continue;
      AccessUnit audio;
      audio.kind = AccessUnit::Kind::kOpus;
      audio.pts = begin + (at - kBehind) % length;
      const auto placed = passed_.place(audio);
      ASSERT_TRUE(placed) << at.count() << " ms";
      EXPECT_LT(std::chrono::abs(placed->pts - (first + at - kBehind)), 1ms) << at.count() << " ms";
    }
  }
}

TEST_F(PassedAudioTest, follows_to_the_sample_whatever_the_pictures_ticks_are) {
  show(0ms, true);
  const auto first = place(0ms);
  const auto begin = stamp_;
  ASSERT_TRUE(first);
  for (int i = 1; i < 100; ++i) {
    show(i * 10'011'111ns);
    AccessUnit audio;
    audio.kind = AccessUnit::Kind::kOpus;
    audio.pts = begin + i * 10ms;
    const auto placed = passed_.place(audio);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->pts, *first + i * 10ms);
  }
}

TEST_F(PassedPicturesTest, say_that_something_is_missing_before_one_of_them) {
  feed(test::video_unit(passed_picture(1), 0s, true));
  auto late = writer_.write(test::video_unit(passed_picture(2), 2s, true));
  late.after_gap = true;
  feed(late);
  ASSERT_EQ(units_.size(), 2u);
  EXPECT_TRUE(units_[1].after_gap);
}

TEST_F(PassedPicturesTest, that_are_not_in_the_order_in_which_they_are_shown_are_refused) {
  feed(test::video_unit(passed_picture(1), 0s, true));
  feed(with_decoding_time(writer_.write(test::video_unit(passed_picture(2), 80ms))));
  feed(test::video_unit(passed_picture(3), 40ms));
  EXPECT_EQ(units_.size(), 1u);
  EXPECT_EQ(passed_.objection(), Objection::kReordered);
  feed(test::video_unit(passed_picture(4), 120ms, true));
  EXPECT_EQ(units_.size(), 2u) << "another film";
  EXPECT_EQ(passed_.objection(), Objection::kNone);
}

}  // namespace
}  // namespace pixelpass::app
