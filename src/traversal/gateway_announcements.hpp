#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>

namespace pixelpass::traversal {

/// Hears what gateways say to all of a network when they have begun anew (RFC 6887, 14.1.3, and RFC
/// 6886, 3.2.1). Where the port cannot be had, renewals find out later. Thread: network.
class GatewayAnnouncements {
 public:
  /// `from`: without a port.
  using OnBytes = std::function<void(const SocketAddress& from, ByteView bytes)>;

  GatewayAnnouncements(boost::asio::io_context& io, OnBytes on_bytes);

 private:
  using Socket = boost::asio::posix::stream_descriptor;

  void listen(Socket& socket, Descriptor fd);
  void wait(Socket& socket);
  void read(Socket& socket);

  Socket v4_;  // two: one for both gets no multicast of IPv4
  Socket v6_;
  OnBytes on_bytes_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace pixelpass::traversal
