// Which streams and devices are taken.
#include "routing_machine.hpp"
#include <gmock/gmock.h>

namespace pixelpass::capture::test {
namespace {

using testing::IsEmpty;

bool is_heard(const AudioSettings& settings, const std::string& app, const Properties& more = {}) {
  Machine machine(settings);
  machine.add_capture();
  machine.add_app(100, app, more);
  return machine.heard() == kStereo;
}

struct Choice {
  const char* why;
  AudioSettings settings;
  std::string app;
  Properties more;
  bool heard;
};

TEST(RoutingChoice, ApplicationsAreChosenByTheSettings) {
  const AudioSettings all;
  AudioSettings only, but, calls, both, discord, loop;
  only.only_apps = {"firefox", "mpv"};
  but.excluded_apps = {"spotify"};
  calls.communication_apps = {"Our Phone"};
  both.only_apps = {"firefox"};
  both.excluded_apps = {"nightly"};
  discord.only_apps = {"discord"};
  loop.only_apps = {"loop"};
  const std::vector<Choice> choices{
      {"an application", all, "Firefox", {}, true},
      {"without any name", all, "", {}, true},
      {"a call", all, "Discord", {}, false},
      {"a call by its program", all, "Chromium", {{"application.process.binary", "vesktop"}}, false},
      {"a call by its node", all, "Chromium", {{"node.name", "teams-for-linux"}}, false},
      {"a call by its Flatpak", all, "x", {{"pipewire.access.portal.app_id", "us.zoom.Zoom"}}, false},
      {"a call by its role", all, "Firefox", {{"media.role", "Communication"}}, false},
      {"a call by PulseAudio's role", all, "Firefox", {{"media.role", "phone"}}, false},
      {"another role", all, "Firefox", {{"media.role", "Music"}}, true},
      {"named", only, "Firefox Web Browser", {}, true},
      {"named by its program", only, "player", {{"application.process.binary", "mpv"}}, true},
      {"not named", only, "Spotify", {}, false},
      {"excluded", but, "Spotify", {}, false},
      {"not excluded", but, "Firefox", {}, true},
      {"a call, others excluded", but, "Discord", {}, false},
      {"a call that is named", discord, "Discord", {}, true},
      {"a call of the user's list", calls, "our phone", {}, false},
      {"a call of the built-in list, with a user's", calls, "Discord", {}, false},
      {"named, and not excluded", both, "Firefox", {}, true},
      {"named and excluded", both, "Firefox Nightly", {}, false},
      {"our own player", all, "mpv", {{"application.process.id", "4711"}}, false},
      {"our own player, though it is named", only, "mpv", {{"application.process.id", "4711"}}, false},
      {"another's player", all, "mpv", {{"application.process.id", "4712"}}, true},
      {"what a pixelpass made", all, "x", {{"pixelpass.owner", "1-1"}}, false},
      {"what passes other sound on", all, "loop", {{"node.link-group", "loopback-1"}}, false},
      {"the same, though it is named", loop, "loop", {{"node.link-group", "loopback-1"}}, false},
      {"a phone over Bluetooth", all, "phone", {{"device.id", "33"}}, false},
      {"the same by its kind", all, "phone", {{"device.api", "bluez5"}}, false},
  };
  for (const auto& choice : choices)
    EXPECT_EQ(is_heard(choice.settings, choice.app, choice.more), choice.heard) << choice.why;
}

TEST(RoutingChoice, NothingButPlaybackStreamsAreTakenAsApplications) {
  for (const char* media_class : {"Audio/Source", "Audio/Source/Virtual", "Audio/Sink", "Audio/Duplex",
                                  "Stream/Input/Audio", "Stream/Output/Video", "Video/Source", ""}) {
    Machine machine;
    machine.add_capture();
    machine.add_device(100, media_class, "it");
    machine.routing.on_default_sink("it");
    machine.routing.on_default_source("it");
    machine.add_outputs(100, {"FL", "FR"});
    machine.add_port(100, 103, "out", 0, "FL", true);
    EXPECT_THAT(machine.heard(), IsEmpty()) << media_class;
  }
}

TEST(RoutingChoice, PortsThatCarryNoSoundAreLeftAlone) {
  Machine machine;
  machine.add_capture();
  machine.routing.on_node(100, {{"media.class", "Stream/Output/Audio"}});
  machine.routing.on_port(101,
                          {{"node.id", "100"}, {"port.direction", "out"}, {"format.dsp", "8 bit raw midi"}});
  machine.routing.on_port(102, {{"node.id", "100"}, {"port.direction", "out"}});
  EXPECT_THAT(machine.heard(), IsEmpty());
}

TEST(RoutingChoice, AStreamWaitsUntilItsClientIsKnown) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Chromium", {{"client.id", "50"}});
  EXPECT_THAT(machine.heard(), IsEmpty()) << "it may be a call";
  machine.routing.on_client(50, {{"application.process.binary", "Discord"}});
  EXPECT_THAT(machine.heard(), IsEmpty());
  machine.routing.on_client(50, {{"application.process.binary", "chromium"}});
  EXPECT_EQ(machine.heard(), kStereo);
}

TEST(RoutingChoice, ACallWhoseClientGoesFirstIsNotHeardInItsLastMoment) {
  Machine machine;
  machine.add_capture();
  machine.routing.on_client(50, {{"application.process.binary", "Discord"}});
  machine.add_app(100, "Chromium", {{"client.id", "50"}});
  machine.remove(50);
  EXPECT_THAT(machine.heard(), IsEmpty());
  machine.add_app(100, "Chromium", {{"client.id", "50"}, {"media.name", "anew"}});
  EXPECT_THAT(machine.heard(), IsEmpty());
}

TEST(RoutingChoice, AClientsProcessTellsWhoseAStreamIs) {
  for (const char* key : {"application.process.id", "pipewire.sec.pid"}) {
    Machine machine;
    machine.add_capture();
    machine.add_app(100, "mpv", {{"client.id", "50"}});
    machine.routing.on_client(50, {{key, "4711"}});
    EXPECT_THAT(machine.heard(), IsEmpty()) << key;
  }
}

TEST(RoutingChoice, AStreamThatTurnsOutToBeACallIsUnlinked) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  EXPECT_EQ(machine.heard(), kStereo);
  machine.add_app(100, "Firefox", {{"media.role", "Communication"}});
  EXPECT_THAT(machine.heard(), IsEmpty());
  machine.add_app(100, "Firefox");
  EXPECT_EQ(machine.heard(), kStereo) << "and back";
}

