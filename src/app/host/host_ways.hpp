#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/host/host.hpp"
#include "pixelpass/ticket/reply_code.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/gather.hpp"
#include "pixelpass/traversal/port_mapper.hpp"

#include "app/host/host_page.hpp"
#include "app/host/host_relay.hpp"
#include "app/host/host_session.hpp"
#include "app/host/met_viewers.hpp"
#include "app/host/ticket_teller.hpp"
#include "app/host/ticket_terms.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::app {

/// How friends get to this host: its addresses, which the ticket and present viewers get; a mapping on the
/// router; a relay; holes punched for viewers who tell their addresses. Stands between the socket and the
/// session. Thread: network.
class HostWays {
 public:
  struct Settings {
    const HostOptions& options;
    const TicketTerms& terms;
    SocketAddress bound;
    std::function<void()> wake;  ///< the driver
    HostPage* page = nullptr;    ///< hears of tickets, and of another network; null: there is none
  };

  /// `session`, `events` and the objects that the settings refer to outlive it.
  HostWays(boost::asio::io_context& io, HostSession& session, EventSink& events, Settings settings);

  /// What the driver calls.
  net::DatagramCore& core() { return agent_; }
  /// Begins to look for ways.
  void start() { gatherer_.start(); }
  /// The host shares: TicketReady follows within a second or so of start(), and again when there is a better
  /// ticket. Before, no ticket is given out; one of a stored identity may be used.
  void tell_tickets();
  /// To be called after each turn of the driver.
  void on_turn(Instant now);
  /// The next flush is the last.
  void leave() { agent_.leave(); }
  void on_reply_code(const ReplyCode& code);
  /// The viewer came in; if it had sent a reply code, that is done.
  void on_joined(const net::Path& path);
  void on_left(std::uint32_t viewer, Instant now) { met_.on_left(viewer, now); }
  /// The ticket's terms have changed; TicketReady follows at once if there has been one.
  void on_new_terms();

 private:
  traversal::Gatherer::Handlers gather_handlers();
  MetViewers::Handlers met_handlers();
  HostRelay::Handlers relay_handlers();
  void handle(const traversal::Reflexive& reflexive);
  void handle(const traversal::NoReflexive& none) { gatherer_.on_no_reflexive(none.server); }
  void handle(const traversal::RelayReady& ready);
  void handle(const traversal::RelayFailed& failed);
  void handle(const traversal::RelaySilent& silent);
  void handle(const traversal::RelayPermitted&) {}
  void handle(const traversal::RelayPeerRefused&) {}
  void handle(const traversal::PathFound& found) { codes_.erase(found.attempt); }  ///< the viewer dials it
  void handle(const traversal::PunchFailed& failed);
  void on_gathered(const traversal::Gathered& found);
  void on_relay(const std::optional<Relay>& relay);
  void on_network_change();
  void tell_ticket();

  const Settings settings_;
  HostSession& session_;
  EventSink& events_;
  traversal::Agent agent_;
  traversal::Gatherer gatherer_;
  TicketTeller ticket_;
  MetViewers met_;
  std::unique_ptr<traversal::PortMapper> mapper_;
  std::unique_ptr<HostRelay> relay_;
  bool relay_waited_for_ = false;                    ///< by the gatherer, for its first list
  std::map<traversal::AttemptId, ReplyCode> codes_;  ///< that have led nowhere yet
};

}  // namespace pixelpass::app
