#include "pixelpass/capture/audio/pipewire_objects.hpp"

#include "audio_router_fixture.hpp"
#include "no_timers.hpp"
#include "refused_calls.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace pixelpass::capture::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

TEST_F(AudioRouterTest, SoundComesBackWhenPipeWireIsRestarted) {
  pipewire_->start();
  std::optional<AudioApp> app(std::in_place, AudioApp::Options{.name = "AppA", .tones = {440, 440}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  for (int i = 0; i < 2; ++i) {
    app.reset();
    capture.ears.forget();
    pipewire_->kill();
    ASSERT_TRUE(capture.ears.wait_for_notices(1));
    pipewire_->start();
    const auto started = Clock::now();
    app.emplace(AudioApp::Options{.name = "AppA", .tones = {440, 440}});
    ASSERT_TRUE(capture.ears.wait_for_tone(440)) << i;
    RecordProperty("back_after_ms_" + std::to_string(i), static_cast<int>(to_ms(Clock::now() - started)));
    EXPECT_THAT(capture.ears.notices(), SizeIs(1));
  }
}

TEST_F(AudioRouterTest, SoundComesWhenPipeWireStartsAfterUs) {
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_notices(1));
  EXPECT_THAT(capture.ears.notices().at(0).what, HasSubstr("PipeWire does not run"));
  EXPECT_THAT(capture.ears.notices().at(0).hint, HasSubstr("wireplumber"));
  pipewire_->start();
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  EXPECT_TRUE(capture.ears.wait_for_tone(440));
  EXPECT_THAT(capture.ears.notices(), SizeIs(1));
}

TEST_F(AudioRouterTest, PipeWireThatCannotBeReachedIsNotSaidNotToRun) {
  pipewire_->start();
  ::setenv("PIPEWIRE_REMOTE", "/dev/null/pipewire-0", 1);
  Capture capture;
  const bool is_told = capture.ears.wait_for_notices(1);
  ::unsetenv("PIPEWIRE_REMOTE");
  ASSERT_TRUE(is_told);
  EXPECT_THAT(capture.ears.notices().at(0).what, HasSubstr("cannot be spoken with: Not a directory"));
  EXPECT_THAT(capture.ears.notices().at(0).hint, HasSubstr("PIPEWIRE_REMOTE"));
}

TEST_F(AudioRouterTest, AMissingSessionManagerIsToldOf) {
  pipewire_->start_without_session_manager();
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_notices(1));
  EXPECT_THAT(capture.ears.notices().at(0).what, HasSubstr("session manager"));
}

TEST_F(AudioRouterTest, ItCanBeDestroyedAtAnyMoment) {
  { Capture without_pipewire; }
  pipewire_->start();
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  for (int i = 0; i < 20; ++i) Capture right_away;
  for (int i = 0; i < 5; ++i) {
    Capture while_it_plays;
    ASSERT_TRUE(while_it_plays.ears.wait_for_tone(440));
  }
  Capture after_pipewire;
  ASSERT_TRUE(after_pipewire.ears.wait_for_tone(440));
  pipewire_->kill();
  ASSERT_TRUE(after_pipewire.ears.wait_for_notices(1));
}

TEST_F(AudioRouterTest, WhereNothingCanBeWaitedForThereIsNoSoundAndThatIsSaid) {
  pipewire_->start();
  const NoTimers refused;
  Capture capture;
  EXPECT_TRUE(NoTimers::refused());
  ASSERT_TRUE(capture.ears.wait_for_notices(1));
  EXPECT_THAT(capture.ears.notices().front().what, HasSubstr("no sound"));
  capture.router.pause();
  capture.router.play();
}

TEST_F(AudioRouterTest, AStreamThatCannotBeSwitchedOnIsMadeAnew) {
  pipewire_->start();
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  capture.router.pause();
  capture.ears.forget();
  RefusedCalls::refuse(Call::kStreamActive, 1);
  capture.router.play();
  EXPECT_TRUE(capture.ears.wait_for_tone(440));
  EXPECT_EQ(RefusedCalls::refused(), 1);
}

/// The context's, then the stream's: one without them would hear the microphone.
TEST_F(AudioRouterTest, WherePropertiesGetNoMemoryThereIsNoSoundUntilTheyDo) {
  pipewire_->start();
  AudioApp mic(microphone());
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  RefusedCalls::refuse(Call::kProperties, 2);
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  EXPECT_EQ(RefusedCalls::refused(), 2);
  EXPECT_THAT(capture.ears.notices().at(0).what, HasSubstr("no sound"));
  ASSERT_TRUE(capture.ears.wait_for_more(1s));
  EXPECT_LT(capture.ears.level(3000), kAbsent);
}

TEST_F(AudioRouterTest, WhereNothingCanBeWaitedForWhatIsInPipeWireIsNotAskedFor) {
  pipewire_->start();
  EXPECT_FALSE(PipeWireObjects(kPatience).list().empty());
  const NoTimers refused;
  EXPECT_THROW((void)PipeWireObjects(kPatience).list(), StartupError);
  EXPECT_TRUE(NoTimers::refused());
}

}  // namespace
}  // namespace pixelpass::capture::test
