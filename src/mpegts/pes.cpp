#include "pixelpass/mpegts/pes.hpp"

namespace pixelpass {
namespace {

constexpr std::size_t kFixedBytes =
    6;  // start code, stream_id, PES_packet_length: what the length does not count
constexpr std::size_t kHeaderLengthAt = 8;  // PES_header_data_length
constexpr std::size_t kPtsAt = 9;
constexpr std::size_t kPtsBytes = 5;

/// '0010' or '0011' (a PTS) or '0001' (a DTS), 3 bits, a marker, 15 bits, a marker, 15 bits, a marker.
std::optional<Ticks> parse_stamp(ByteView bytes, std::uint8_t first, std::uint8_t mask) {
  const bool marked = (bytes[0] & mask) == first && (bytes[2] & 1) == 1 && (bytes[4] & 1) == 1;
  if (!marked) return std::nullopt;
  return Ticks(std::int64_t{bytes[0] & 0x0E} << 29 | std::int64_t{bytes[1]} << 22 |
               std::int64_t{bytes[2] & 0xFE} << 14 | std::int64_t{bytes[3]} << 7 | bytes[4] >> 1);
}

/// These have no header of the kind that bears time stamps (table 2-21).
bool has_header(std::uint8_t stream_id) {
  switch (stream_id) {
    case 0xBC:  // program_stream_map
    case 0xBE:  // padding_stream
    case 0xBF:  // private_stream_2
    case 0xF0:  // ECM
    case 0xF1:  // EMM
    case 0xF2:  // DSM-CC
    case 0xF8:  // H.222.1 type E
    case 0xFF:  // program_stream_directory
      return false;
    default:
      return true;
  }
}

}  // namespace

Ticks pts_difference(Ticks later, Ticks earlier) {
  const Ticks ahead = (later % kPtsWrap - earlier % kPtsWrap + 2 * kPtsWrap) % kPtsWrap;
  return ahead < kPtsWrap / 2 ? ahead : ahead - kPtsWrap;
}

std::optional<PesStart> parse_pes_start(ByteView payload) {
  if (payload.size() <= kHeaderLengthAt) return std::nullopt;
  if (payload[0] != 0 || payload[1] != 0 || payload[2] != 1 || !has_header(payload[3])) return std::nullopt;
  const std::size_t length = std::size_t{payload[4]} << 8 | payload[5];
  const std::size_t header = payload[kHeaderLengthAt];
  PesStart start{.stream_id = payload[3],
                 .packet_bytes = length == 0 ? 0 : kFixedBytes + length,
                 .elementary_at = kHeaderLengthAt + 1 + header,
                 .pts = {},
                 .dts = {}};
  const bool flagged = (payload[7] & 0x80) != 0 && header >= kPtsBytes;
  if (flagged && payload.size() >= kPtsAt + kPtsBytes)
    start.pts = parse_stamp(payload.subspan(kPtsAt, kPtsBytes), 0x21, 0xE1);
  const bool both = (payload[7] & 0xC0) == 0xC0 && header >= 2 * kPtsBytes;
  if (both && payload.size() >= kPtsAt + 2 * kPtsBytes)
    start.dts = parse_stamp(payload.subspan(kPtsAt + kPtsBytes, kPtsBytes), 0x11, 0xF1);
  return start;
}

}  // namespace pixelpass
