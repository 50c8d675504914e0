#include "web/rtp_packet.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>

namespace pixelpass::web {
namespace {

constexpr std::uint8_t kVersion2 = 0x80;
constexpr std::uint8_t kHasExtension = 0x10;
constexpr std::uint8_t kMarker = 0x80;
constexpr std::uint16_t kOneByteExtensions = 0xbede;
/// The minimum and maximum delay, 12 bits each.
constexpr std::uint8_t kPlayoutDelayBytes = 3;

}  // namespace

std::size_t write(const RtpHeader& header, std::span<std::uint8_t> out) {
  using namespace boost::endian;
  out[0] = kVersion2;
  out[1] = static_cast<std::uint8_t>(header.type | (header.marker ? kMarker : 0));
  store_big_u16(&out[2], header.sequence);
  store_big_u32(&out[4], header.timestamp);
  store_big_u32(&out[8], header.ssrc);
  if (header.playout_delay_id == 0) return RtpHeader::kBytes;
  out[0] |= kHasExtension;
  store_big_u16(&out[12], kOneByteExtensions);
  store_big_u16(&out[14], 1);  // words of four bytes
  out[16] = static_cast<std::uint8_t>(unsigned{header.playout_delay_id} << 4U | (kPlayoutDelayBytes - 1U));
  std::ranges::fill(out.subspan(17, kPlayoutDelayBytes), std::uint8_t{0});
  return RtpHeader::kBytes + RtpHeader::kExtensionBytes;
}

std::size_t write(const RtpPayload& payload, std::span<std::uint8_t> out) {
  std::copy_n(payload.prefix.begin(), payload.prefix_bytes, out.begin());
  copy_bytes(payload.piece, out.data() + payload.prefix_bytes);
  return payload.size();
}

std::uint32_t to_rtp_time(std::chrono::nanoseconds pts, std::uint32_t rate) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  const auto seconds = pts.count() / kNanoseconds;
  const auto rest = pts.count() % kNanoseconds;
  return static_cast<std::uint32_t>(seconds * rate + rest * rate / kNanoseconds);
}

}  // namespace pixelpass::web
