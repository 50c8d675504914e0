#pragma once

#include "web/media_sender.hpp"
#include "web/rtcp.hpp"
#include "web/rtp_packet.hpp"
#include "web/srtp_session.hpp"
#include <boost/endian/conversion.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace pixelpass::web {

inline SrtpKeys make_keys(SrtpProfile profile) {
  const auto bytes = kSrtpKeyBytes + salt_bytes(profile);
  return {profile, Bytes(bytes, 0x17), Bytes(bytes, 0x2a)};
}

/// The far end: opens what a MediaSender sends, and answers.
class Browser final : public net::DatagramSink {
 public:
  struct Packet {
    RtpHeader header;
    Bytes payload;
    Bytes sealed;
  };

  explicit Browser(const SrtpKeys& keys)
      : rtp_(keys.profile, derive(keys.profile, keys.ours, SrtpUse::kRtp)),
        rtcp_({keys.profile, keys.theirs, keys.ours}),
        tag_bytes_(tag_bytes(keys.profile)) {}

  bool send(const net::Path&, ByteView bytes, std::size_t segment, net::Ecn) override {
    if (is_full) return false;
    ++calls;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment, bytes.size())))
      take(bytes.first(std::min(segment, bytes.size())));
    return true;
  }

  Bytes seal(Bytes rtcp) {
    const auto bytes = rtcp.size();
    rtcp.resize(bytes + kMaxSrtcpOverhead);
    rtcp.resize(rtcp_.seal_rtcp(rtcp, bytes));
    return rtcp;
  }

  [[nodiscard]] std::vector<Packet> of(std::uint32_t ssrc) const {
    std::vector<Packet> some;
    std::ranges::copy_if(packets, std::back_inserter(some),
                         [&](const Packet& packet) { return packet.header.ssrc == ssrc; });
    return some;
  }
  [[nodiscard]] std::size_t count_of(std::uint32_t ssrc) const { return of(ssrc).size(); }

  bool is_full = false;
  bool keeps = true;  ///< all packets, and looks at their tags; else the newest alone
  std::size_t calls = 0;
  std::vector<Packet> packets;
  std::vector<Bytes> reports;

 private:
  void take(ByteView datagram) {
    EXPECT_LE(datagram.size(), kMaxRtpBytes);
    if (datagram[1] >= 192 && datagram[1] < 224) {  // RFC 5761 section 4
      const auto report = rtcp_.open_rtcp(datagram);
      ASSERT_TRUE(report.has_value());
      reports.push_back(*report);
      return;
    }
    if (!keeps) packets.clear();
    packets.push_back(open(datagram));
  }

  /// RFC 8285 section 4.2: which is which is told by the length.
  static void read_extensions(ByteView elements, RtpHeader& header) {
    while (!elements.empty() && elements[0] != 0) {
      const std::size_t bytes = (elements[0] & 0x0fU) + 1U;
      if (bytes == 3) header.playout_delay_id = elements[0] >> 4;
      if (bytes == 2) {
        header.transport_id = elements[0] >> 4;
        header.transport_sequence = boost::endian::load_big_u16(&elements[1]);
      }
      elements = elements.subspan(1 + bytes);
    }
  }
  /// Both ciphers undo themselves; and what was opened has to come out the same when it is sealed again.
  Packet open(ByteView sealed) {
    using namespace boost::endian;
    Packet packet;
    auto& header = packet.header;
    const bool extended = (sealed[0] & 0x10) != 0;
    header = {.type = static_cast<std::uint8_t>(sealed[1] & 0x7f),
              .marker = (sealed[1] & 0x80) != 0,
              .sequence = load_big_u16(&sealed[2]),
              .timestamp = load_big_u32(&sealed[4]),
              .ssrc = load_big_u32(&sealed[8])};
    if (extended) read_extensions(sealed.subspan(16, load_big_u16(&sealed[14]) * std::size_t{4}), header);
    auto& newest = newest_[header.ssrc];
    const auto ahead = static_cast<std::int16_t>(header.sequence - static_cast<std::uint16_t>(newest));
    const auto index =
        newest == 0 ? header.sequence : newest + static_cast<std::uint64_t>(std::int64_t{ahead});
    newest = std::max(newest, index);
    const auto plain = sealed.size() - tag_bytes_;
    Bytes bytes(sealed.begin(), sealed.end());
    rtp_.seal_rtp(bytes, header.size(), plain, index);
    packet.payload.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header.size()),
                          bytes.begin() + static_cast<std::ptrdiff_t>(plain));
    if (!keeps) return packet;
    rtp_.seal_rtp(bytes, header.size(), plain, index);
    EXPECT_TRUE(std::ranges::equal(bytes, sealed)) << "not authentic";
    packet.sealed = std::move(bytes);
    return packet;
  }

  SrtpCipher rtp_;
  SrtpSession rtcp_;
  std::size_t tag_bytes_;
  std::map<std::uint32_t, std::uint64_t> newest_;
};

}  // namespace pixelpass::web
