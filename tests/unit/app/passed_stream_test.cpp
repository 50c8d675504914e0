#include "app/host/passed_stream.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"

#include "../mpegts/access_units.hpp"
#include "passed_picture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::app {
namespace {

using namespace std::chrono_literals;
using test::passed_picture;
using test::with_decoding_time;

class PassedStreamTest : public testing::Test {
 protected:
  Frame next(bool keyframe = false) {
    return writer_.write(test::video_unit(passed_picture(1), 40ms * ++pictures_, keyframe));
  }
  /// Shown to whoever wants it, and kept for who joins.
  std::optional<PassedStream::Verdict> push(const Frame& frame, bool is_wanted = true) {
    auto verdict = passed_.feed(frame, is_wanted, [this](const AccessUnit& unit) { units_.push_back(unit); });
    broadcast_.push(frame);
    return verdict;
  }
  /// As of a large picture: packets that nobody needs.
  static Frame with_bytes(Frame frame, std::size_t bytes) {
    Bytes all(frame.bytes.view().begin(), frame.bytes.view().end());
    while (all.size() < bytes) {
      all.resize(all.size() + kTsPacketBytes, 0xFF);
      const std::array<std::uint8_t, 4> null{0x47, 0x1F, 0xFF, 0x10};
      std::ranges::copy(null, all.end() - static_cast<std::ptrdiff_t>(kTsPacketBytes));
    }
    frame.bytes = SharedBytes::adopt(std::move(all));
    return frame;
  }

  mpegts::TsWriter writer_{{.video = true, .audio = false}};
  PassedStream passed_;
  Broadcast broadcast_;
  std::vector<AccessUnit> units_;
  int pictures_ = 0;
};

TEST_F(PassedStreamTest, IsTakenApartOnlyWhileSomebodyWantsIt) {
  push(next(true), false);
  EXPECT_TRUE(units_.empty());
  push(next(true), true);
  EXPECT_EQ(units_.size(), 1U);
}

TEST_F(PassedStreamTest, SaysWhyItCannotBeShownOnceAndEachTimeThatThisChanges) {
  EXPECT_FALSE(push(next(true)));
  auto verdict = push(with_decoding_time(next()));
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->is_servable);
  ASSERT_TRUE(verdict->notice);
  EXPECT_THAT(verdict->notice->hint, testing::HasSubstr("-bf 0"));
  EXPECT_FALSE(push(with_decoding_time(next()))) << "nothing has changed";
  verdict = push(next(true), false);
  ASSERT_TRUE(verdict) << "it is looked at until it can be shown again, whoever is there";
  EXPECT_TRUE(verdict->is_servable);
  verdict = push(with_decoding_time(next()));
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->is_servable);
  EXPECT_FALSE(verdict->notice);
}

TEST_F(PassedStreamTest, BeginsForANewcomerWithAllOfTheNewestGroup) {
  EXPECT_FALSE(passed_.beginning(broadcast_)) << "there is none";
  for (int i = 0; i < 6; ++i) push(next(i % 3 == 0));
  const auto beginning = passed_.beginning(broadcast_);
  ASSERT_TRUE(beginning);
  EXPECT_TRUE(beginning->is_all);
  ASSERT_EQ(beginning->units.size(), 3U);
  EXPECT_TRUE(beginning->units[0].keyframe);
  EXPECT_EQ(beginning->units[2].pts, units_.back().pts);
}

TEST_F(PassedStreamTest, GoesOnFromWhatTheFirstNewcomerBeganWith) {
  push(next(true), false);
  push(next(), false);
  const auto beginning = passed_.beginning(broadcast_);
  ASSERT_TRUE(beginning);
  push(next());
  ASSERT_EQ(units_.size(), 1U);
  EXPECT_EQ(units_[0].pts, beginning->units.back().pts + 40ms);
}

TEST_F(PassedStreamTest, BeginsWithTheKeyframeAloneOfAGroupThatIsTooLargeForALine) {
  push(with_bytes(next(true), PassedStream::kMostAtOnce));
  push(next());
  const auto beginning = passed_.beginning(broadcast_);
  ASSERT_TRUE(beginning);
  EXPECT_FALSE(beginning->is_all);
  ASSERT_EQ(beginning->units.size(), 1U);
  EXPECT_TRUE(beginning->units[0].keyframe);
}

TEST_F(PassedStreamTest, LetsNewcomersWaitWhereItsGroupIsTooMuchToLookThrough) {
  push(next(true));
  push(with_bytes(next(), PassedStream::kMostLookedThrough));
  EXPECT_FALSE(passed_.beginning(broadcast_));
}

TEST_F(PassedStreamTest, LetsNewcomersWaitWhereTheBeginningOfItsGroupIsNotKept) {
  broadcast_ = Broadcast(Broadcast::Limits{.bytes = 1000});
  for (int i = 0; i < 10; ++i) push(next(i == 0));
  EXPECT_FALSE(passed_.beginning(broadcast_));
}

}  // namespace
}  // namespace pixelpass::app
