#pragma once

#include "pixelpass/mpegts/ts_packet.hpp"

namespace pixelpass::mpegts {

/// Puts `addition` into the PES packet that begins in the first of `packets` (whole TS packets, also of other
/// PIDs), `at` bytes behind the PES packet's own start, and lets it say its new length (none, where that
/// would not fit: video may). Only the packet that the place lies in is written anew; it keeps its adaptation
/// field (PCR), and `added_packets` of the PID follow it, with the counters that follow its own. Later
/// packets of the PID, in `packets` too, are as they were: their counters are the caller's to raise. Empty
/// when there is no such place. Sans-IO.
struct Insertion {
  Bytes packets;
  std::size_t added_packets = 0;
  std::size_t behind = 0;  ///< offset in `packets` of what comes after the added ones
};
Insertion insert_into_pes(ByteView packets, std::size_t at, ByteView addition);

}  // namespace pixelpass::mpegts
