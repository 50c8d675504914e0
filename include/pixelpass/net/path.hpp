#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/socket_address.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace pixelpass::net {

/// The relay that carries a path's datagrams, if any.
enum class Via : std::uint8_t {
  kDirect,
  kOwnRelay,   ///< an allocation of ours on a TURN server: `local` is its relayed address
  kPeerRelay,  ///< the other end's allocation: `remote` is its relayed address, datagrams go there bare
};

/// A path of datagrams: its two ends, and what is in between. Connections know paths, never sockets: a
/// relayed one is just another path, for which the sink adds the relay's framing.
struct Path {
  SocketAddress local;
  SocketAddress remote;
  Via via = Via::kDirect;
  [[nodiscard]] bool is_relayed() const { return via != Via::kDirect; }
  friend bool operator==(const Path&, const Path&) = default;
  /// Some order, for maps.
  friend std::strong_ordering operator<=>(const Path&, const Path&) = default;
};

/// Explicit congestion notification, the two bits of the IP header (RFC 3168).
using Ecn = std::uint8_t;

/// A sink takes what a core sends. Thread: network.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  /// Sends `bytes` as datagrams of `segment` bytes each (the last may be shorter). The bytes are not kept.
  /// False: the socket is full and nothing was sent; offer the same again once it is writable.
  virtual bool send(const Path& path, ByteView bytes, std::size_t segment, Ecn ecn) = 0;
  /// Sends one datagram with a limited number of hops (1 to 255): it opens the NATs near us and never reaches
  /// the other end. False as for send. A sink without hop limits sends it as any other.
  virtual bool send_near(const Path& path, ByteView datagram, int hops) {
    static_cast<void>(hops);
    return send(path, datagram, datagram.size(), 0);
  }
};

/// A protocol core without socket and clock, run by a driver. `now` never goes backwards.
class DatagramCore {
 public:
  virtual ~DatagramCore() = default;
  virtual void on_datagram(const Path& path, ByteView bytes, Ecn ecn, Instant now) = 0;
  virtual void on_timeout(Instant now) = 0;
  /// The time at which on_timeout wants to be called next.
  [[nodiscard]] virtual std::optional<Instant> next_timeout() const = 0;
  /// Sends all there is to send. False: the sink is full, call again once it is writable.
  virtual bool flush(DatagramSink& sink, Instant now) = 0;
};

}  // namespace pixelpass::net
