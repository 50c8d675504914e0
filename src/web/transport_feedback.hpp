#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// Which packets of all our streams have come, by their transport-wide numbers, and when
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1). Browsers send one every 50 to 250 ms,
/// each about what has come since the one before.
struct TransportFeedback {
  struct Arrival {
    std::uint16_t sequence = 0;
    Duration at{};  ///< by the browser's clock: it begins anywhere, and anew after kFeedbackWrap
  };

  std::uint16_t base = 0;         ///< the first packet that it speaks of
  std::uint16_t count = 0;        ///< how many it speaks of
  std::vector<Arrival> arrivals;  ///< in the order of their numbers; the others are missing
};

/// 2^24 units of 64 ms: some twelve days.
inline constexpr Duration kFeedbackWrap = 64ms * (1 << 24);

/// `body`: behind the RTCP header, padding left out. What it takes is bounded by the body's size, whatever
/// that claims. Nullopt: it cannot be read whole.
std::optional<TransportFeedback> read_transport_feedback(ByteView body);

}  // namespace pixelpass::web
