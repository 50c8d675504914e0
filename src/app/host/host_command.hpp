#pragma once

#include "pixelpass/ticket/ticket.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace pixelpass::app {

/// What a host is told while it runs, by whoever has a say.
namespace command {

/// This viewer has to go, is told so, and does not come back by itself. The ticket stays good: who has it and
/// asks anew comes in.
struct Kick {
  std::uint32_t viewer = 0;
};
/// Nobody new comes in. Who watches stays, and who was in before may come back: a short loss of the line is
/// not to cost a friend their seat. Who is to stay out is kicked.
struct Lock {};
struct Unlock {};
/// Nothing is shown, whoever watches; viewers stay, and see a card and hear silence. Where others encode they
/// keep the picture that they have.
struct Pause {};
struct Resume {};
/// The sound is shared or not. Viewers hear silence meanwhile.
struct Mute {
  bool muted = true;
};
/// Of several monitors and windows this one alone, from 1 on; 0: all of them.
struct Show {
  int source = 0;
};
/// Of the picture, from now on: the most that it gets, as far as the viewers' lines carry it.
struct SetBitrate {
  std::int64_t bits_per_second = 0;
  bool is_fixed = false;  ///< whatever the lines carry
};
/// Newcomers need the new ticket, and have it for `lifetime` (none: for good). With the old one nobody comes
/// in who was not in before. Who watches stays, unless all have to go: these are kicked, as are those who
/// were in before and have lost their line.
struct NewTicket {
  Secret secret{};
  std::optional<std::chrono::seconds> lifetime;
  bool kicks_all = false;
};
struct Stop {
  std::string reason;  ///< viewers are told
};

}  // namespace command

using HostCommand =
    std::variant<command::Kick, command::Lock, command::Unlock, command::Pause, command::Resume,
                 command::Mute, command::Show, command::SetBitrate, command::NewTicket, command::Stop>;

}  // namespace pixelpass::app
