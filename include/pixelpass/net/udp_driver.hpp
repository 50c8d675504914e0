#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/net/path.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace pixelpass::net {

/// Runs a DatagramCore over one UDP socket and one timer: reads with recvmmsg and GRO, sends with GSO and
/// ECN, reads the clock once a wake-up. Thread: network.
class UdpDriver {
 public:
  /// Binds; an unspecified address gives a dual-stack socket where there is IPv6.
  /// Throws StartupError when the address is in use or not ours.
  UdpDriver(boost::asio::io_context& io, const SocketAddress& bind);
  ~UdpDriver();

  /// The address that it is bound to, with the port that was chosen.
  [[nodiscard]] SocketAddress local() const;

  /// Gives datagrams to `core` from now on. `on_turn` is called after each wake-up, with the events waiting
  /// in the core. Both outlive the driver's stop().
  void start(DatagramCore& core, std::function<void(Instant now)> on_turn);
  /// Something was given to the core from outside: flush soon (once per turn of the io_context, however often
  /// this is called).
  void wake();
  /// Flushes at once what the core still has (a bye), then stops for good.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

}  // namespace pixelpass::net
