#pragma once

#include "pixelpass/traversal/stun_message.hpp"

#include <boost/asio/ip/udp.hpp>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace pixelpass {

/// A STUN server on loopback that answers binding requests, on the test's own thread.
class TinyStunServer {
 public:
  using udp = boost::asio::ip::udp;
  /// What it says that it sees; nullopt: it does not answer.
  using Sees = std::function<std::optional<SocketAddress>(const SocketAddress& from)>;

  explicit TinyStunServer(
      boost::asio::io_context& io, Sees sees = [](const SocketAddress& from) { return std::optional(from); })
      : socket_(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)), sees_(std::move(sees)) {
    receive();
  }

  [[nodiscard]] std::uint16_t port() const { return socket_.local_endpoint().port(); }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  void receive() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), from_,
                               [this](boost::system::error_code error, std::size_t size) {
                                 if (error) return;
                                 answer(ByteView(buffer_).first(size));
                                 receive();
                               });
  }

  void answer(ByteView datagram) {
    using namespace traversal;
    const auto request = StunMessage::parse(datagram);
    if (!request || request->cls() != StunClass::kRequest || request->method() != StunMethod::kBinding)
      return;
    ++asked_;
    const auto seen = sees_(SocketAddress::of(from_));
    if (!seen) return;
    StunWriter writer(StunClass::kSuccess, StunMethod::kBinding, request->id());
    writer.add_xor_address(StunAttribute::kXorMappedAddress, *seen);
    socket_.send_to(boost::asio::buffer(writer.bytes()), from_);
  }

  udp::socket socket_;
  udp::endpoint from_;
  std::array<std::uint8_t, 2048> buffer_{};
  Sees sees_;
  int asked_ = 0;
};

}  // namespace pixelpass
