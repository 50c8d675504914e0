#pragma once

#include "pixelpass/base/own_file.hpp"

#include "traversal/pcp_client.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace pixelpass::traversal {

/// Drives a PcpClient over a socket of its own that is connected to the gateway, so that the kernel drops
/// what others send. Thread: network. Lives until it is over, whoever else lets go of it.
class PcpMapping : public std::enable_shared_from_this<PcpMapping> {
 public:
  /// Never called from within a call of ours, and never after release().
  using OnEvent = std::function<void(const PcpClient::Event&)>;

  /// `inner`: its address is what the mapping is for, and what we send from; its port is the one to be
  /// opened. `gateway`: its port is not looked at.
  static std::shared_ptr<PcpMapping> make(boost::asio::io_context& io, const PcpClient::Settings& settings,
                                          const SocketAddress& gateway, OnEvent on_event);

  void start();
  void on_announcement(const PcpResponse& announcement);
  void renew();
  /// Begins to give the mapping back; the first request has left when it returns.
  void release();
  /// Waits until what was mapped is given back, or this moment. After release().
  void finish(Instant deadline);

 private:
  PcpMapping(boost::asio::io_context& io, Descriptor socket, const PcpClient::Settings& settings,
             OnEvent on_event);

  void drive();
  void read();
  void wait_readable();
  void wait_timeout();

  boost::asio::io_context& io_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;
  PcpClient client_;
  OnEvent on_event_;
  bool gives_back_ = false;  ///< something that was mapped
};

}  // namespace pixelpass::traversal
