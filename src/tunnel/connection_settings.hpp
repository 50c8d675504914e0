#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"

#include <ngtcp2/ngtcp2.h>

namespace pixelpass::tunnel {

/// The keep-alive interval. Keeps a NAT's binding open (they last 30 s at least; RFC 4787 REQ-5 asks for 2
/// minutes).
inline constexpr Duration kKeepAlive = 5s;
/// The keep-alive interval of a standby connection: relays' permissions and NATs' bindings last longer.
inline constexpr Duration kStandbyKeepAlive = 12s;
/// After this long without a packet a connection is over. A viewer looks for another one much sooner.
inline constexpr Duration kIdleTimeout = 20s;
inline constexpr Duration kHandshakeTimeout = 10s;
/// The most group streams that may be open at once; a stalled viewer makes the host drop groups long before.
inline constexpr std::uint64_t kMaxGroupStreams = 16;
/// The most streams of other kinds, unidirectional and bidirectional, that the other side may have open at
/// once: those of a later version, which are ignored.
inline constexpr std::uint64_t kMaxOtherStreams = 8;

constexpr ngtcp2_duration to_quic_duration(Duration duration) {
  return static_cast<ngtcp2_duration>(duration.count());
}

/// `random` has to outlive the connection.
ngtcp2_settings make_settings(const Random& random, Instant now);
ngtcp2_transport_params viewer_transport_params();
ngtcp2_transport_params host_transport_params(const ngtcp2_cid& original_destination);
ngtcp2_cid random_id(const Random& random);

}  // namespace pixelpass::tunnel
