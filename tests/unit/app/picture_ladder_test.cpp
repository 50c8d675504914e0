#include "app/host/picture_ladder.hpp"

#include "app/host/player_rate.hpp"
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

constexpr std::int64_t kMega = 1'000'000;
constexpr double kEvenly = 0.9;
constexpr double kInBursts = 0.1;

/// A host of 1080 lines with an encoder that uses what it is told to, once a second.
class LadderHost {
 public:
  LadderHost(PictureUse use, int fps) : ladder(use, fps) {}

  PictureLadder ladder;
  std::int64_t target = 6 * kMega;
  std::int64_t cap = 6 * kMega;
  double uses = 1;  ///< of the target
  double evenness = kEvenly;
  Duration takes = 5ms;  ///< a picture
  double keeps_up = 1;   ///< of the pictures that are asked for
  bool is_players = false;

  bool look() {
    now_ += PictureLadder::kInterval;
    const auto limits = ladder.limits();
    const Size shown{1920 * limits.percent / 100, 1080 * limits.percent / 100};
    return ladder.update({.target = target,
                          .cap = cap,
                          .shown = shown,
                          .made = {.fps = limits.fps * keeps_up,
                                   .p50 = takes,
                                   .p95 = takes,
                                   .bits_per_second = static_cast<double>(target) * uses,
                                   .evenness = evenness},
                          .is_players = is_players},
                         now_);
  }
  /// Looks until the next change; none within ten minutes: 0.
  int seconds_to_change() {
    for (int seconds = 1; seconds <= 600; ++seconds)
      if (look()) return seconds;
    return 0;
  }
  [[nodiscard]] std::string sent() const {
    const auto limits = ladder.limits();
    return std::to_string(1080 * limits.percent / 100) + "p" + std::to_string(limits.fps);
  }

 private:
  Instant now_{1h};
};

TEST(PictureLadder, NothingChangesWhereNoLineIsSlow) {
  for (const auto use : {PictureUse::kAuto, PictureUse::kText, PictureUse::kMotion}) {
    LadderHost host(use, 60);
    host.target = host.cap = kMega;
    EXPECT_EQ(host.seconds_to_change(), 0);
    EXPECT_EQ(host.sent(), "1080p60");
    EXPECT_EQ(host.ladder.reason(), PictureLadder::Reason::kNone);
  }
}

struct Carried {
  PictureUse use;
  int fps;
  double evenness;
  std::int64_t target;
  const char* sent;
};

class LadderTable : public testing::TestWithParam<Carried> {};

TEST_P(LadderTable, IsDownAtOnceToWhatTheLineCarries) {
  LadderHost host(GetParam().use, GetParam().fps);
  host.evenness = GetParam().evenness;
  host.target = GetParam().target;
  host.look();
  EXPECT_EQ(host.sent(), GetParam().sent);
}

