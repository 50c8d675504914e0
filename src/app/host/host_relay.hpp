#pragma once

#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/relay_connector.hpp"

#include "app/alarm.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::app {

/// Keeps an allocation on the first of the user's relays that gives one. After a failure the next relay is
/// tried; after the last one, the first again, a while later. Thread: network.
class HostRelay {
 public:
  static constexpr Duration kPause = 5s;
  /// The lifetime of friends' credentials made from a shared secret for a ticket without an end.
  static constexpr auto kLongest = std::chrono::hours(24 * 7);

  struct Handlers {
    /// The ticket's data about the relay; nullopt: it is gone. Called again with newer credentials if the
    /// ticket outlives them, after half of kLongest.
    std::function<void(const std::optional<Relay>&)> on_change;
    /// Our outer address as the server sees it, if it was asked over UDP.
    std::function<void(const SocketAddress& server, const SocketAddress& outer)> on_outer;
    /// Called once for each relay, until it works again.
    std::function<void(const Error&)> on_error;
    std::function<void()> wake;
  };
  struct Settings {
    std::vector<traversal::RelayServer> servers;
    std::optional<UnixTime> expires_at;  ///< the ticket's: friends' credentials last as long
    std::string run;                     ///< names this run to the server: its quota counts by it
    WallClock wall_clock = system_wall_time;
  };

  /// Begins at once. The arguments outlive it.
  HostRelay(std::unique_ptr<Alarm> alarm, traversal::MakeRelayAllocation make, Settings settings,
            Handlers handlers);

  /// An event of any of the agent's relays.
  void on_event(const traversal::RelayReady& ready) { allocation_->on_event(ready); }
  void on_event(const traversal::RelayFailed& failed) { allocation_->on_event(failed); }
  /// The network may have changed: asks the relay whether it still knows us, and if not, for a new
  /// allocation.
  void look();
  /// The relay does not answer any more.
  void restart();
  /// Makes credentials for a new ticket, with its lifetime. `run` is another name if the old ticket's
  /// credentials must not use up the new one's quota: no server can be told to forget them.
  void renew_credentials(std::optional<UnixTime> expires_at, std::string run);
  /// Whether the last announcement may be about to change: a lost relay is asked for again at once.
  [[nodiscard]] bool is_in_doubt() const { return in_doubt_; }
  [[nodiscard]] bool is_over(traversal::RelayId relay) const { return ready_ && ready_->relay == relay; }
  /// Lets this address send to us over the relay.
  void permit(const SocketAddress& peer);
  void forget(const SocketAddress& peer);

 private:
  void connect();
  void restart_at(std::size_t server);
  void on_ready(const traversal::RelayAllocation::Ready& ready);
  void on_failed(const Error& why);
  void tell(const traversal::RelayAllocation::Ready& ready);
  void tell_again_in_time();
  [[nodiscard]] UnixTime friends_until() const;

  const std::unique_ptr<Alarm> alarm_;
  const traversal::MakeRelayAllocation make_;
  Settings settings_;
  const Handlers handlers_;
  std::size_t current_ = 0;
  std::vector<bool> complained_;
  std::optional<traversal::RelayAllocation::Ready> ready_;
  Instant ready_at_{};
  bool in_doubt_ = false;
  std::unique_ptr<traversal::RelayAllocation> allocation_;
};

}  // namespace pixelpass::app
