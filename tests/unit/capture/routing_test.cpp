// Which links are made and destroyed, and when.
#include "pixelpass/capture/audio/routing.hpp"

#include "routing_machine.hpp"
#include <gmock/gmock.h>

#include <functional>
#include <random>

namespace pixelpass::capture::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Routing, AnApplicationIsLinkedSideToSide) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  EXPECT_EQ(machine.heard(), kStereo);
}

TEST(Routing, TheOrderOfEventsDoesNotMatter) {
  std::mt19937 random(7);  // NOLINT: repeatable on purpose
  for (int round = 0; round < 200; ++round) {
    Machine machine;
    std::vector<std::function<void()>> events{
        [&] { machine.routing.on_capture_node(kCapture); },
        [&] { machine.add_port(kCapture, 901, "in", 0, "FL"); },
        [&] { machine.add_port(kCapture, 902, "in", 1, "FR"); },
        [&] { machine.add_port(100, 101, "out", 0, "FL"); },
        [&] { machine.add_port(100, 102, "out", 1, "FR"); },
        [&] {
          machine.routing.on_node(100, {{"media.class", "Stream/Output/Audio"}, {"client.id", "50"}});
        },
        [&] {
          machine.routing.on_client(50, {{"application.name", "Firefox"}});
        },
        [&] {
          machine.routing.on_node(kCapture, {{"media.class", "Stream/Input/Audio"}});
        },
    };
    std::ranges::shuffle(events, random);
    for (const auto& event : events) {
      event();
      machine.settle();
    }
    ASSERT_EQ(machine.heard(), kStereo) << "round " << round;
  }
}

TEST(Routing, ALinkIsAskedForOnce) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  EXPECT_EQ(machine.routing.poll(machine.now).make.size(), 2U);
  EXPECT_THAT(machine.routing.poll(machine.now).make, IsEmpty());
  EXPECT_THAT(machine.routing.poll(machine.now + 1h).make, IsEmpty());
}

TEST(Routing, MonoGoesToBothSidesAndSurroundToItsPlaces) {
  Machine machine;
  machine.add_capture();
  machine.routing.on_node(100, {{"media.class", "Stream/Output/Audio"}});
  machine.add_outputs(100, {"MONO"});
  EXPECT_EQ(machine.heard(), (Pairs{{101, 901}, {101, 902}}));
  machine.remove_links();
  machine.remove(101);
  machine.add_outputs(100, {"FL", "FR", "FC", "LFE", "RL", "RR", "RC"});
  EXPECT_EQ(machine.heard(), (Pairs{{101, 901}, {102, 902}, {103, 903}, {105, 905}, {106, 906}, {107, 904}}));
}

TEST(Routing, WhatPipeWireMakesOfStereoForSixLoudspeakersIsNotTaken) {
  Machine machine;
  machine.add_capture();
  machine.routing.on_node(100, {{"media.class", "Stream/Output/Audio"}});
  machine.add_outputs(100, {"FL", "FR", "FC", "LFE", "RL", "RR"});
  machine.settle();
  machine.routing.on_channels(100, {"FL", "FR"});
  EXPECT_EQ(machine.heard(), kStereo);
  machine.routing.on_channels(100, {"FL", "FR", "FC", "LFE", "RL", "RR"});
  EXPECT_EQ(machine.heard(), (Pairs{{101, 901}, {102, 902}, {103, 903}, {105, 905}, {106, 906}}));
}

TEST(Routing, OfTheSpeakersWhatAnybodyPlaysIsTaken) {
  Machine machine({.mode = AudioMode::kMonitor});
  machine.add_capture();
  machine.add_device(300, "Audio/Sink", "surround");
  machine.add_outputs(300, {"FL", "FR", "FC", "LFE", "RL", "RR"}, true);
  machine.routing.on_default_sink("surround");
  const Pairs stereo{{301, 901}, {302, 902}};
  const Pairs all{{301, 901}, {302, 902}, {303, 903}, {305, 905}, {306, 906}};
  EXPECT_EQ(machine.heard(), all) << "nobody plays yet";
  machine.routing.on_channels(100, {"FL", "FR"});
  machine.add_link(7000, {100, 101, 300, 311});
  EXPECT_EQ(machine.heard(), stereo);
  machine.routing.on_channels(110, {"FC"});
  machine.add_link(7001, {110, 111, 300, 313});
  EXPECT_EQ(machine.heard(), (Pairs{{301, 901}, {302, 902}, {303, 903}}));
  machine.add_link(7002, {120, 121, 300, 311});
  EXPECT_EQ(machine.heard(), all) << "one that does not say what it plays";
  machine.remove(7001);
  machine.remove(7002);
  EXPECT_EQ(machine.heard(), stereo);
}

TEST(Routing, AStreamThatGetsOtherPortsIsLinkedAgain) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  machine.settle();
  machine.remove_links();
  for (const ObjectId port : {101U, 102U}) machine.remove(port);
  EXPECT_THAT(machine.heard(), IsEmpty());
  machine.add_port(100, 111, "out", 0, "MONO");
  EXPECT_EQ(machine.heard(), (Pairs{{111, 901}, {111, 902}}));
}

TEST(Routing, AnApplicationThatEndsAndStartsAgainIsLinkedAgain) {
  Machine machine;
  machine.add_capture();
  for (int i = 0; i < 3; ++i) {
    machine.add_app(100, "Firefox");
    EXPECT_EQ(machine.heard(), kStereo);
    machine.remove_links();
    for (const ObjectId id : {101U, 102U, 100U}) machine.remove(id);
    EXPECT_THAT(machine.heard(), IsEmpty());
    EXPECT_EQ(machine.routing.next_timeout(), std::nullopt);
  }
}

