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

/// How friends get to this host: where it may be reached, on the ticket and told to those who are here; a
/// mapping on the router, a relay; holes that are punched for viewers who say where they are. Stands between
/// the socket and the session. Thread: network.
class HostWays {
 public:
  struct Settings {
    const HostOptions& options;
    const TicketTerms& terms;
    SocketAddress bound;
    std::function<void()> wake;  ///< the driver
    HostPage* page = nullptr;    ///< hears of tickets, and of another network; null: there is none
  };

  /// `session`, `events` and what the settings refer to outlive it.
  HostWays(boost::asio::io_context& io, HostSession& session, EventSink& events, Settings settings);

  /// What the driver drives.
  net::DatagramCore& core() { return agent_; }
  /// Looks for ways.
  void start() { gatherer_.start(); }
  /// The host shares: TicketReady follows within a second or so of start(), and again when there is a better
  /// one. Before, nobody is given one; who has one of an identity's may use it.
  void tell_tickets();
  /// After each turn of the driver.
  void on_turn(Instant now);
  /// The next flush is the last.
  void leave() { agent_.leave(); }
  void on_reply_code(const ReplyCode& code);
  /// Whoever's code it was has come in.
  void on_joined(const net::Path& path);
  void on_left(std::uint32_t viewer, Instant now) { met_.on_left(viewer, now); }
  /// The terms have changed; TicketReady follows at once where there has been one.
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
