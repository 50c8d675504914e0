#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/publish/target.hpp"

#include "publish/live_feed.hpp"
#include "publish/sender.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <memory>

namespace pixelpass::publish {

/// MPEG-TS over a TCP connection. The kernel holds only as much as the line takes at a time; everything else
/// stays in the broadcast, which drops it by groups. Thread: network.
class TcpSender final : public Sender {
 public:
  TcpSender(boost::asio::io_context& io, const Target& target, const SocketAddress& address,
            const Broadcast& broadcast, Handlers handlers);

  void on_broadcast() override { pump(); }
  [[nodiscard]] std::uint64_t bytes_sent() const override { return feed_.bytes_sent(); }
  [[nodiscard]] std::uint64_t skipped_groups() const override { return feed_.skipped_groups(); }

 private:
  /// Wraps a handler that may run after this object has gone.
  template <class What>
  auto while_alive(What what);
  void on_connected(const boost::system::error_code& error);
  void pump();
  void wait_writable();
  void watch_end();
  void fail(Error error);

  const Target target_;
  const Handlers handlers_;
  LiveFeed feed_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  std::array<char, 256> unread_{};  ///< what an engine says is not listened to
  bool is_waiting_ = false;         ///< for the kernel to take more
  bool has_failed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
};

}  // namespace pixelpass::publish
