#pragma once

#include "pixelpass/app/doctor/doctor_facts.hpp"

#include "app/view/player_choice.hpp"

#include <optional>

namespace pixelpass::app {

/// What doctor would say about a start that is about to fail, instead of what GStreamer or a player says, and
/// before the user is asked for anything. Only facts that are known within milliseconds are checked. Problems
/// that a start itself detects and reports (the bus, the portal, PipeWire, the X server, encoders, a player
/// that is not installed) are left to it.

/// Checks what sharing the screen needs: GStreamer's elements. Pure.
std::optional<Error> foresee_host(const ElementFacts& elements);
/// Checks what watching needs of the player that will be used: VLC without its plugins shows nothing. Pure.
std::optional<Error> foresee_view(PlayerChoice choice, const PlayerFacts& players);

/// This machine's facts. Starts GStreamer.
ElementFacts elements_here();
/// This machine's players, without their versions: none is run.
PlayerFacts players_here();

}  // namespace pixelpass::app
