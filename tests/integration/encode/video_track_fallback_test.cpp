#include "pictures.hpp"
#include "stand_in_va.hpp"
#include "video_track_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>

namespace pixelpass::encode {
namespace {

using test::kPatience;
using test::made_up;
using test::make_picture;
using test::real_one;
using test::solid;
using test::Told;
using test::Track;
using testing::HasSubstr;

TEST(VideoTrack, AnEncoderThatDoesNotTakeItsSettingsIsReplacedByTheNext) {
  static constexpr std::array<EncoderProperty, 1> kImpossible{{{"no-such-property", "1", true}}};
  const auto bad = made_up("identity", kImpossible);
  Track track({&bad, &real_one()});
  const Told told = track.told();
  ASSERT_EQ(told.notices.size(), 1U);
  EXPECT_THAT(told.notices[0].what, HasSubstr("identity"));
  EXPECT_THAT(told.notices[0].what, HasSubstr(real_one().element));
  EXPECT_EQ(told.changes, 1);
  track.encode();
  EXPECT_TRUE(track.wait_for_pictures(1));
  EXPECT_EQ(track.element(), real_one().element);
}

TEST(VideoTrack, AnEncoderThatFailsAtItsFirstPictureIsReplacedByTheNext) {
  const auto bad = made_up("identity");  // what comes out is no H.264
  Track track({&bad, &real_one()});
  EXPECT_TRUE(track.told().notices.empty());
  track.encode();
  ASSERT_TRUE(track.wait_for([](const Told& told) { return told.changes == 2; }));
  EXPECT_EQ(track.told().notices.size(), 1U);
  EXPECT_TRUE(track.told().failures.empty());
  track.encode();
  ASSERT_TRUE(track.wait_for_pictures(1));
  EXPECT_TRUE(track.told().pictures[0].keyframe);
}

TEST(VideoTrack, WhenNoneWorksThatIsSaidOnce) {
  const auto bad = made_up("identity");
  const auto missing = made_up("no-such-element");
  Track track({&bad, &missing});
  track.encode();
  ASSERT_TRUE(track.wait_for([](const Told& told) { return !told.failures.empty(); }));
  EXPECT_THAT(track.told().failures[0].hint, HasSubstr("--encoder"));
  track.encode();  // does nothing
  track.run([](VideoTrack& it) {
    it.give_up("again");
    EXPECT_FALSE(it.is_free());
  });
  EXPECT_EQ(track.told().failures.size(), 1U);
}

TEST(VideoTrack, AnEncoderThatFailedAtOneSizeIsTriedAgainAtTheNextButNotForEver) {
  const auto bad = made_up("identity");  // what comes out is no H.264
  Track track({&bad, &real_one()});
  std::size_t pictures = 0;
  for (int turn = 1; turn <= 8; ++turn) {
    const auto failed = static_cast<std::size_t>(std::min(turn, 3));
    track.encode();
    if (turn <= 3) {
      ASSERT_TRUE(track.wait_for([&](const Told& told) { return told.notices.size() >= failed; })) << turn;
      track.encode();  // comes after the change to the next encoder, on the same thread
    }
    ASSERT_TRUE(track.wait_for_pictures(++pictures)) << turn;
    EXPECT_EQ(track.told().notices.size(), failed);
    const auto other = make_picture({320 + 16 * turn, 240}, "BGRx", solid({1, 2, 3}));
    track.run([&](VideoTrack& it) { EXPECT_TRUE(it.show(other.get())); });
    EXPECT_EQ(track.element(), turn < 3 ? bad.element : real_one().element) << turn;
  }
  const Told told = track.told();
  EXPECT_THAT(told.notices[0].what, HasSubstr("identity at 320x240"));
  EXPECT_THAT(told.notices[1].what, HasSubstr("identity at 336x240"));
  EXPECT_TRUE(told.failures.empty());
}

TEST(VideoTrack, AnEncoderThatStoppedGivingPicturesIsNotTriedAgainForAnotherSize) {
  const auto first = real_one();
  Track track({&first, &real_one()});
  track.run([](VideoTrack& it) { it.give_up("it has stopped giving pictures"); });
  ASSERT_EQ(track.told().notices.size(), 1U);
  track.run([](VideoTrack& it) {
    it.show(make_picture({640, 240}, "BGRx", solid({1, 2, 3})).get());
    EXPECT_EQ(&it.encoder(), &real_one());
  });
}

/// The GPU's encoder fails, and works again later: as after a suspend.
class VideoTrackAfterAFailure : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
    stand_in_.emplace(StandInVa::Kind::kFailsAtAPicture);
    track_.emplace(video_encoder_candidates("auto", machine_with_a_gpu()), 1ms);
    track_->encode(true);
    ASSERT_TRUE(track_->wait_for([](const Told& told) { return told.changes == 2; }));
    ASSERT_EQ(track_->element(), "x264enc");
  }
  void TearDown() override { track_.reset(); }
  void encode_one(bool keyframe) {
    track_->encode(keyframe);
    EXPECT_TRUE(track_->wait_for_pictures(++pictures_));
  }
  /// Pictures of the other one until a trial of the first has ended, `times` over.
  void encode_while_tried(int times) {
    const int before = StandInVa::encoders_made();
    const Instant deadline = Clock::now() + kPatience;
    while (StandInVa::encoders_made() < before + times + 1 && Clock::now() < deadline) encode_one(true);
    EXPECT_GT(StandInVa::encoders_made(), before + times);
  }

  std::optional<StandInVa> stand_in_;
  std::optional<Track> track_;
  std::size_t pictures_ = 0;
};

TEST_F(VideoTrackAfterAFailure, ItIsTriedAgainBesideTheOtherAndSaidOnce) {
  encode_while_tried(3);
  EXPECT_EQ(track_->element(), "x264enc");
  const Told told = track_->told();
  EXPECT_EQ(told.changes, 2) << "the stream was disturbed";
  EXPECT_EQ(told.notices.size(), 1U);
  EXPECT_TRUE(told.failures.empty());
}

TEST_F(VideoTrackAfterAFailure, ItComesBackWithTheNextKeyframeWhenItWorksAgain) {
  stand_in_.reset();
  stand_in_.emplace();
  const int before = StandInVa::encoders_made();
  const Instant deadline = Clock::now() + kPatience;
  while (StandInVa::encoders_made() == before && Clock::now() < deadline) encode_one(false);
  for (int i = 0; i < 20; ++i) encode_one(false);
  EXPECT_EQ(track_->element(), "x264enc") << "it did not wait for a keyframe";
  while (track_->element() == "x264enc" && Clock::now() < deadline) encode_one(true);
  EXPECT_EQ(track_->element(), "vah264enc");
  const Told told = track_->told();
  EXPECT_EQ(told.changes, 3);
  EXPECT_EQ(told.notices.size(), 1U);
  EXPECT_TRUE(told.pictures.back().keyframe);
}

TEST_F(VideoTrackAfterAFailure, AnotherScreenIsAReasonToTryItAgain) {
  stand_in_.reset();
  stand_in_.emplace();
  track_->run([](VideoTrack& it) { it.begin({640, 480}); });
  EXPECT_EQ(track_->element(), "vah264enc");
  encode_one(true);
  EXPECT_EQ(track_->element(), "vah264enc");
}

}  // namespace
}  // namespace pixelpass::encode
