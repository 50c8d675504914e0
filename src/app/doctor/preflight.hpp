#pragma once

#include "pixelpass/app/doctor/doctor_facts.hpp"

#include "app/view/player_choice.hpp"

#include <optional>

namespace pixelpass::app {

/// What doctor would say of a start that is about to fail, in place of what GStreamer or a player says, and
/// before the user is asked for anything. Only what is known in milliseconds is looked at. What a start finds
/// out by itself and says as well (the bus, the portal, PipeWire, the X server, encoders, a player that is
/// not installed) is left to it.

/// What sharing the screen needs: GStreamer's elements. Pure.
std::optional<Error> foresee_host(const ElementFacts& elements);
/// What watching needs in the player that will be chosen: VLC without its plugins shows nothing. Pure.
std::optional<Error> foresee_view(PlayerChoice choice, const PlayerFacts& players);

/// This machine's facts. Starts GStreamer.
ElementFacts elements_here();
/// This machine's players, without their versions: none is run.
PlayerFacts players_here();

}  // namespace pixelpass::app
