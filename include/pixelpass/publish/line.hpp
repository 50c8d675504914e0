#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>

namespace pixelpass::publish {

/// A protocol's figures for its line to an engine (SRT, WHIP). Zeroes: none yet.
struct Line {
  Duration rtt{};
  std::uint64_t resent_packets = 0;   ///< of this connection
  std::uint64_t dropped_packets = 0;  ///< of this connection: too late to be sent at all
  std::uint64_t lost_packets = 0;     ///< of this connection, as the engine reports them (WHIP)
};

}  // namespace pixelpass::publish
