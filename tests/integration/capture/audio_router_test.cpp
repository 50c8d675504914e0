// Sound over a PipeWire of the test's own: what is heard, and what is not.
#include "pixelpass/capture/audio/audio_router.hpp"

#include "pixelpass/base/owner.hpp"
#include "pixelpass/capture/audio/pipewire_objects.hpp"

#include "audio_app.hpp"
#include "listener.hpp"
#include "no_timers.hpp"
#include "private_pipewire.hpp"
#include "refused_calls.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spa/param/audio/raw.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string_view>

namespace pixelpass::capture::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The tests' applications are in this process.
bool is_nobody(pid_t) {
  return false;
}

/// A capture that plays, and what it hears.
struct Capture {
  explicit Capture(AudioSettings settings = {}) : router(std::move(settings), ears.callbacks(), &is_nobody) {
    router.play();
  }
  ~Capture() {
    if (testing::Test::HasFailure())
      std::cerr << PrivatePipeWire::run({"pw-link", "-l"}) << PrivatePipeWire::run({"pw-dump"});
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  Listener ears;
  AudioRouter router;
};

class AudioRouterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = PrivatePipeWire::missing(); !missing.empty())
      GTEST_SKIP() << "needs " << missing;
    pipewire_.emplace();
  }

  std::optional<PrivatePipeWire> pipewire_;
};

TEST_F(AudioRouterTest, AnExcludedApplicationAndTheMicrophoneAreNotHeard) {
  pipewire_->start();
  AudioApp mic(microphone());
  AudioApp included({.name = "AppA", .tones = {440, 440}});
  AudioApp excluded({.name = "AppB", .tones = {1000, 1000}});
  AudioSettings settings;
  settings.excluded_apps = {"appb"};
  Capture apps(settings);
  AudioSettings mic_settings;
  mic_settings.mode = AudioMode::kMic;
  Capture control(mic_settings);
  ASSERT_TRUE(control.ears.wait_for_tone(3000)) << "the microphone hears nothing";
  ASSERT_TRUE(apps.ears.wait_for_tone(440));
  ASSERT_TRUE(apps.ears.wait_for_more(1s));
  EXPECT_GT(apps.ears.level(440), kThere);
  EXPECT_LT(apps.ears.level(1000), kAbsent);
  EXPECT_LT(apps.ears.level(3000), kAbsent);
  EXPECT_GT(control.ears.level(3000), kThere);
  EXPECT_LT(control.ears.level(440), kAbsent);
  RecordProperty("excluded_db", std::to_string(apps.ears.level(1000)));
}

TEST_F(AudioRouterTest, OnlyNamedApplicationsAreHeard) {
  pipewire_->start();
  AudioApp named({.name = "AppA", .tones = {440, 440}});
  AudioApp other({.name = "AppB", .tones = {1000, 1000}});
  AudioSettings settings;
  settings.only_apps = {"APPA"};
  Capture capture(settings);
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  ASSERT_TRUE(capture.ears.wait_for_more(1s));
  EXPECT_LT(capture.ears.level(1000), kAbsent);
}

TEST_F(AudioRouterTest, ACallIsNotHeardUnlessEverythingIs) {
  pipewire_->start();
  AudioApp music({.name = "AppA", .tones = {440, 440}});
  AudioApp call({.name = "Discord", .tones = {1000, 1000}});
  AudioApp browser_call(
      {.name = "Browser", .tones = {2000, 2000}, .properties = {{"media.role", "Communication"}}});
  AudioApp mic(microphone());
  AudioSettings everything;
  everything.mode = AudioMode::kMonitor;
  Capture monitor(everything);
  for (const int tone : {440, 1000, 2000}) ASSERT_TRUE(monitor.ears.wait_for_tone(tone)) << tone;
  Capture apps;
  ASSERT_TRUE(apps.ears.wait_for_tone(440));
  ASSERT_TRUE(apps.ears.wait_for_more(1s));
  EXPECT_LT(apps.ears.level(1000), kAbsent);
  EXPECT_LT(apps.ears.level(2000), kAbsent);
  ASSERT_TRUE(monitor.ears.wait_for_more(1s));
  EXPECT_LT(monitor.ears.level(3000), kAbsent) << "the microphone";
}

