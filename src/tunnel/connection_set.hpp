#pragma once

#include "tunnel/connection.hpp"
#include "tunnel/connection_ids.hpp"
#include "tunnel/outbox.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::tunnel {

/// All connections of one socket: routing, timers, and who has something to send. Sans-IO. Thread: network.
class ConnectionSet {
 public:
  ConnectionIds& ids() { return ids_; }
  Connection& add(std::unique_ptr<Connection> connection);
  /// The connection that a datagram is for, or null. `destination` gets its connection id (empty: not QUIC).
  Connection* route(ByteView datagram, ByteView& destination) const;
  /// The connection has something to send, or its timer has to be looked at.
  void touch(Connection& connection);
  void touch_all();

  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  /// False: the sink is full. Destroys the connections that are over.
  bool flush(net::DatagramSink& sink, Instant now);
  /// Of the connections that only linger to say that they are closed, the oldest go until `most` are left.
  void limit_closing(std::size_t most);
  [[nodiscard]] std::size_t size() const { return connections_.size(); }

 private:
  void reap();

  ConnectionIds ids_;
  Outbox outbox_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> touched_;
};

}  // namespace pixelpass::tunnel
