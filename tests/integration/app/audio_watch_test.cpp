#include "app/host/audio_watch.hpp"

#include "run_until.hpp"
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::app {
namespace {

class Meter final : public HostConsole {
 public:
  void attach(Ask) override {}
  void on_audio_level(const std::optional<AudioLevel>& level) override { told.push_back(level); }
  std::vector<std::optional<AudioLevel>> told;
};

class AudioWatchTest : public testing::Test {
 protected:
  /// It has looked so often at `level`, and has told what it makes of that.
  void look_at(std::optional<AudioLevel> level, int times = 1) {
    level_ = level;
    looks_ = 0;
    ASSERT_TRUE(test::run_until(io_, [&] { return looks_ >= times; }));
  }
  static AudioLevel level(double rms_db) { return {rms_db, rms_db + 3}; }

  boost::asio::io_context io_;
  Meter meter_;
  std::optional<AudioLevel> level_;
  int looks_ = 0;
  AudioWatch watch_{io_.get_executor(), meter_, [this] {
                      ++looks_;
                      return level_;
                    }};
};

TEST_F(AudioWatchTest, TellsALevelOnceItDiffersByWhatAMeterShows) {
  look_at(level(-20), 3);
  ASSERT_EQ(meter_.told.size(), 1U);
  EXPECT_EQ(meter_.told[0], level(-20));
  look_at(level(-20.6));
  look_at(level(-19.4));
  EXPECT_EQ(meter_.told.size(), 1U);
  look_at(level(-18.9));
  ASSERT_EQ(meter_.told.size(), 2U);
  EXPECT_EQ(meter_.told[1], level(-18.9));
}

TEST_F(AudioWatchTest, TellsSilenceApartFromAVeryLowLevel) {
  look_at(AudioLevel{-99.5, -99});
  look_at(AudioLevel{});
  ASSERT_EQ(meter_.told.size(), 2U);
  EXPECT_TRUE(meter_.told[1]->is_silent());
}

TEST_F(AudioWatchTest, TakesAMomentWithoutSoundForNoNewsAndASecondForTheEnd) {
  look_at(level(-20));
  look_at(std::nullopt, 7);
  look_at(level(-20));
  look_at(std::nullopt, 7);
  EXPECT_EQ(meter_.told.size(), 1U);
  look_at(std::nullopt, 1);
  ASSERT_EQ(meter_.told.size(), 2U);
  EXPECT_EQ(meter_.told[1], std::nullopt);
}

}  // namespace
}  // namespace pixelpass::app