TEST(RoutingChoice, TheMonitorFollowsTheDefaultOutput) {
  Machine machine({.mode = AudioMode::kMonitor});
  machine.add_capture();
  for (const ObjectId id : {300U, 400U}) {
    machine.add_device(id, "Audio/Sink", "sink" + std::to_string(id));
    machine.add_outputs(id, {"FL", "FR"}, true);
    machine.add_port(id, id + 10, "in", 0, "FL");
  }
  machine.add_app(100, "Firefox");
  EXPECT_THAT(machine.heard(), IsEmpty()) << "no default yet";
  machine.routing.on_default_sink("sink300");
  EXPECT_EQ(machine.heard(), (Pairs{{301, 901}, {302, 902}}));
  machine.routing.on_default_sink("sink400");
  EXPECT_EQ(machine.heard(), (Pairs{{401, 901}, {402, 902}}));
  machine.routing.on_default_sink("");
  EXPECT_THAT(machine.heard(), IsEmpty());
}

TEST(RoutingChoice, TheMonitorOfADuplexDeviceIsNotItsMicrophone) {
  Machine machine({.mode = AudioMode::kMonitor});
  machine.add_capture();
  machine.add_device(300, "Audio/Duplex", "card");
  machine.add_port(300, 301, "out", 0, "FL", true);
  machine.add_port(300, 302, "out", 0, "FL", false);
  machine.routing.on_default_sink("card");
  machine.routing.on_default_source("card");
  EXPECT_EQ(machine.heard(), (Pairs{{301, 901}}));
}

TEST(RoutingChoice, TheMonitorTakesNoSourceOfTheDefaultOutputsName) {
  Machine machine({.mode = AudioMode::kMonitor});
  machine.add_capture();
  machine.add_device(300, "Audio/Source", "it");
  machine.add_outputs(300, {"FL", "FR"}, true);
  machine.routing.on_default_sink("it");
  EXPECT_THAT(machine.heard(), IsEmpty());
}

TEST(RoutingChoice, OnlyTheMicrophoneModeTakesTheMicrophone) {
  for (const auto mode : {AudioMode::kApps, AudioMode::kMonitor, AudioMode::kMic}) {
    Machine machine({.mode = mode});
    machine.add_capture();
    machine.add_device(300, "Audio/Source", "mic");
    machine.add_outputs(300, {"MONO"});
    machine.add_device(400, "Audio/Sink", "speakers");
    machine.routing.on_default_source("mic");
    machine.routing.on_default_sink("speakers");
    const Pairs both_sides{{301, 901}, {301, 902}};
    EXPECT_EQ(machine.heard(), mode == AudioMode::kMic ? both_sides : Pairs{});
  }
}

TEST(RoutingChoice, TheMicrophoneModeTakesNothingElse) {
  Machine machine({.mode = AudioMode::kMic});
  machine.add_capture();
  machine.add_app(100, "Firefox");
  machine.add_device(300, "Audio/Source", "other");
  machine.add_outputs(300, {"FL", "FR"});
  machine.add_device(400, "Audio/Sink", "speakers");
  machine.add_outputs(400, {"FL", "FR"}, true);
  machine.routing.on_default_source("speakers");
  EXPECT_THAT(machine.heard(), IsEmpty()) << "a machine without a microphone has an output as its default";
}

TEST(RoutingChoice, OnlyAMicrophoneIsKeptAwake) {
  EXPECT_TRUE(Machine({.mode = AudioMode::kApps}).routing.waits_for_others());
  EXPECT_TRUE(Machine({.mode = AudioMode::kMonitor}).routing.waits_for_others());
  EXPECT_FALSE(Machine({.mode = AudioMode::kMic}).routing.waits_for_others());
}

TEST(RoutingChoice, APlayerOfOursIsNoticedWhereItCannotBeLeftOut) {
  for (const auto mode : {AudioMode::kApps, AudioMode::kMonitor}) {
    Machine machine({.mode = mode});
    machine.add_capture();
    machine.add_app(100, "Firefox");
    EXPECT_FALSE(machine.routing.hears_a_player_of_ours());
    machine.add_app(200, "mpv", {{"application.process.id", "4711"}});
    EXPECT_EQ(machine.routing.hears_a_player_of_ours(), mode == AudioMode::kMonitor);
  }
}

}  // namespace
}  // namespace pixelpass::capture::test
