#include "mpegts/pes_reading.hpp"

#include "pixelpass/mpegts/pes.hpp"

#include <utility>

namespace pixelpass::mpegts {
namespace {

/// Delimiter, SEI and parameter sets fit.
constexpr std::size_t kLookAtBytes = 8192;

}  // namespace

ElementaryStart elementary_start(ByteView packets, std::uint16_t pid) {
  Bytes found;
  for (std::size_t at = 0; at < packets.size() && found.size() < kLookAtBytes; at += kTsPacketBytes) {
    const TsPacketView packet(packets.data() + at);
    if (packet.pid() != pid) continue;
    const ByteView payload = packet.payload();
    found.insert(found.end(), payload.begin(), payload.end());
  }
  const auto pes = parse_pes_start(found);
  if (!pes || pes->elementary_at > found.size()) return {};
  found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(pes->elementary_at));
  return {std::move(found), pes->elementary_at};
}

std::size_t pes_packet_bytes(ByteView payload) {
  const auto pes = parse_pes_start(payload);
  return pes ? pes->packet_bytes : 0;
}

}  // namespace pixelpass::mpegts
