#pragma once

#include "pixelpass/base/bytes.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ratio>

namespace pixelpass {

/// A time stamp's unit. PTS have 33 bits: they begin anew after 26.5 hours.
using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 90'000>>;
inline constexpr Ticks kPtsWrap{std::int64_t{1} << 33};

/// How far `later` is ahead of `earlier`, where both may have wrapped: within half of kPtsWrap, negative when
/// it is behind. Any numbers of ticks may be given.
Ticks pts_difference(Ticks later, Ticks earlier);

/// The most that PES_packet_length can say.
inline constexpr std::size_t kMaxPesLength = 0xFFFF;

/// What the start of a PES packet says (ISO/IEC 13818-1, 2.4.3.6).
struct PesStart {
  std::uint8_t stream_id = 0;
  std::size_t packet_bytes = 0;  ///< of the whole PES packet; 0: it does not say
  std::size_t elementary_at =
      0;                     ///< where the elementary stream begins; may be past the end of what is there
  std::optional<Ticks> pts;  ///< nullopt: none, or its bytes are not all there or not a PTS
  std::optional<Ticks> dts;  ///< nullopt: it is the PTS, or as above

  [[nodiscard]] bool is_video() const { return (stream_id & 0xF0) == 0xE0; }
};

/// `payload`: of the TS packet that starts the unit, or more. Nullopt: no PES packet with such a header
/// begins here. The bytes are not ours to trust; nothing outside of them is touched.
std::optional<PesStart> parse_pes_start(ByteView payload);

}  // namespace pixelpass
