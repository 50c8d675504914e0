#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/traversal/relay_server.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace pixelpass::traversal {

/// A connection to a TURN server over TCP or TLS (1.2 or later; the certificate's chain is checked against
/// the system's trust store, and its name against the one that the user wrote). SSL_CERT_FILE and
/// SSL_CERT_DIR name another store, as everywhere in OpenSSL. Carries what a TurnClient says and is told.
/// Thread: network.
class TurnStream {
 public:
  struct Handlers {
    /// The server is there, and is who it should be. What was sent before is on its way.
    std::function<void()> on_open;
    /// One message of the server's; the bytes are gone after the call.
    std::function<void(ByteView message)> on_message;
    /// One sentence and what to do, for people. The last call; never from within one of ours.
    std::function<void(const Error& why)> on_lost;
  };
  struct Settings {
    /// The time for connecting with the handshake, and then for the first answer.
    Duration deadline = 5s;
    /// Bytes that wait for the connection to take them: what is live is dropped beyond.
    std::size_t max_queue = 256 << 10;
  };

  /// `server`: its transport is kTcp or kTls. `address`: one of its host's.
  TurnStream(boost::asio::io_context& io, const RelayServer& server, const SocketAddress& address,
             Handlers handlers);
  TurnStream(boost::asio::io_context& io, const RelayServer& server, const SocketAddress& address,
             Handlers handlers, Settings settings);
  /// Closes.
  ~TurnStream();
  TurnStream(const TurnStream&) = delete;
  TurnStream& operator=(const TurnStream&) = delete;

  /// Whole messages, all for peers (ChannelData, Send indications) or one for the server. Copied. False: it
  /// is closed, or the queue is full and nothing was taken; what is for the server still is, up to twice the
  /// queue, and beyond that the connection counts as lost.
  bool send(ByteView messages);
  /// Bytes for peers that were dropped so.
  [[nodiscard]] std::uint64_t dropped_bytes() const;
  /// Whether it is open, and its local address still belongs to this machine: the kernel keeps a connection
  /// from a removed address without telling anybody.
  [[nodiscard]] bool has_own_address() const;
  /// No handler is called any more. What the kernel has taken is still sent.
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the handlers that wait
};

}  // namespace pixelpass::traversal
