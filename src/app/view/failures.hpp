#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/net/narrow_line.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/nat_kind.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include <optional>

namespace pixelpass::app {

/// What was done about a host that does not answer, and what was learnt by it.
struct WaysTried {
  bool code = false;                                      ///< one was shown, for the host to take
  traversal::NatKind nat = traversal::NatKind::kUnknown;  ///< on this side
  std::optional<Error> relay{};                           ///< why the ticket's does not work
  std::optional<int> send_error{};          ///< errno: this machine can send to none of the host's addresses
  std::optional<net::NarrowLine> narrow{};  ///< one of the ways to it
};

/// What a viewer's person is told when the tunnel has come to a final event.
Error describe(const tunnel::RefusedByHost& refused);
/// Nothing but another ticket helps.
bool needs_new_ticket(const tunnel::RefusedByHost& refused);
Error describe(const tunnel::Unreachable& unreachable, const WaysTried& ways = {});
Error describe(const tunnel::WrongHost& wrong);
/// `narrow`: the way on which it was lost, if it is one.
Error describe(const tunnel::Lost& lost, const std::optional<net::NarrowLine>& narrow = {});
/// A host lets us in each time, and so many connections in a row brought only what is refused.
Error nothing_to_pass_on(int connections);

/// Nullopt: the ticket is still good by the clock that says `now`. The host judges by its own, so that this
/// only warns.
std::optional<Notice> expiry_notice(const Ticket& ticket, UnixTime now);
/// Said where this machine's wall clock and the host's are more than five minutes apart (`ahead`: ours minus
/// the host's): tickets expire by the host's.
std::optional<Notice> clock_notice(std::optional<std::chrono::seconds> ahead);
/// Why the host sends us less than others, with what would help; or that it no longer does.
Notice left_behind_notice(const wire::LeftBehind& left);
/// The player does not show the pictures in time.
Notice slow_player_notice();

}  // namespace pixelpass::app
