#pragma once

#include "web/rtp_packet.hpp"

#include <cstddef>
#include <vector>

namespace pixelpass::web {

/// Splits pictures into payloads (RFC 6184): one NAL unit in a packet, or FU-A fragments of equal length but
/// for the last, so that one system call sends many. Parameter sets are sent before each keyframe, even if
/// the encoder gave them only once; access unit delimiters and SEI are left out. Sans-IO.
class H264Packetizer {
 public:
  /// The longest parameter set that is remembered.
  static constexpr std::size_t kMaxSetBytes = 1024;

  /// `max_bytes`: of a payload; more than a fragment's two bytes of header.
  explicit H264Packetizer(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Splits a picture in byte stream format (annex B). Empty when it has no slice. The last payload has the
  /// marker.
  std::vector<RtpPayload> cut(const SharedBytes& picture, bool keyframe);

 private:
  void remember(SharedBytes& set, ByteView unit);
  void add(const SharedBytes& owner, ByteView unit, std::vector<RtpPayload>& out) const;

  std::size_t max_bytes_;
  SharedBytes sps_;
  SharedBytes pps_;
};

/// Wraps the same picture as a VP8 frame (RFC 7741), for browsers without H.264: their page unwraps it before
/// decoding. The frame is ten bytes that look like VP8's header, a counter (u32, big-endian), and the picture
/// as the encoder made it.
class WrappedPacketizer {
 public:
  explicit WrappedPacketizer(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::vector<RtpPayload> cut(const SharedBytes& picture, bool keyframe);

 private:
  std::size_t max_bytes_;
  std::uint32_t counter_ = 0;
};

}  // namespace pixelpass::web