TEST_F(AudioRouterTest, ChannelsComeOutOnTheirSides) {
  pipewire_->start();
  AudioApp stereo({.name = "AppA", .tones = {440, 1000}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440, Listener::kLeft));
  ASSERT_TRUE(capture.ears.wait_for_tone(1000, Listener::kRight));
  ASSERT_TRUE(capture.ears.wait_for_more(500ms));
  EXPECT_LT(capture.ears.level(1000, Listener::kLeft, 500ms), kAbsent);
  EXPECT_LT(capture.ears.level(440, Listener::kRight, 500ms), kAbsent);
  AudioApp mono({.name = "AppB", .tones = {2000}});
  EXPECT_TRUE(capture.ears.wait_for_tone(2000, Listener::kLeft));
  EXPECT_TRUE(capture.ears.wait_for_tone(2000, Listener::kRight));
}

TEST_F(AudioRouterTest, SurroundIsBroughtDownToTwo) {
  pipewire_->start();
  AudioApp film({.name = "AppA",
                 .tones = {440, 1000, 1500, 0, 2000, 2500},
                 .positions = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_FC,
                               SPA_AUDIO_CHANNEL_LFE, SPA_AUDIO_CHANNEL_RL, SPA_AUDIO_CHANNEL_RR}});
  Capture capture;
  for (const int tone : {440, 1500, 2000})
    EXPECT_TRUE(capture.ears.wait_for_tone(tone, Listener::kLeft)) << tone;
  for (const int tone : {1000, 1500, 2500})
    EXPECT_TRUE(capture.ears.wait_for_tone(tone, Listener::kRight)) << tone;
}

