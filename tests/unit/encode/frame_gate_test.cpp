#include "encode/frame_gate.hpp"

#include "encode/encode_meter.hpp"
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::encode {
namespace {

using Outcome = FrameGate::Outcome;

constexpr bool kKey = true;
constexpr bool kNoKey = false;

Instant at(Duration since_start) {
  return Instant{} + since_start;
}

struct Gate {
  std::vector<MediaUnit> units;
  std::vector<Error> ends;
  FrameGate gate{{[this](MediaUnit unit) { units.push_back(std::move(unit)); },
                  [this](Error error) { ends.push_back(std::move(error)); }}};

  Outcome pass(Duration captured, bool keyframe) {
    AccessUnit unit;
    unit.captured_at = at(captured);
    unit.keyframe = keyframe;
    return gate.pass(std::move(unit));
  }
  [[nodiscard]] bool after_gap(std::size_t place) const {
    return std::get<AccessUnit>(units.at(place)).after_gap;
  }
};

TEST(FrameGate, IsClosedAtFirst) {
  Gate g;
  EXPECT_EQ(g.pass(1s, kKey), Outcome::kUnwanted);
  EXPECT_TRUE(g.units.empty());
}

TEST(FrameGate, LetsARunBeginWithAKeyframeOnly) {
  Gate g;
  g.gate.open(at(1s));
  EXPECT_EQ(g.pass(2s, kNoKey), Outcome::kNeedsKeyframe);
  EXPECT_EQ(g.pass(3s, kKey), Outcome::kPassed);
  EXPECT_EQ(g.pass(4s, kNoKey), Outcome::kPassed);
  EXPECT_EQ(g.units.size(), 2U);
}

TEST(FrameGate, WhatWasCapturedBeforeItOpenedIsStale) {
  Gate g;
  g.gate.open(at(5s));
  EXPECT_EQ(g.pass(4s, kKey), Outcome::kUnwanted);
  EXPECT_EQ(g.pass(5s, kKey), Outcome::kPassed);
}

TEST(FrameGate, HeldItLetsNothingPassAndThenAKeyframeFirst) {
  Gate g;
  g.gate.open(at(1s));
  EXPECT_EQ(g.pass(2s, kKey), Outcome::kPassed);
  g.gate.hold();
  g.gate.hold();
  EXPECT_EQ(g.pass(3s, kKey), Outcome::kUnwanted);
  g.gate.release(at(4s));
  EXPECT_EQ(g.pass(4s, kKey), Outcome::kUnwanted) << "it was held twice";
  g.gate.release(at(5s));
  EXPECT_EQ(g.pass(4s, kKey), Outcome::kUnwanted) << "captured before";
  EXPECT_EQ(g.pass(5s, kNoKey), Outcome::kNeedsKeyframe);
  EXPECT_EQ(g.pass(6s, kKey), Outcome::kPassed);
  ASSERT_EQ(g.units.size(), 2U);
  EXPECT_TRUE(g.after_gap(1));
}

TEST(FrameGate, HeldWhileItIsClosedItStaysClosed) {
  Gate g;
  g.gate.hold();
  EXPECT_TRUE(g.gate.open(at(1s)));
  EXPECT_EQ(g.pass(2s, kKey), Outcome::kUnwanted);
  EXPECT_TRUE(g.gate.close());
  g.gate.release(at(3s));
  EXPECT_EQ(g.pass(4s, kKey), Outcome::kUnwanted);
}

TEST(FrameGate, EachRunBeginsWithAKeyframeAndSaysThatThereWasAGap) {
  Gate g;
  g.gate.open(at(0s));
  g.pass(1s, kKey);
  g.gate.close();
  EXPECT_EQ(g.pass(2s, kKey), Outcome::kUnwanted);
  g.gate.open(at(3s));
  EXPECT_EQ(g.pass(4s, kNoKey), Outcome::kNeedsKeyframe);
  EXPECT_EQ(g.pass(5s, kKey), Outcome::kPassed);
  EXPECT_EQ(g.pass(6s, kNoKey), Outcome::kPassed);
  ASSERT_EQ(g.units.size(), 3U);
  EXPECT_FALSE(g.after_gap(0));
  EXPECT_TRUE(g.after_gap(1));
  EXPECT_FALSE(g.after_gap(2));
}

TEST(FrameGate, OpeningAnOpenGateChangesNothing) {
  Gate g;
  EXPECT_TRUE(g.gate.open(at(0s)));
  g.pass(1s, kKey);
  EXPECT_FALSE(g.gate.open(at(9s)));
  EXPECT_EQ(g.pass(2s, kNoKey), Outcome::kPassed);
  EXPECT_TRUE(g.gate.close());
  EXPECT_FALSE(g.gate.close());
}

TEST(FrameGate, WhatCameAsMpegTsPassesInTheSameWay) {
  Gate g;
  g.gate.open(at(0s));
  EXPECT_EQ(g.gate.pass(Frame{{}, at(1s), kNoKey, false}), Outcome::kNeedsKeyframe);
  EXPECT_EQ(g.gate.pass(Frame{{}, at(2s), kKey, false}), Outcome::kPassed);
  g.gate.close();
  g.gate.open(at(3s));
  EXPECT_EQ(g.gate.pass(Frame{{}, at(4s), kKey, false}), Outcome::kPassed);
  ASSERT_EQ(g.units.size(), 2U);
  EXPECT_FALSE(std::get<Frame>(g.units[0]).after_gap);
  EXPECT_TRUE(std::get<Frame>(g.units[1]).after_gap);
}

TEST(FrameGate, EndComesOnceAndNothingFollows) {
  Gate g;
  g.gate.open(at(0s));
  g.gate.end({"broken", "mend it"});
  g.gate.end({"again", ""});
  EXPECT_EQ(g.pass(1s, kKey), Outcome::kUnwanted);
  ASSERT_EQ(g.ends.size(), 1U);
  EXPECT_EQ(g.ends[0].what, "broken");
}

TEST(FrameGate, OnceShutItIsSilent) {
  Gate g;
  g.gate.open(at(0s));
  g.gate.shut();
  g.gate.end({"broken", ""});
  EXPECT_EQ(g.pass(1s, kKey), Outcome::kUnwanted);
  EXPECT_TRUE(g.ends.empty());
}

TEST(EncodeMeter, CountsWhatCameSinceTheLastCall) {
  EncodeMeter meter(at(0s));
  for (int i = 1; i <= 100; ++i) meter.add(i * 1ms, 1000);
  const EncodeTimes first = meter.take(at(2s));
  EXPECT_DOUBLE_EQ(first.fps, 50);
  EXPECT_DOUBLE_EQ(first.bits_per_second, 400'000);
  EXPECT_NEAR(to_ms(first.p50), 50, 1);
  EXPECT_NEAR(to_ms(first.p95), 95, 1);
  const EncodeTimes second = meter.take(at(3s));
  EXPECT_EQ(second.fps, 0);
  EXPECT_EQ(second.p95, Duration{});
  EXPECT_EQ(second.bits_per_second, 0);
}

TEST(EncodeMeter, PicturesOfOneSizeAreEvenAndAFewLargeOnesAreNot) {
  EncodeMeter meter(at(0s));
  meter.add(1ms, 100'000);  // a keyframe
  for (int i = 0; i < 99; ++i) meter.add(1ms, 5000);
  EXPECT_GT(meter.take(at(1s)).evenness, 0.9);
  for (int i = 0; i < 10; ++i) meter.add(1ms, 50'000);
  for (int i = 0; i < 90; ++i) meter.add(1ms, 40);
  EXPECT_LT(meter.take(at(2s)).evenness, 0.2);
  EXPECT_EQ(meter.take(at(3s)).evenness, 0);
}

}  // namespace
}  // namespace pixelpass::encode
