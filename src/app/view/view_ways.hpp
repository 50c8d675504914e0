#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/view/view.hpp"
#include "pixelpass/base/backoff.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/gather.hpp"

#include "app/view/reply_offer.hpp"
#include "app/view/view_relay.hpp"
#include "app/view/viewer_session.hpp"
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::app {

/// How a viewer reaches its host if the ticket's addresses alone do not suffice: first over the ticket's
/// relay, from there by a hole that both punch; without a relay by a code that the user sends back to the
/// host's friend. Stands between the socket and the session. Thread: network.
class ViewWays {
 public:
  struct Settings {
    Ticket ticket;
    std::vector<traversal::StunServer> stun_servers;
    SocketAddress bound;
    std::function<void()> wake;  ///< the driver
  };

  /// `session` and `events` outlive it.
  ViewWays(boost::asio::io_context& io, ViewerSession& session, EventSink& events, Settings settings);

  /// What the driver calls.
  net::DatagramCore& core() { return agent_; }
  void start();
  /// To be called after each turn of the driver.
  void on_turn(Instant now);
  /// The next flush is the last.
  void leave() { agent_.leave(); }

 private:
  traversal::Gatherer::Handlers gather_handlers();
  void connect_relay();
  void do_without_relay();
  void handle(const traversal::Reflexive& reflexive);
  void handle(const traversal::NoReflexive& none);
  void handle(const traversal::RelayReady& ready);
  void handle(const traversal::RelayFailed& failed);
  void handle(const traversal::RelaySilent& silent);
  void handle(const traversal::RelayPermitted& permitted);
  void handle(const traversal::RelayPeerRefused&) {}
  void handle(const traversal::PathFound& found);
  void handle(const traversal::PunchFailed& failed);
  void gather();
  void make_tag();
  void leave_tag();
  void introduce(Instant now);
  void meet(const tunnel::HostCandidates& host, Instant now);
  void punch(Duration duration, Instant now);
  void on_lost(Instant now);
  void after(boost::asio::steady_timer& timer, Duration time, void (ViewWays::*what)());

  boost::asio::io_context& io_;
  ViewerSession& session_;
  const Settings settings_;
  traversal::Agent agent_;
  ReplyOffer reply_;
  boost::asio::steady_timer again_timer_;
  boost::asio::steady_timer without_timer_;
  std::unique_ptr<traversal::Gatherer> gatherer_;  ///< once it is needed
  std::unique_ptr<ViewRelay> relay_;               ///< the ticket's, if it has one
  std::optional<traversal::Gathered> found_;
  Bytes tag_;                   ///< that the host was told last: names our attempts
  bool is_introduced_ = false;  ///< the host was told where we are, with this tag
  std::optional<traversal::AttemptId> attempt_;
  Instant attempt_until_{};
  std::vector<SocketAddress> theirs_;  ///< where the host is, as it says itself
  Backoff backoff_;                    ///< of attempts to punch
  bool is_here_ = false;               ///< something comes from the host
  bool is_direct_ = false;             ///< and by a direct path
};

}  // namespace pixelpass::app