TEST_F(AudioRouterTest, AnApplicationThatStartsLaterIsHeard) {
  pipewire_->start();
  AudioApp first({.name = "AppA", .tones = {440, 440}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  const auto started = Clock::now();
  AudioApp later({.name = "AppB", .tones = {1000, 1000}});
  ASSERT_TRUE(capture.ears.wait_for_tone(1000));
  RecordProperty("heard_after_ms", static_cast<int>(to_ms(Clock::now() - started)));
}

TEST_F(AudioRouterTest, AnApplicationThatDiesLeavesTheOthers) {
  pipewire_->start();
  AudioApp mic(microphone());
  AudioApp stays({.name = "AppA", .tones = {440, 440}});
  std::optional<AudioApp> dies(std::in_place, AudioApp::Options{.name = "AppB", .tones = {1000, 1000}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  ASSERT_TRUE(capture.ears.wait_for_tone(1000));
  dies->die();
  ASSERT_TRUE(capture.ears.wait_for_no_tone(1000));
  ASSERT_TRUE(capture.ears.wait_for_more(500ms));
  EXPECT_GT(capture.ears.level(440, Listener::kLeft, 500ms), kThere);
  EXPECT_LT(capture.ears.level(3000, Listener::kLeft, 500ms), kAbsent);
  EXPECT_THAT(capture.ears.notices(), IsEmpty());
}

TEST_F(AudioRouterTest, ApplicationsComeBackAfterTheLastHasGone) {
  pipewire_->start();
  Capture capture;
  for (int i = 0; i < 3; ++i) {
    AudioApp app({.name = "AppA", .tones = {440, 440}});
    ASSERT_TRUE(capture.ears.wait_for_tone(440)) << i;
    app.die();
    capture.ears.forget();
  }
}

TEST_F(AudioRouterTest, AnApplicationThatIsPausedAndResumedIsHeardAgain) {
  pipewire_->start();
  AudioApp clock({.name = "AppA", .tones = {440, 440}});
  AudioApp app({.name = "AppB", .tones = {1000, 1000}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(1000));
  app.set_active(false);
  ASSERT_TRUE(capture.ears.wait_for_no_tone(1000));
  app.set_active(true);
  EXPECT_TRUE(capture.ears.wait_for_tone(1000));
}

TEST_F(AudioRouterTest, ALinkFromTheMicrophoneIsTornDown) {
  pipewire_->start();
  AudioApp mic(microphone());
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  const auto ports = PrivatePipeWire::run({"pw-link", "-o"});
  ASSERT_THAT(ports, HasSubstr("test_mic:"));
  const auto at = ports.find("test_mic:");
  const auto port = ports.substr(at, ports.find('\n', at) - at);
  PrivatePipeWire::run({"pw-link", port, "pixelpass:input_FL"});
  ASSERT_TRUE(capture.ears.wait_for_no_tone(3000));
  ASSERT_TRUE(capture.ears.wait_for_more(500ms));
  EXPECT_LT(capture.ears.level(3000, Listener::kLeft, 500ms), kAbsent);
  EXPECT_GT(capture.ears.level(440, Listener::kLeft, 500ms), kThere);
}

/// An application that nobody links but the test: WirePlumber would move it with the default.
AudioApp::Options unlinked(const std::string& name, int tone) {
  return {.name = name, .tones = {tone, tone}, .properties = {{"node.autoconnect", "false"}}};
}

/// Its ports come a moment after itself.
bool link_to(const std::string& app, const std::string& output) {
  const auto deadline = Clock::now() + kPatience;
  for (const char* side : {"FL", "FR"})
    while (!PrivatePipeWire::run({"pw-link", app + ":output_" + side, output + ":playback_" + side}).empty())
      if (Clock::now() > deadline) return false;
  return true;
}

TEST_F(AudioRouterTest, TheMonitorFollowsTheDefaultOutput) {
  pipewire_->start();
  AudioApp one(unlinked("AppA", 440));
  AudioApp other(unlinked("AppB", 1000));
  ASSERT_TRUE(link_to("AppA", "test_sink"));
  ASSERT_TRUE(link_to("AppB", "other_sink"));
  AudioSettings settings;
  settings.mode = AudioMode::kMonitor;
  Capture capture(settings);
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  ASSERT_TRUE(capture.ears.wait_for_no_tone(1000));
  PrivatePipeWire::run(
      {"pw-metadata", "0", "default.configured.audio.sink", R"({"name":"other_sink"})", "Spa:String:JSON"});
  ASSERT_TRUE(capture.ears.wait_for_tone(1000));
  ASSERT_TRUE(capture.ears.wait_for_no_tone(440));
}

/// "running", "idle", "suspended"; empty: there is no such node.
std::string state_of(const std::string& node) {
  const auto objects = PrivatePipeWire::run({"pw-dump"});
  const auto name = objects.find("\"node.name\": \"" + node + '"');
  if (name == std::string::npos) return {};
  constexpr std::string_view kState = "\"state\": \"";
  const auto state = objects.rfind(kState, name) + kState.size();
  return objects.substr(state, objects.find('"', state) - state);
}

TEST_F(AudioRouterTest, AnOutputMaySleepWhileNobodyPlays) {
  pipewire_->start();
  for (const auto mode : {AudioMode::kApps, AudioMode::kMonitor}) {
    AudioSettings settings;
    settings.mode = mode;
    Capture capture(settings);
    AudioApp app({.name = "AppA", .tones = {440, 440}});
    ASSERT_TRUE(capture.ears.wait_for_tone(440));
    EXPECT_EQ(state_of("test_sink"), "running");
    app.set_active(false);
    const auto deadline = Clock::now() + kPatience;
    while (state_of("test_sink") == "running" && Clock::now() < deadline) {
    }
    EXPECT_NE(state_of("test_sink"), "running");
    capture.ears.forget();
    app.set_active(true);
    EXPECT_TRUE(capture.ears.wait_for_tone(440)) << "and wakes";
  }
}

TEST_F(AudioRouterTest, OurOwnStreamsAreNotHeard) {
  pipewire_->start();
  AudioApp own({.name = "mpv", .tones = {440, 440}});
  AudioSettings settings;
  settings.only_apps = {"mpv"};
  Listener ears;
  const auto capture = make_audio_capture(settings, ears.callbacks());
  capture->play();
  Capture control(settings);  // for which this process is just another
  ASSERT_TRUE(control.ears.wait_for_tone(440));
  ASSERT_TRUE(control.ears.wait_for_more(500ms));
  EXPECT_EQ(ears.count(), 0U) << "nothing is linked, so nothing comes";
}

TEST_F(AudioRouterTest, APlayerOfOursIsToldOfWhereItIsHeard) {
  pipewire_->start();
  AudioApp own({.name = "mpv", .tones = {440, 440}});
  AudioSettings settings;
  settings.mode = AudioMode::kMonitor;
  Listener ears;
  const auto capture = make_audio_capture(settings, ears.callbacks());
  ASSERT_TRUE(ears.wait_for_notices(1));
  EXPECT_THAT(ears.notices().at(0).what, HasSubstr("again and again"));
}

TEST_F(AudioRouterTest, NothingComesWhilePaused) {
  pipewire_->start();
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  Capture capture;
  Capture clock;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(capture.ears.wait_for_tone(440)) << i;
    capture.router.pause();
    capture.ears.forget();
    ASSERT_TRUE(clock.ears.wait_for_more(200ms));
    EXPECT_EQ(capture.ears.count(), 0U);
    capture.router.play();
  }
}

TEST_F(AudioRouterTest, OurObjectsCarryTheirOwnerAndEndWithTheCapture) {
  pipewire_->start();
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  {
    Capture capture;
    ASSERT_TRUE(capture.ears.wait_for_tone(440));
    const auto objects = PrivatePipeWire::run({"pw-dump"});
    std::size_t tags = 0;
    const std::string tag = "\"pixelpass.owner\": \"" + owner_tag() + "\"";
    for (auto at = objects.find(tag); at != std::string::npos; at = objects.find(tag, at + 1)) ++tags;
    EXPECT_GE(tags, 4U) << "a client, a node and two links";
  }
  EXPECT_THAT(PrivatePipeWire::run({"pw-dump"}), testing::Not(HasSubstr("pixelpass.owner")));
}

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

/// How far apart two times may be that say the same: less than a sound device's buffer.
constexpr double kOneQuantum = 22;  // ms

/// In milliseconds: how far each block's time is from the end of the one before.
std::vector<double> steps_between(const std::vector<Listener::Block>& blocks) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    const auto& before = blocks[i - 1];
    const auto length = std::chrono::nanoseconds(before.frames * 1'000'000'000 / kAudioRate);
    steps.push_back(std::abs(to_ms(blocks[i].captured_at - before.captured_at - length)));
  }
  return steps;
}

/// A second of sound without a hiccup. A busy machine has some; one that gives no such second in twenty has
/// something else.
bool has_even_second(Listener& ears) {
  for (int i = 0; i < 20; ++i) {
    ears.forget();
    if (!ears.wait_for_more(1s)) return false;
    const auto blocks = ears.blocks();
    for (const auto& block : blocks) EXPECT_LE(block.captured_at, block.came_at) << "in the future";
    if (std::ranges::all_of(steps_between(blocks), [](double step) { return step < 2; })) return true;
  }
  return false;
}

TEST_F(AudioRouterTest, TimesAdvanceByTheLengthOfTheBlocks) {
  pipewire_->start();
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  Capture capture;
  ASSERT_TRUE(capture.ears.wait_for_tone(440));
  EXPECT_TRUE(has_even_second(capture.ears));
}

TEST_F(AudioRouterTest, TheTimeOfABeepIsWhenItWasPlayed) {
  pipewire_->start();
  AudioApp clock({.name = "AppA", .tones = {440, 440}});
  AudioSettings settings;
  settings.excluded_apps = {"AppA"};
  Capture capture(settings);
  std::vector<double> errors;
  const auto right = [&] {
    return std::ranges::count_if(errors, [](double error) { return std::abs(error) < kOneQuantum; });
  };
  // A busy machine misplaces some beeps; a wrong time is wrong for all.
  while (errors.size() < 15 && right() < 3) {
    capture.ears.forget();
    AudioApp app({.name = "AppB", .tones = {1000, 1000}, .beep_after = 700ms});
    const auto heard_at = capture.ears.wait_for_onset(0.2F);
    ASSERT_TRUE(heard_at && app.beeped_at());
    errors.push_back(to_ms(*heard_at - *app.beeped_at()));
  }
  EXPECT_EQ(right(), 3) << testing::PrintToString(errors) << " ms";
  RecordProperty("beep_errors_ms", testing::PrintToString(errors));
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
  RefusedCalls::refuse_set_active(1);
  capture.router.play();
  EXPECT_TRUE(capture.ears.wait_for_tone(440));
  EXPECT_EQ(RefusedCalls::refused(), 1);
}

/// The context's, then the stream's: one without them would hear the microphone.
TEST_F(AudioRouterTest, WherePropertiesGetNoMemoryThereIsNoSoundUntilTheyDo) {
  pipewire_->start();
  AudioApp mic(microphone());
  AudioApp app({.name = "AppA", .tones = {440, 440}});
  RefusedCalls::refuse_properties(2);
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
