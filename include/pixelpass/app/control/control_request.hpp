#pragma once

#include "pixelpass/base/error.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::app {

/// The commands that a running host takes over its control socket.
enum class ControlCommand : std::uint8_t {
  kStatus,
  kTicket,
  kReply,
  kKick,
  kLock,
  kUnlock,
  kPause,
  kResume,
  kMute,
  kUnmute,
  kShow,
  kBitrate,
  kScreen,
  kStop,
};

struct ControlName {
  ControlCommand command;
  std::string_view name;  ///< on the command line and on the socket alike
  const char* help;
};

/// The table of the commands' names.
inline constexpr std::array<ControlName, 14> kControlNames = {{
    {ControlCommand::kStatus, "status", "What the running host shares, and who watches"},
    {ControlCommand::kTicket, "ticket", "The running host's ticket"},
    {ControlCommand::kReply, "reply", "Hand the running host the code that a viewer was shown"},
    {ControlCommand::kKick, "kick", "Send a viewer away; it does not come back by itself"},
    {ControlCommand::kLock, "lock", "Let nobody new in; who was in before may come back"},
    {ControlCommand::kUnlock, "unlock", "Let newcomers in again"},
    {ControlCommand::kPause, "pause", "Show viewers a card in place of the screen, without sound"},
    {ControlCommand::kResume, "resume", "Go on after a pause"},
    {ControlCommand::kMute, "mute", "Share no sound; viewers hear silence"},
    {ControlCommand::kUnmute, "unmute", "Share the sound again"},
    {ControlCommand::kShow, "show", "Of several monitors or windows, one alone, or all side by side"},
    {ControlCommand::kBitrate, "bitrate", "Most bits a second, for the picture; fixed:RATE follows no line"},
    {ControlCommand::kScreen, "screen", "Share another screen: the desktop asks which; on X11 the next one"},
    {ControlCommand::kStop, "stop", "End the running host"},
}};

std::string_view name_of(ControlCommand command);
std::optional<ControlCommand> control_command(std::string_view name);

struct ControlRequest {
  ControlCommand command = ControlCommand::kStatus;
  std::uint32_t viewer = 0;  ///< kKick: its number
  std::string code;          ///< kReply: as it was pasted
  /// kBitrate: bits a second, from kMinBitrate to kMaxBitrate.
  std::int64_t bitrate_bps = 0;
  bool renew = false;  ///< kTicket: a new one; the old one lets nobody new in
  int source = 0;      ///< kShow: this one alone, from 1 on; 0: all
  bool fixed = false;  ///< kBitrate: it follows no line; otherwise it is the most that the lines get
  /// kScreen on X11: a monitor's name or number. With the portal: the dialog offers monitors alone. None:
  /// any, or the next one.
  std::optional<std::string> monitor = std::nullopt;
  bool cancel = false;  ///< kScreen: the choice that is under way is taken back
  bool kick = false;    ///< kTicket, with `renew`: who watches is sent away
};

/// Takes a request's answer, which is its fields or an error. Called once at most.
using ControlReply = std::function<void(const Result<boost::json::object>&)>;

}  // namespace pixelpass::app
