#pragma once

#include "pixelpass/ticket/ticket.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace pixelpass::app {

/// Commands to a running host.
namespace command {

/// Kicks this viewer, who is told so, and does not come back by itself. The ticket stays valid: whoever has
/// it can come in again.
struct Kick {
  std::uint32_t viewer = 0;
};
/// Lets nobody new in. Viewers stay, and those who were in before may return: a short loss of the line must
/// not cost a friend their place. To keep somebody out, kick them.
struct Lock {};
struct Unlock {};
/// Shows nothing, whoever watches; viewers stay connected, see a card and hear silence. A stream that others
/// encode keeps its last picture instead.
struct Pause {};
struct Resume {};
/// Shares the sound or not. Viewers hear silence meanwhile.
struct Mute {
  bool muted = true;
};
/// Shows one of several monitors and windows alone, from 1 on; 0: all of them.
struct Show {
  int source = 0;
};
/// Sets the most that the picture's bitrate may be from now on; less where the viewers' lines carry less.
struct SetBitrate {
  std::int64_t bits_per_second = 0;
  bool is_fixed = false;  ///< whatever the lines carry
};
/// Makes a new ticket, valid for `lifetime` (none: for good). With the old one only viewers who were in
/// before may return. Viewers stay, unless all have to go: then they are kicked, as are those who have just
/// lost their line.
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
