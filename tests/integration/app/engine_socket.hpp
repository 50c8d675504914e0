#pragma once

#include "pixelpass/publish/target.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pixelpass::test {

/// An engine that takes the stream over TCP on this machine.
class EngineSocket {
 public:
  explicit EngineSocket(boost::asio::io_context& io)
      : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}), socket_(io) {
    acceptor_.async_accept(socket_, [this](const auto& error) {
      if (!error) read();
    });
  }
  [[nodiscard]] publish::Target target() const {
    return publish::parse_target("tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()))
        .value();
  }
  /// Nobody listens there any more.
  void close() {
    acceptor_.close();
    socket_.close();
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void read() {
    socket_.async_read_some(boost::asio::buffer(piece_), [this](const auto& error, std::size_t size) {
      if (error) return;
      bytes_ += size;
      read();
    });
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::socket socket_;
  std::array<std::uint8_t, 65536> piece_{};
  std::size_t bytes_ = 0;
};

}  // namespace pixelpass::test
