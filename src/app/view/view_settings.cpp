#include "app/view/view_settings.hpp"

#include "pixelpass/base/machine_name.hpp"
#include "pixelpass/net/narrow_line.hpp"
#include "pixelpass/net/send_error.hpp"
#include "pixelpass/traversal/interfaces.hpp"

#include "app/doctor/preflight.hpp"

namespace pixelpass::app {
namespace {

tunnel::ViewerSettings tunnel_settings(const ViewOptions& options, const Ticket& ticket) {
  tunnel::ViewerSettings settings;
  settings.ticket = ticket;
  settings.name = options.name.empty() ? machine_name() : options.name;
  settings.latency = options.latency;
  settings.more_paths = ticket.relay.has_value() || !options.stun_servers.empty();
  return settings;
}

}  // namespace

Ticket ticket_of(const ViewOptions& options) {
  auto ticket = decode_ticket(options.ticket, system_wall_time());
  if (!ticket) throw StartupError(describe(ticket.error()));
  if (ticket->candidates.empty() && !ticket->relay)
    throw StartupError("the ticket has no address at which a machine could be reached",
                       "ask your friend to share again, on a machine with a network, and to send you the new "
                       "ticket",
                       ExitCode::kNotReachable);
  ticket->candidates = traversal::on_each_link(ticket->candidates);
  return *std::move(ticket);
}

ViewerSessionSettings session_settings(const ViewOptions& options, const Ticket& ticket) {
  return {.tunnel = tunnel_settings(options, ticket),
          .started_at = options.started_at,
          .duration = options.duration,
          .load = {},
          .player_end = options.player_end,
          .why_unsent = [](const auto& paths) { return net::why_nothing_is_sent(paths); },
          .narrow_line = [](const auto& paths) { return net::narrow_line(paths); }};
}

ChosenPlayer player_of(const ViewOptions& options) {
  auto chosen = choose_player(options.player, player_surroundings());
  if (chosen.kind == playback::PlayerKind::kVlc)
    if (const auto error = foresee_view(PlayerChoice::kVlc, players_here())) throw StartupError(*error);
  return chosen;
}

}  // namespace pixelpass::app
