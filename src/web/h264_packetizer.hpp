#pragma once

#include "web/rtp_packet.hpp"

#include <cstddef>
#include <vector>

namespace pixelpass::web {

/// Cuts pictures into payloads (RFC 6184): a NAL unit a packet, or in FU-A fragments that are equally long
/// but for the last, so that one call of the socket sends many. Parameter sets come before each keyframe,
/// also where the encoder said them only once; access unit delimiters and SEI are left out. Sans-IO.
class H264Packetizer {
 public:
  /// More of a parameter set is not remembered.
  static constexpr std::size_t kMaxSetBytes = 1024;

  /// `max_bytes`: of a payload, more than a fragment's two bytes of header.
  explicit H264Packetizer(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Of a byte stream (annex B). Empty when there is no slice in it. The last one has the marker.
  std::vector<RtpPayload> cut(const SharedBytes& picture, bool keyframe);

 private:
  void remember(SharedBytes& set, ByteView unit);
  void add(const SharedBytes& owner, ByteView unit, std::vector<RtpPayload>& out) const;

  std::size_t max_bytes_;
  SharedBytes sps_;
  SharedBytes pps_;
};

/// The same picture in the dress of a VP8 frame (RFC 7741), for browsers without H.264: their page takes it
/// out again before it is decoded. The frame is ten bytes that look like VP8's header, a counter (u32,
/// big-endian), and the picture as the encoder made it.
class WrappedPacketizer {
 public:
  explicit WrappedPacketizer(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::vector<RtpPayload> cut(const SharedBytes& picture, bool keyframe);

 private:
  std::size_t max_bytes_;
  std::uint32_t counter_ = 0;
};

}  // namespace pixelpass::web
