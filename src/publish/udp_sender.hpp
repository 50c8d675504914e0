#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/mpegts/ts_packet.hpp"
#include "pixelpass/publish/target.hpp"

#include "publish/live_feed.hpp"
#include "publish/sender.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace pixelpass::publish {

/// MPEG-TS in datagrams of up to seven packets, which every receiver supports. There are no answers: that
/// nobody listens is told once, and sending goes on, since a receiver may begin at any keyframe.
/// Thread: network.
class UdpSender final : public Sender {
 public:
  static constexpr std::size_t kDatagramBytes = 7 * kTsPacketBytes;

  UdpSender(boost::asio::io_context& io, const Target& target, const SocketAddress& address,
            const Broadcast& broadcast, Handlers handlers);

  void on_broadcast() override { pump(); }
  [[nodiscard]] std::uint64_t bytes_sent() const override { return feed_.bytes_sent(); }
  [[nodiscard]] std::uint64_t skipped_groups() const override { return feed_.skipped_groups(); }

 private:
  boost::system::error_code open(const SocketAddress& address);
  void pump();
  /// Sends one datagram. False: not possible now.
  bool send_one();
  void go_on_later();
  void on_error(int error);

  const Target target_;
  const Handlers handlers_;
  LiveFeed feed_;
  boost::asio::ip::udp::socket socket_;
  boost::asio::steady_timer pace_;
  bool is_waiting_ = false;
  bool has_told_refusal_ = false;
  bool has_failed_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
};

}  // namespace pixelpass::publish
