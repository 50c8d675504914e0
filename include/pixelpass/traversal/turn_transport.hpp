#pragma once

#include <cstdint>

namespace pixelpass::traversal {

/// What carries us to a TURN server. The relayed side is UDP whatever it is.
enum class TurnTransport : std::uint8_t { kUdp, kTcp, kTls };

inline bool is_stream(TurnTransport transport) {
  return transport != TurnTransport::kUdp;
}

}  // namespace pixelpass::traversal
