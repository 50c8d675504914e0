#include "web/rtcp.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>

namespace pixelpass::web {
namespace {

using boost::endian::load_big_u16;
using boost::endian::load_big_u32;

constexpr std::uint8_t kVersionBits = 0x80;
constexpr std::size_t kWord = 4;
constexpr std::size_t kBlockBytes = 24;  ///< of a reception report

enum class PacketType : std::uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSourceDescription = 202,
  kBye = 203,
  kTransportFeedback = 205,
  kPayloadFeedback = 206,
};
constexpr std::uint8_t kGenericNack = 1;
constexpr std::uint8_t kTransportWide = 15;
constexpr std::uint8_t kPictureLoss = 1;
constexpr std::uint8_t kFullIntra = 4;
constexpr std::uint8_t kCname = 1;

struct RtcpPacket {
  PacketType type{};
  std::uint8_t count = 0;  ///< or the feedback's format
  ByteView body;           ///< behind the header's four bytes, padding left out
};

/// Takes the next packet off `rest`; false when there is none that can be read.
bool take_packet(ByteView& rest, RtcpPacket& packet) {
  constexpr std::uint8_t kPadding = 0x20;
  if (rest.size() < kWord || (rest[0] & 0xc0) != kVersionBits) return false;
  const std::size_t bytes = (load_big_u16(&rest[2]) + std::size_t{1}) * kWord;
  if (bytes > rest.size()) return false;
  packet = {static_cast<PacketType>(rest[1]), static_cast<std::uint8_t>(rest[0] & 0x1f),
            rest.subspan(kWord, bytes - kWord)};
  if ((rest[0] & kPadding) != 0) {
    if (packet.body.empty() || packet.body.back() > packet.body.size()) return false;
    packet.body = packet.body.first(packet.body.size() - packet.body.back());
  }
  rest = rest.subspan(bytes);
  return true;
}

void read_reports(ByteView blocks, std::size_t count, std::vector<RtcpMessage>& out) {
  for (; count > 0 && blocks.size() >= kBlockBytes; --count, blocks = blocks.subspan(kBlockBytes)) {
    // A signed number of 24 bits.
    const auto lost = static_cast<std::int32_t>(load_big_u32(&blocks[4]) << 8U) / 256;
    out.emplace_back(ReceptionReport{load_big_u32(&blocks[0]), lost, load_big_u32(&blocks[8]),
                                     load_big_u32(&blocks[12]), load_big_u32(&blocks[16]),
                                     load_big_u32(&blocks[20])});
  }
}

void read_nack(ByteView body, std::vector<RtcpMessage>& out) {
  constexpr unsigned kMaskBits = 16;
  Nack nack{load_big_u32(&body[kWord]), {}};
  for (auto rest = body.subspan(2 * kWord); rest.size() >= kWord; rest = rest.subspan(kWord)) {
    if (nack.sequences.size() + 1 + kMaskBits > kMaxNacked) break;
    const auto first = load_big_u16(&rest[0]);
    const auto mask = load_big_u16(&rest[2]);
    nack.sequences.push_back(first);
    for (unsigned bit = 0; bit < kMaskBits; ++bit)
      if ((mask >> bit & 1U) != 0) nack.sequences.push_back(static_cast<std::uint16_t>(first + bit + 1));
  }
  out.emplace_back(std::move(nack));
}

void read_transport_packet(const RtcpPacket& packet, std::vector<RtcpMessage>& out) {
  if (packet.count == kGenericNack) read_nack(packet.body, out);
  if (packet.count != kTransportWide) return;
  if (auto feedback = read_transport_feedback(packet.body)) out.emplace_back(*std::move(feedback));
}

/// A FIR has its own list of entries for the streams.
void read_keyframe_request(const RtcpPacket& packet, std::vector<RtcpMessage>& out) {
  constexpr std::size_t kEntryBytes = 8;
  if (packet.count == kPictureLoss) out.emplace_back(KeyframeRequest{load_big_u32(&packet.body[kWord])});
  if (packet.count != kFullIntra) return;
  for (auto rest = packet.body.subspan(2 * kWord); rest.size() >= kEntryBytes;
       rest = rest.subspan(kEntryBytes))
    out.emplace_back(KeyframeRequest{load_big_u32(&rest[0])});
}

void read_packet(const RtcpPacket& packet, std::vector<RtcpMessage>& out) {
  constexpr std::size_t kSenderInfoBytes = 20;
  const auto body = packet.body;
  const bool is_feedback = body.size() >= 2 * kWord;  // two SSRCs
  switch (packet.type) {
    case PacketType::kReceiverReport:
      if (body.size() >= kWord) read_reports(body.subspan(kWord), packet.count, out);
      return;
    case PacketType::kSenderReport:
      if (body.size() >= kWord + kSenderInfoBytes)
        read_reports(body.subspan(kWord + kSenderInfoBytes), packet.count, out);
      return;
    case PacketType::kTransportFeedback:
      if (is_feedback) read_transport_packet(packet, out);
      return;
    case PacketType::kPayloadFeedback:
      if (is_feedback) read_keyframe_request(packet, out);
      return;
    case PacketType::kBye:
      out.emplace_back(Bye{});
      return;
    case PacketType::kSourceDescription:
      return;
  }
}

void append_u32(Bytes& out, std::uint32_t value) {
  std::array<std::uint8_t, sizeof value> bytes;
  boost::endian::store_big_u32(bytes.data(), value);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_header(Bytes& out, unsigned count, PacketType type, std::size_t words_behind) {
  append_u32(out, (kVersionBits | count) << 24U | static_cast<std::uint32_t>(type) << 16U |
                      static_cast<std::uint32_t>(words_behind));
}

}  // namespace

NtpTime to_ntp(Instant instant) {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  const auto since = static_cast<std::uint64_t>(std::chrono::nanoseconds(instant.time_since_epoch()).count());
  return (since / kNanoseconds) << 32U | (since % kNanoseconds << 32U) / kNanoseconds;
}

Bytes write(const SenderReport& report, std::string_view cname) {
  Bytes out;
  append_header(out, 0, PacketType::kSenderReport, 6);
  append_u32(out, report.ssrc);
  append_u32(out, static_cast<std::uint32_t>(report.ntp >> 32U));
  append_u32(out, static_cast<std::uint32_t>(report.ntp));
  append_u32(out, report.rtp_time);
  append_u32(out, report.packets);
  append_u32(out, report.payload_bytes);
  // Items end with at least one zero byte.
  const auto item_words = (2 + cname.size() + 1 + kWord - 1) / kWord;
  append_header(out, 1, PacketType::kSourceDescription, 1 + item_words);
  append_u32(out, report.ssrc);
  const auto end = out.size() + item_words * kWord;
  out.push_back(kCname);
  out.push_back(static_cast<std::uint8_t>(cname.size()));
  out.insert(out.end(), cname.begin(), cname.end());
  out.resize(end);
  return out;
}

std::vector<RtcpMessage> read_rtcp(ByteView compound) {
  std::vector<RtcpMessage> out;
  RtcpPacket packet;
  while (take_packet(compound, packet)) read_packet(packet, out);
  return out;
}

}  // namespace pixelpass::web
