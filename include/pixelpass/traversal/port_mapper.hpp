#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/traversal/port_mapping.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::traversal {

/// Has the default gateways keep a port open: for IPv4 a mapping, for each global IPv6 address a pinhole.
/// PCP is asked first, then NAT-PMP; UPnP is searched for at the same time. The first that works is kept, the
/// others are given back. It is renewed at half of its lifetime, made anew where the gateway has lost it, and
/// given back at the end. Thread: network; what waits by nature has a thread of its own. Packets go to the
/// default gateways alone, and the search for UPnP to its multicast group on their networks.
class PortMapper {
 public:
  struct Failure {
    bool is_v6 = false;
    std::string why;  ///< "PCP: no answer; NAT-PMP: no answer; UPnP: no router answers"
  };
  /// On the network thread, and never from within a call of ours.
  struct Handlers {
    /// Again whenever the outer address has changed: the earlier one of the same `inner` is gone then.
    std::function<void(const PortMapping&)> on_mapped;
    /// The router does not keep it any more. It is asked for again.
    std::function<void(const PortMapping&)> on_lost;
    /// No method has worked: told once for each family until restart(); it is tried again ten minutes later.
    std::function<void(const Failure&)> on_failed;
  };
  struct Settings {
    MappedTransport transport = MappedTransport::kUdp;
    /// How long a mapping lasts when nobody renews it, such as after a crash. 20 minutes: two packets in that
    /// time.
    std::chrono::seconds lifetime = 20min;
    /// A method that has not worked by then has failed.
    Duration patience = 15s;
    /// The pause after a failure.
    Duration pause = 10min;
  };

  /// `bound`: where the socket that is to be reached is bound, of the transport that the settings name. Of a
  /// loopback address nothing is mapped, of another definite one that one alone. Begins at once, and returns
  /// at once.
  PortMapper(boost::asio::io_context& io, const SocketAddress& bound, Handlers handlers, Settings settings);
  PortMapper(boost::asio::io_context& io, const SocketAddress& bound, Handlers handlers)
      : PortMapper(io, bound, std::move(handlers), Settings()) {}
  /// Gives back what is mapped, which takes two round trips to the router, and no more than half a second.
  ~PortMapper();
  PortMapper(const PortMapper&) = delete;
  PortMapper& operator=(const PortMapper&) = delete;

  /// The network has become another one: everything begins anew, with the gateways that there are now.
  /// Nothing more is said of what was mapped before.
  void restart();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pixelpass::traversal