INSTANTIATE_TEST_SUITE_P(All, LadderTable,
                         testing::Values(Carried{PictureUse::kMotion, 60, kEvenly, 5'500'000, "1080p60"},
                                         Carried{PictureUse::kMotion, 60, kEvenly, 3'000'000, "723p60"},
                                         Carried{PictureUse::kMotion, 60, kEvenly, 1'500'000, "540p60"},
                                         Carried{PictureUse::kMotion, 60, kEvenly, 700'000, "540p30"},
                                         Carried{PictureUse::kMotion, 60, kEvenly, 300'000, "356p30"},
                                         Carried{PictureUse::kMotion, 60, kEvenly, 50'000, "356p30"},
                                         Carried{PictureUse::kMotion, 30, kEvenly, 700'000, "540p30"},
                                         Carried{PictureUse::kText, 60, kInBursts, 3'000'000, "1080p30"},
                                         Carried{PictureUse::kText, 30, kInBursts, 2'100'000, "1080p30"},
                                         Carried{PictureUse::kText, 30, kInBursts, 1'800'000, "1080p15"},
                                         Carried{PictureUse::kText, 30, kEvenly, 900'000, "1080p10"},
                                         Carried{PictureUse::kText, 30, kInBursts, 300'000, "723p5"},
                                         Carried{PictureUse::kText, 10, kInBursts, 500'000, "1080p5"},
                                         Carried{PictureUse::kAuto, 30, kEvenly, 800'000, "540p30"},
                                         Carried{PictureUse::kAuto, 30, kInBursts, 900'000, "1080p10"}));

TEST(PictureLadder, AScreenThatHardlyChangesKeepsItsSizeAndRateOnASlowLine) {
  LadderHost host(PictureUse::kAuto, 60);
  host.target = kMega;
  host.uses = 0.5;
  EXPECT_EQ(host.seconds_to_change(), 0);
}

TEST(PictureLadder, ALineThatCarriesAlmostAllOfALowCapLeavesThePictureAsItIs) {
  LadderHost host(PictureUse::kMotion, 60);
  host.cap = kMega;
  host.target = host.cap * 9 / 10;
  EXPECT_EQ(host.seconds_to_change(), 0);
  host.target = host.cap * 7 / 10;
  EXPECT_EQ(host.seconds_to_change(), 1);
  EXPECT_EQ(host.sent(), "723p60") << "and not what 0.7 Mbit/s carry with a higher cap";
}

TEST(PictureLadder, WhenTheLineIsBackItGoesUpStepByStep) {
  LadderHost host(PictureUse::kMotion, 60);
  host.target = 1'500'000;
  ASSERT_TRUE(host.look());
  host.target = host.cap;
  EXPECT_EQ(host.seconds_to_change(), 5);
  EXPECT_EQ(host.sent(), "723p60");
  EXPECT_EQ(host.seconds_to_change(), 5);
  EXPECT_EQ(host.sent(), "1080p60");
  EXPECT_EQ(host.ladder.reason(), PictureLadder::Reason::kNone);
}

TEST(PictureLadder, ALineThatIsALittleBetterIsNotTriedOut) {
  LadderHost host(PictureUse::kMotion, 60);
  host.target = 1'500'000;
  ASSERT_TRUE(host.look());
  host.target = 2'800'000;
  EXPECT_EQ(host.seconds_to_change(), 0) << "720 lines ask for 2.2 Mbit/s, and leave no room";
  host.target = 3'300'000;
  EXPECT_EQ(host.seconds_to_change(), 1);
}

TEST(PictureLadder, PicturesThatHaveBecomeSimpleGoUpOnTheSameLine) {
  LadderHost host(PictureUse::kMotion, 60);
  host.target = 1'500'000;
  ASSERT_TRUE(host.look());
  host.uses = 0.2;
  EXPECT_EQ(host.seconds_to_change(), 5);
  EXPECT_EQ(host.sent(), "723p60");
}

TEST(PictureLadder, AfterAStepUpThatWasWrongTheNextOneWaitsTwiceAsLong) {
  LadderHost host(PictureUse::kMotion, 60);
  host.target = 1'500'000;
  ASSERT_TRUE(host.look());
  int waited = 5;
  for (const int expected : {5, 10, 20, 40, 80, 80}) {
    // Simple for as long as it is small.
    host.uses = 0.2;
    waited = host.seconds_to_change();
    EXPECT_EQ(waited, expected);
    host.uses = 1;
    ASSERT_EQ(host.seconds_to_change(), 1);
  }
}

TEST(PictureLadder, AnEncoderThatDoesNotKeepUpForTwoSecondsGivesUpOneStep) {
  LadderHost host(PictureUse::kAuto, 60);
  host.takes = 25ms;
  host.keeps_up = 0.6;
  EXPECT_EQ(host.seconds_to_change(), 2);
  EXPECT_EQ(host.sent(), "723p60");
  EXPECT_EQ(host.ladder.reason(), PictureLadder::Reason::kEncoder);
}

TEST(PictureLadder, AnEncoderThatCouldNotMakeTheNextSmallerPicturesEitherGivesUpTwoSteps) {
  LadderHost host(PictureUse::kMotion, 60);
  host.takes = 50ms;
  host.keeps_up = 0.35;
  EXPECT_EQ(host.seconds_to_change(), 2);
  EXPECT_EQ(host.sent(), "540p60");
}

TEST(PictureLadder, AScreenThatGivesFewPicturesDoesNotMakeAnEncoderSlowerThanItIs) {
  LadderHost host(PictureUse::kMotion, 60);
  host.takes = 20ms;
  host.keeps_up = 0.15;
  EXPECT_EQ(host.seconds_to_change(), 2);
  EXPECT_EQ(host.sent(), "723p60");
}

TEST(PictureLadder, AnEncoderGivesUpNoMoreThanTwoStepsAtOnce) {
  LadderHost host(PictureUse::kMotion, 60);
  host.takes = 200ms;
  host.keeps_up = 0.05;
  EXPECT_EQ(host.seconds_to_change(), 2);
  EXPECT_EQ(host.sent(), "540p60");
  EXPECT_EQ(host.seconds_to_change(), 2);
  EXPECT_EQ(host.sent(), "356p30");
}

struct CutPlayer {
  PictureUse use;
  int fps;
  std::vector<const char*> sent;  ///< after each cut of PlayerRate's
};

class LadderOfAPlayer : public testing::TestWithParam<CutPlayer> {};

TEST_P(LadderOfAPlayer, GivesUpAStepForEachCutHoweverFewBitsThereAre) {
  LadderHost host(GetParam().use, GetParam().fps);
  host.is_players = true;
  host.uses = 0.1;
  for (const auto* sent : GetParam().sent) {
    host.target = static_cast<std::int64_t>(static_cast<double>(host.target) * PlayerRate::kCut);
    EXPECT_EQ(host.seconds_to_change(), 1);
    EXPECT_EQ(host.sent(), sent);
    EXPECT_EQ(host.ladder.reason(), PictureLadder::Reason::kPlayer);
    EXPECT_EQ(host.seconds_to_change(), 0) << "one cut, one step";
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, LadderOfAPlayer,
    testing::Values(CutPlayer{PictureUse::kMotion, 60, {"723p60", "540p60", "540p30", "356p30"}},
                    CutPlayer{PictureUse::kMotion, 30, {"723p30", "540p30", "356p30"}},
                    CutPlayer{PictureUse::kText, 60, {"1080p30", "1080p15", "1080p10", "1080p5"}},
                    CutPlayer{PictureUse::kText, 30, {"1080p15", "1080p10", "1080p5"}}));

class ThinLineOfAPlayer : public testing::TestWithParam<CutPlayer> {};

TEST_P(ThinLineOfAPlayer, CostsOneStepForEachCutToo) {
  LadderHost host(GetParam().use, GetParam().fps);
  host.uses = 0.1;
  host.target = 2'000'000;
  ASSERT_EQ(host.seconds_to_change(), 0) << "the pictures are simple: the line carries them";
  for (const auto* sent : GetParam().sent) {
    host.is_players = true;
    host.target = static_cast<std::int64_t>(static_cast<double>(host.target) * PlayerRate::kCut);
    EXPECT_EQ(host.seconds_to_change(), 1);
    EXPECT_EQ(host.sent(), sent);
    EXPECT_EQ(host.seconds_to_change(), 0) << "one cut, one step";
  }
}

INSTANTIATE_TEST_SUITE_P(All, ThinLineOfAPlayer,
                         testing::Values(CutPlayer{PictureUse::kMotion, 60, {"723p60", "540p60"}},
                                         CutPlayer{PictureUse::kText, 30, {"1080p15", "1080p10"}}));

TEST(PictureLadder, APlayerThatIsGivenMoreAgainGetsItsStepsBack) {
  LadderHost host(PictureUse::kMotion, 60);
  host.is_players = true;
  host.target = 1'800'000;
  ASSERT_TRUE(host.look());
  ASSERT_EQ(host.sent(), "540p60");
  host.target = 3'300'000;
  EXPECT_EQ(host.seconds_to_change(), 5);
  EXPECT_EQ(host.sent(), "723p60");
  EXPECT_EQ(host.seconds_to_change(), 0);
  host.is_players = false;
  host.target = host.cap;
  EXPECT_EQ(host.seconds_to_change(), 1);
  EXPECT_EQ(host.sent(), "1080p60");
}

TEST(PictureLadder, AnEncoderThatKeepsUpWithSeveralPicturesInWorkIsNotSlow) {
  LadderHost host(PictureUse::kAuto, 60);
  host.takes = 40ms;
  EXPECT_EQ(host.seconds_to_change(), 0);
}

TEST(PictureLadder, AScreenThatGivesFewerPicturesIsNoSlowEncoder) {
  LadderHost host(PictureUse::kAuto, 60);
  host.keeps_up = 0.4;
  EXPECT_EQ(host.seconds_to_change(), 0);
}

TEST(PictureLadder, OneSlowSecondIsNone) {
  LadderHost host(PictureUse::kAuto, 60);
  for (int i = 0; i < 20; ++i) {
    host.takes = i % 2 == 0 ? 25ms : 5ms;
    host.keeps_up = i % 2 == 0 ? 0.5 : 1;
    EXPECT_FALSE(host.look());
  }
}

TEST(PictureLadder, AMachineThatStaysTooSlowIsTriedMoreAndMoreRarely) {
  LadderHost host(PictureUse::kMotion, 60);
  const auto is_slow = [&](bool slow) {
    host.takes = slow ? 25ms : 5ms;
    host.keeps_up = slow ? 0.6 : 1;
  };
  is_slow(true);
  ASSERT_EQ(host.seconds_to_change(), 2);
  for (const int expected : {5, 10, 20}) {
    is_slow(false);
    EXPECT_EQ(host.seconds_to_change(), expected);
    is_slow(true);
    ASSERT_EQ(host.seconds_to_change(), 2);
  }
}

TEST(PictureLadder, AMachineThatIsFastAgainGoesUpOnlyAsTheLineCarriesIt) {
  LadderHost host(PictureUse::kMotion, 60);
  host.takes = 25ms;
  host.keeps_up = 0.6;
  ASSERT_EQ(host.seconds_to_change(), 2);
  host.takes = 5ms;
  host.keeps_up = 1;
  host.target = 2'500'000;
  EXPECT_EQ(host.seconds_to_change(), 0);
  host.target = host.cap;
  EXPECT_EQ(host.seconds_to_change(), 1);
}

TEST(PictureLadder, NothingChangesWhileNoPictureIsMade) {
  LadderHost host(PictureUse::kMotion, 60);
  host.target = 1'500'000;
  ASSERT_TRUE(host.look());
  host.target = host.cap;
  host.keeps_up = 0;
  EXPECT_EQ(host.seconds_to_change(), 0);
}

}  // namespace
}  // namespace pixelpass::app
