#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace pixelpass::traversal {

/// Finds out how many hops lead past all NATs of ours and no further, for AttemptSettings::near_hops: sends
/// questions with few hops towards a STUN server (IPv4), and the routers where they end tell their addresses
/// (ICMP time exceeded). The first that is no private one is beyond our NATs. From sockets of its own, a few
/// datagrams. Thread: network.
class HopProbe {
 public:
  /// Nullopt: no router has told, or all were private, for as long as we look. Called once, within a second,
  /// never from within the constructor.
  using OnDone = std::function<void(std::optional<int> near_hops)>;

  HopProbe(boost::asio::io_context& io, const SocketAddress& server, OnDone on_done);
  /// Nothing is called any more.
  ~HopProbe();
  HopProbe(const HopProbe&) = delete;
  HopProbe& operator=(const HopProbe&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

}  // namespace pixelpass::traversal
