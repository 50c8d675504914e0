#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/relay_connector.hpp"

#include "app/alarm.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace pixelpass::app {

/// Keeps an allocation on the ticket's relay, from which the host's relayed address can be reached. A lost
/// allocation, or one that does not come, is asked for again. Thread: network.
class ViewRelay {
 public:
  /// The pauses between two tries of a relay that does not work, at first and at most.
  static constexpr Duration kPause = 3s;
  static constexpr Duration kLongestPause = 30s;
  /// How many allocations are tried: a server with several relay addresses hands them out in turn, and the
  /// host permits only one of them.
  static constexpr int kMaxAllocations = 4;

  struct Handlers {
    /// The path over which the host's relay is reached from now on; called again when that is over.
    std::function<void(const net::Path&)> on_path;
    std::function<void(const net::Path&)> on_path_lost;
    /// The outcome of a try; nullopt: there is an allocation.
    std::function<void(const std::optional<Error>&)> on_tried;
    /// Our outer address as the server sees it, if it was asked over UDP.
    std::function<void(const SocketAddress& server, const SocketAddress& outer)> on_outer;
    std::function<void()> wake;
  };

  /// Begins at once. The arguments outlive it.
  ViewRelay(std::unique_ptr<Alarm> alarm, traversal::MakeRelayAllocation make, Relay relay,
            Handlers handlers);

  /// An event of any of the agent's relays.
  void on_event(const traversal::RelayReady& ready) { allocation_->on_event(ready); }
  void on_event(const traversal::RelayFailed& failed) { allocation_->on_event(failed); }
  void on_event(const traversal::RelaySilent& silent);
  void on_event(const traversal::RelayPermitted& permitted);
  /// The network may have changed: asks the relay whether it still knows us, and if not, for a new
  /// allocation.
  void look();
  /// The host has gone: the same, if there is an allocation.
  void doubt();

 private:
  void connect();
  void connect_after(Duration pause);
  void drop();
  void on_ready(const traversal::RelayAllocation::Ready& ready);
  void on_failed(const Error& why);
  [[nodiscard]] net::Path path_from(const SocketAddress& relayed) const;

  const std::unique_ptr<Alarm> alarm_;
  const traversal::MakeRelayAllocation make_;
  const Relay relay_;
  const Handlers handlers_;
  std::unique_ptr<traversal::RelayAllocation> allocation_;
  std::optional<traversal::RelayAllocation::Ready> ready_;
  Instant ready_at_{};
  Backoff backoff_{kPause, kLongestPause};
  int allocations_ = 0;  ///< made in a row, until one is where the host lets us in from
};

}  // namespace pixelpass::app
