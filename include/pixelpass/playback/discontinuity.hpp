#pragma once

#include "pixelpass/base/bytes.hpp"

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace pixelpass::playback {

inline constexpr std::size_t kTsPacketBytes = 188;

/// Tells a demuxer that packets were left out (ISO/IEC 13818-1, 2.4.3.5, discontinuity_indicator).
///
/// After a skip the continuity counters of every PID jump, and so does the PCR. Frames are shared and
/// immutable, so nothing in them is changed: each PID that was seen before the skip gets one packet of its
/// own ahead of the first frame that it is in. The packet has an adaptation field alone
/// (adaptation_field_control '10', length 183, 2.4.3.4) with the indicator set, and the counter that the
/// PID's next packet follows on. Counters do not count packets without payload, so ISO's rule, ffmpeg
/// (expects the last value again, or takes any when the indicator is set) and VLC (takes over the value)
/// agree that the next packet is continuous.
///
/// Where the PID's next packet carries a PCR, it is repeated in the inserted one: on a PCR PID the
/// indicator announces a new time base, the counter may jump only in the very packet that holds the new
/// base's first PCR, and no packet before that PCR may lack the indicator. Access units after the gap begin
/// at an elementary stream access point, which 2.4.3.5 asks for: groups start with a keyframe.
///
/// Sans-IO; one for each reader of a stream.
class DiscontinuityMarker {
 public:
  /// The packets to send ahead of this frame: none, unless it is `after_gap` or holds the first packets of
  /// some PID after such a frame. `frame` is a whole number of packets.
  Bytes before(ByteView frame, bool after_gap);

 private:
  static constexpr std::size_t kPids = 8192;

  std::bitset<kPids> known_;     ///< PIDs seen so far
  std::bitset<kPids> unmarked_;  ///< known before the last gap, not seen since
};

}  // namespace pixelpass::playback
