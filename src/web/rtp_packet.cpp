#include "web/rtp_packet.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>

namespace pixelpass::web {
namespace {

constexpr std::uint8_t kVersion2 = 0x80;
constexpr std::uint8_t kHasExtension = 0x10;
constexpr std::uint8_t kMarker = 0x80;
constexpr std::uint16_t kOneByteExtensions = 0xbede;
constexpr std::size_t kExtensionWord = 4;
constexpr std::size_t kExtensionHeaderBytes = 4;
/// The minimum and maximum delay, 12 bits each.
constexpr std::size_t kPlayoutDelayBytes = 3;
constexpr std::size_t kTransportBytes = 2;

std::size_t element_bytes(std::uint8_t id, std::size_t bytes) {
  return id != 0 ? 1 + bytes : 0;
}

/// The extensions' words; 0: there are none.
std::size_t extension_words(const RtpHeader& header) {
  const auto bytes = element_bytes(header.playout_delay_id, kPlayoutDelayBytes) +
                     element_bytes(header.transport_id, kTransportBytes);
  return (bytes + kExtensionWord - 1) / kExtensionWord;
}

/// RFC 8285 section 4.2.
std::uint8_t element_header(std::uint8_t id, std::size_t bytes) {
  return static_cast<std::uint8_t>(unsigned{id} << 4U | (bytes - 1U));
}

/// Writes the extensions into `out`, which is zero.
void write_elements(const RtpHeader& header, std::span<std::uint8_t> out) {
  if (header.playout_delay_id != 0) {
    out[0] = element_header(header.playout_delay_id, kPlayoutDelayBytes);
    out = out.subspan(1 + kPlayoutDelayBytes);
  }
  if (header.transport_id == 0) return;
  out[0] = element_header(header.transport_id, kTransportBytes);
  boost::endian::store_big_u16(&out[1], header.transport_sequence);
}

}  // namespace

std::size_t RtpHeader::size() const {
  const auto words = extension_words(*this);
  return kBytes + (words > 0 ? kExtensionHeaderBytes + words * kExtensionWord : 0);
}

std::size_t write(const RtpHeader& header, std::span<std::uint8_t> out) {
  using namespace boost::endian;
  out[0] = kVersion2;
  out[1] = static_cast<std::uint8_t>(header.type | (header.marker ? kMarker : 0));
  store_big_u16(&out[2], header.sequence);
  store_big_u32(&out[4], header.timestamp);
  store_big_u32(&out[8], header.ssrc);
  const auto words = extension_words(header);
  if (words == 0) return RtpHeader::kBytes;
  out[0] |= kHasExtension;
  store_big_u16(&out[12], kOneByteExtensions);
  store_big_u16(&out[14], static_cast<std::uint16_t>(words));
  const auto elements = out.subspan(RtpHeader::kBytes + kExtensionHeaderBytes, words * kExtensionWord);
  std::ranges::fill(elements, std::uint8_t{0});
  write_elements(header, elements);
  return header.size();
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
