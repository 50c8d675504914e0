#pragma once

#include "certificates.hpp"
#include "traversal/turn_stream.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::traversal::test {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Nothing here takes this long unless it hangs.
constexpr auto kPatience = 30s;

/// Turns the loop until `done`.
inline bool run_until(asio::io_context& io, const std::function<bool()>& done) {
  const auto deadline = Clock::now() + kPatience;
  io.restart();
  while (!done() && Clock::now() < deadline) io.run_one_until(std::min(deadline, Clock::now() + 20ms));
  return done();
}

/// A TurnStream, and all that it told.
class StreamEnd {
 public:
  StreamEnd(asio::io_context& io, const RelayServer& server, std::uint16_t port,
            TurnStream::Settings settings = {})
      : StreamEnd(io, server, SocketAddress::loopback(port), settings) {}
  StreamEnd(asio::io_context& io, const RelayServer& server, const SocketAddress& address,
            TurnStream::Settings settings)
      : io_(io),
        stream_(std::in_place, io, server, address,
                TurnStream::Handlers{.on_open = [this] { opened_ = true; },
                                     .on_message = [this](ByteView message) { take(message); },
                                     .on_lost = [this](const Error& why) { lost_ = why; }},
                settings) {}

  [[nodiscard]] TurnStream& stream() { return *stream_; }
  void drop_stream() { stream_.reset(); }
  [[nodiscard]] bool is_open() const { return opened_; }
  [[nodiscard]] const std::vector<Bytes>& messages() const { return messages_; }
  std::function<void(ByteView)> on_message;

  [[nodiscard]] bool opens() {
    return run_until(io_, [this] { return opened_ || lost_; }) && opened_;
  }
  /// Why it is lost; what is empty: it is not.
  [[nodiscard]] Error loss() {
    run_until(io_, [this] { return lost_.has_value(); });
    return lost_.value_or(Error{});
  }
  [[nodiscard]] bool is_lost() const { return lost_.has_value(); }

 private:
  void take(ByteView message) {
    messages_.emplace_back(message.begin(), message.end());
    if (on_message) on_message(message);
  }

  asio::io_context& io_;
  bool opened_ = false;
  std::optional<Error> lost_;
  std::vector<Bytes> messages_;
  std::optional<TurnStream> stream_;
};

/// A server on loopback that does with each connection what the test says.
class OneServer {
 public:
  explicit OneServer(asio::io_context& io)
      : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    accept();
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::function<void(tcp::socket&)> on_connection;

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      connections_.push_back(std::move(socket));
      if (on_connection) on_connection(connections_.back());
      accept();
    });
  }

  std::list<tcp::socket> connections_;
  tcp::acceptor acceptor_;
};

/// Shows a certificate to who connects, and keeps the name that was asked for (SNI).
class TlsServer {
 public:
  TlsServer(asio::io_context& io, const ServerFiles& files)
      : context_(asio::ssl::context::tls_server), server_(io) {
    context_.use_certificate_chain_file(files.certificate.string());
    context_.use_private_key_file(files.key.string(), asio::ssl::context::pem);
    server_.on_connection = [this](tcp::socket& socket) { greet(socket); };
  }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] const std::string& asked_for() const { return asked_for_; }

 private:
  using Tls = asio::ssl::stream<tcp::socket&>;

  void greet(tcp::socket& socket) {
    auto& tls = connections_.emplace_back(socket, context_);
    tls.async_handshake(asio::ssl::stream_base::server, [this, &tls](boost::system::error_code error) {
      if (error) return;
      const char* name = SSL_get_servername(tls.native_handle(), TLSEXT_NAMETYPE_host_name);
      asked_for_ = name != nullptr ? name : "";
    });
  }

  asio::ssl::context context_;
  OneServer server_;
  std::list<Tls> connections_;
  std::string asked_for_;
};

inline RelayServer relay(TurnTransport transport, std::uint16_t port, std::string host = "localhost") {
  RelayServer server;
  server.transport = transport;
  server.transport_named = true;
  server.host = std::move(host);
  server.port = port;
  server.username = "anna";
  server.password = "tree";
  return server;
}

}  // namespace pixelpass::traversal::test