TEST(Routing, ANewCaptureNodeGetsTheLinksOfTheOldOne) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  machine.settle();
  machine.remove_links();
  for (const ObjectId id : {901U, 902U, 903U, 904U, 905U, 906U, kCapture}) machine.remove(id);
  EXPECT_THAT(machine.heard(), IsEmpty());
  machine.add_capture();
  EXPECT_EQ(machine.heard(), kStereo);
}

TEST(Routing, AForeignLinkIntoOurNodeIsDestroyedOnce) {
  Machine machine;
  machine.add_capture();
  machine.add_device(300, "Audio/Source", "mic");
  machine.add_outputs(300, {"MONO"});
  machine.add_link(7000, {300, 301, kCapture, 901});
  EXPECT_THAT(machine.routing.poll(machine.now).destroy, ElementsAre(7000));
  EXPECT_THAT(machine.routing.poll(machine.now).destroy, IsEmpty());
}

TEST(Routing, LinksBetweenOthersAreLeftAlone) {
  Machine machine;
  machine.add_capture();
  machine.add_device(300, "Audio/Source", "mic");
  machine.add_outputs(300, {"MONO"});
  machine.add_link(7000, {300, 301, 200, 201});
  EXPECT_THAT(machine.routing.poll(machine.now).destroy, IsEmpty());
}

TEST(Routing, ASecondLinkBetweenTheSamePortsIsDestroyed) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  machine.settle();
  machine.add_link(7000, {100, 101, kCapture, 901});
  EXPECT_THAT(machine.routing.poll(machine.now).destroy, ElementsAre(7000));
}

TEST(Routing, AnothersLinkThatIsWantedIsKept) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  machine.add_link(7000, {100, 101, kCapture, 901});
  const auto changes = machine.routing.poll(machine.now);
  EXPECT_THAT(changes.make, ElementsAre(Route{100, 102, kCapture, 902}));
  EXPECT_THAT(changes.destroy, IsEmpty());
}

TEST(Routing, ALinkThatCannotBeMadeIsTriedAgainEverMoreSeldom) {
  Machine machine;
  machine.add_capture();
  machine.routing.on_node(100, {{"media.class", "Stream/Output/Audio"}});
  machine.add_port(100, 101, "out", 0, "FL");
  const Route route{100, 101, kCapture, 901};
  std::vector<Duration> waits;
  for (int i = 0; i < 9; ++i) {
    ASSERT_THAT(machine.routing.poll(machine.now).make, ElementsAre(route));
    machine.routing.on_link_failed(route, machine.now);
    ASSERT_THAT(machine.routing.poll(machine.now).make, IsEmpty());
    const auto next = machine.routing.next_timeout();
    ASSERT_TRUE(next);
    ASSERT_THAT(machine.routing.poll(*next - 1ms).make, IsEmpty());
    waits.push_back(*next - machine.now);
    machine.now = *next;
  }
  EXPECT_THAT(waits, ElementsAre(100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 6400ms, 6400ms));
}

TEST(Routing, ALinkThatFailsBecauseItsPortIsGoneIsNotTriedAgain) {
  for (const bool port_goes_first : {true, false}) {
    Machine machine;
    machine.add_capture();
    machine.routing.on_node(100, {{"media.class", "Stream/Output/Audio"}});
    machine.add_port(100, 101, "out", 0, "FL");
    const auto made = machine.routing.poll(machine.now).make;
    ASSERT_EQ(made.size(), 1U);
    if (port_goes_first) machine.remove(101);
    machine.routing.on_link_failed(made[0], machine.now);
    if (!port_goes_first) machine.remove(101);
    EXPECT_THAT(machine.routing.poll(machine.now + 1h).make, IsEmpty());
    EXPECT_EQ(machine.routing.next_timeout(), std::nullopt);
    machine.add_port(100, 101, "out", 0, "FL");
    EXPECT_EQ(machine.routing.poll(machine.now).make, made) << "the number is in use again: a new port";
  }
}

TEST(Routing, ALinkThatSomebodyRemovesComesBackAfterAMoment) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  machine.settle();
  machine.remove(5000);
  EXPECT_THAT(machine.routing.poll(machine.now).make, IsEmpty());
  machine.now = machine.routing.next_timeout().value();
  EXPECT_EQ(machine.heard(), kStereo);
}

TEST(Routing, ALinkThatIsNoLongerWantedWhenItAppearsIsDestroyed) {
  Machine machine;
  machine.add_capture();
  machine.add_app(100, "Firefox");
  const auto made = machine.routing.poll(machine.now).make;
  machine.add_app(100, "Firefox", {{"media.role", "Communication"}});
  EXPECT_THAT(machine.routing.poll(machine.now).destroy, IsEmpty());
  machine.add_link(7000, made.at(0));
  EXPECT_THAT(machine.routing.poll(machine.now).destroy, ElementsAre(7000));
}

TEST(Routing, WithoutASessionManagerOurNodeHasNoPorts) {
  Machine machine;
  machine.routing.on_capture_node(kCapture);
  EXPECT_FALSE(machine.routing.has_input_ports());
  machine.add_capture();
  EXPECT_TRUE(machine.routing.has_input_ports());
  machine.remove(kCapture);
  EXPECT_FALSE(machine.routing.has_input_ports());
}

}  // namespace
}  // namespace pixelpass::capture::test
