#pragma once

#include "tunnel/connection.hpp"
#include <ngtcp2/ngtcp2.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace pixelpass::tunnel {

/// Our own connection ids are this long; a knock is longer (kKnockBytes).
inline constexpr std::size_t kConnectionIdBytes = 8;

/// Which connection a datagram belongs to: by destination connection id, never by address, so that a viewer
/// may change its address and one socket may carry many connections between the same two ends.
class ConnectionIds {
 public:
  void add(const ngtcp2_cid& id, Connection& connection);
  void remove(const ngtcp2_cid& id);
  void remove_all(const Connection& connection);
  [[nodiscard]] Connection* find(ByteView id) const;

 private:
  struct Key {
    std::array<std::uint8_t, NGTCP2_MAX_CIDLEN> bytes{};
    std::uint8_t size = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  static Key key_of(ByteView id);
  std::unordered_map<Key, Connection*, Hash> connections_;
};

/// One batch of datagrams on its way to the sink, in memory that all connections share.
class Outbox {
 public:
  /// The most that one UDP send with segmentation offload takes: an IPv4 datagram's 65,535 bytes less its
  /// headers.
  static constexpr std::size_t kBytes = 65'507;

  Outbox() : buffer_(kBytes) {}
  [[nodiscard]] std::span<std::uint8_t> buffer() { return buffer_; }
  /// What was written to buffer() waits from now on.
  void put(const ngtcp2_path& path, std::size_t bytes, std::size_t segment, net::Ecn ecn);
  /// False: the sink is full and the batch still waits.
  bool drain(net::DatagramSink& sink);

 private:
  Bytes buffer_;
  net::Path path_;
  std::size_t bytes_ = 0;
  std::size_t segment_ = 0;
  net::Ecn ecn_ = 0;
};

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

/// ngtcp2's nanoseconds.
inline ngtcp2_tstamp to_quic_time(Instant now) {
  return static_cast<ngtcp2_tstamp>(now.time_since_epoch().count());
}
Instant from_quic_time(ngtcp2_tstamp time);

ngtcp2_path to_quic_path(const net::Path& path);
net::Path from_quic_path(const ngtcp2_path& path);

}  // namespace pixelpass::tunnel
