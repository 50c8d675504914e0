#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::mpegts {

/// A PAT's entry for its first programme.
struct ProgramPlace {
  std::uint16_t stream_id = 0;
  std::uint16_t number = 0;
  std::uint16_t pmt_pid = 0;
  bool shares_pid = false;  ///< another programme's table has the same PID

  friend bool operator==(const ProgramPlace&, const ProgramPlace&) = default;
};

/// The tracks of a programme that a player may get: pictures and sound of a kind that is known, each on a PID
/// of its own that is no table's.
struct KnownTracks {
  std::uint16_t number = 0;   ///< program_number, as the PMT has it
  std::uint16_t pcr_pid = 0;  ///< kNullPid: none
  std::vector<std::uint16_t> pids;
  Bytes entries;  ///< of a PMT: these tracks alone, with the descriptors that a decoder needs

  friend bool operator==(const KnownTracks&, const KnownTracks&) = default;
};

/// `section`: whole, CRC included. Nullopt: it is none that is current, or names no programme with a fit PID.
/// ISO/IEC 13818-1 sections 2.4.4.3 and 2.4.4.8. The bytes are not ours to trust; nothing outside is touched.
std::optional<ProgramPlace> read_pat(ByteView section);
/// All of them, in the order of the table: what is left out of it makes it no longer than it was.
std::optional<KnownTracks> read_pmt(ByteView section, std::uint16_t pmt_pid);

/// The sections that say the same, ready for table_packets().
Bytes make_pat(const ProgramPlace& place, std::uint8_t version);
Bytes make_pmt(const KnownTracks& tracks, std::uint8_t version);

}  // namespace pixelpass::mpegts
