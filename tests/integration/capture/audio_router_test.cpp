// Sound over a PipeWire of the test's own: what is heard, and what is not.
#include "pixelpass/base/owner.hpp"

#include "audio_router_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spa/param/audio/raw.h>

#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::capture::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

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

}  // namespace
}  // namespace pixelpass::capture::test
