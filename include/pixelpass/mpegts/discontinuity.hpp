#pragma once

#include "pixelpass/mpegts/ts_packet.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace pixelpass::mpegts {

/// Tells a demuxer that packets were left out, so that it takes the rest for right.
///
/// After a skip the continuity counter of every PID jumps, and so does the PCR. Frames are shared and
/// immutable, so nothing in them is changed: what is needed goes ahead of the first frame that a PID is in.
///
/// PIDs with elementary streams get one packet with an adaptation field alone (ISO/IEC 13818-1, 2.4.3.4:
/// adaptation_field_control '10', length 183) that has discontinuity_indicator set and the counter that the
/// PID's next packet follows on: a packet without payload does not count. ISO's rule, ffmpeg (any value is
/// right with the indicator) and VLC (takes the value over) agree that the next packet is continuous then.
/// - Where that next packet carries a PCR, it is repeated in the inserted one. On a PCR PID the indicator
///   announces a new time base (2.4.3.5): the counter may jump only in the very packet that holds the new
///   base's first PCR, and no packet before that PCR may lack the indicator.
/// - 2.4.3.5 wants an elementary stream access point after the gap: groups start with a keyframe.
///
/// PIDs with tables are bridged instead: the table's packet is sent again and again, with each counter that
/// is missing (at most 15 packets of 188 bytes). VLC's table parser and GStreamer's know no indicator and
/// would complain; a table may be repeated at any time. A table of several packets is marked like a stream.
///
/// Sans-IO; one for each reader of a stream.
class DiscontinuityMarker {
 public:
  DiscontinuityMarker() { counters_.fill(kNotSeen); }

  /// The packets to send ahead of this frame: none, unless it is `after_gap` or holds the first packets of
  /// some PID after such a frame. `frame` is a whole number of packets.
  Bytes before(ByteView frame, bool after_gap);

 private:
  static constexpr std::size_t kPids = 8192;
  static constexpr std::uint8_t kNotSeen = 0xff;

  std::array<std::uint8_t, kPids> counters_{};  ///< of each PID's last packet; kNotSeen
  std::bitset<kPids> broken_;                   ///< seen before the last gap, not since
};

}  // namespace pixelpass::mpegts
