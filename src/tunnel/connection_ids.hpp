#pragma once

#include "pixelpass/base/bytes.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <ngtcp2/ngtcp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pixelpass::tunnel {

class Connection;

/// The length of our own connection ids; a knock is longer (kKnockBytes).
inline constexpr std::size_t kConnectionIdBytes = 8;

/// Finds the connection for a datagram by its destination connection id, never by address, so that a viewer
/// may change its address, and one socket may carry many connections between the same two ends.
class ConnectionIds {
 public:
  void add(const ngtcp2_cid& id, Connection& connection);
  /// If it is this connection's, and nobody else has taken it since.
  void remove(const ngtcp2_cid& id, const Connection& connection);
  [[nodiscard]] Connection* find(ByteView id) const;

 private:
  struct Key {
    std::array<std::uint8_t, NGTCP2_MAX_CIDLEN> bytes{};
    std::uint8_t size = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    using is_avalanching = void;  // the ids are random: nothing is to be mixed once more
    std::size_t operator()(const Key& key) const;
  };
  static Key key_of(ByteView id);
  boost::unordered_flat_map<Key, Connection*, Hash> connections_;
};

/// The ids of one connection, which go with it, at no cost to the others.
class OwnConnectionIds {
 public:
  /// Both outlive it.
  OwnConnectionIds(ConnectionIds& all, Connection& owner) : all_(all), owner_(owner) {}
  ~OwnConnectionIds();
  OwnConnectionIds(const OwnConnectionIds&) = delete;
  OwnConnectionIds& operator=(const OwnConnectionIds&) = delete;

  void add(const ngtcp2_cid& id);
  void remove(const ngtcp2_cid& id);

 private:
  ConnectionIds& all_;
  Connection& owner_;
  std::vector<ngtcp2_cid> ids_;  // few: QUIC's limit, and the one that the viewer chose
};

}  // namespace pixelpass::tunnel
