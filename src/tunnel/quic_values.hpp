#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/net/path.hpp"

#include <ngtcp2/ngtcp2.h>

namespace pixelpass::tunnel {

/// The time in ngtcp2's nanoseconds.
inline ngtcp2_tstamp to_quic_time(Instant now) {
  return static_cast<ngtcp2_tstamp>(now.time_since_epoch().count());
}
Instant from_quic_time(ngtcp2_tstamp time);

ngtcp2_path to_quic_path(const net::Path& path);
net::Path from_quic_path(const ngtcp2_path& path);

}  // namespace pixelpass::tunnel
