#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/net/narrow_line.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/nat_kind.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include <optional>

namespace pixelpass::app {

/// What was tried to reach a host that does not answer, and what was learnt.
struct WaysTried {
  bool code = false;                                      ///< one was shown, for the host to take
  traversal::NatKind nat = traversal::NatKind::kUnknown;  ///< on this side
  std::optional<Error> relay{};                           ///< why the ticket's does not work
  std::optional<int> send_error{};          ///< errno: this machine can send to none of the host's addresses
  std::optional<net::NarrowLine> narrow{};  ///< one of the ways to it
};

/// The error for a viewer's user when the tunnel has ended.
Error describe(const tunnel::RefusedByHost& refused);
/// Whether only another ticket helps.
bool needs_new_ticket(const tunnel::RefusedByHost& refused);
Error describe(const tunnel::Unreachable& unreachable, const WaysTried& ways = {});
Error describe(const tunnel::WrongHost& wrong);
/// `narrow`: the line over which it was lost, if it is narrow.
Error describe(const tunnel::Lost& lost, const std::optional<net::NarrowLine>& narrow = {});
/// The host let us in, but so many connections in a row brought only data that is refused.
Error nothing_to_pass_on(int connections);

/// A warning if the ticket has expired by the clock that says `now`; nullopt: it has not. The host decides by
/// its own clock.
std::optional<Notice> expiry_notice(const Ticket& ticket, UnixTime now);
/// A notice if this machine's wall clock and the host's are more than five minutes apart (`ahead`: ours minus
/// the host's): tickets expire by the host's.
std::optional<Notice> clock_notice(std::optional<std::chrono::seconds> ahead);
/// Why the host sends us less than others, with what would help; or that this is over.
Notice left_behind_notice(const wire::LeftBehind& left);
/// The host shares, and nothing of it can be shown.
Notice no_picture_notice();
/// The player does not show the pictures in time.
Notice slow_player_notice();

}  // namespace pixelpass::app
