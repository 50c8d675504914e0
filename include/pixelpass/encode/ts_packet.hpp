#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace pixelpass::encode {

/// MPEG-2 transport stream, ISO/IEC 13818-1 section 2.4.3: what writer and splitter share.
inline constexpr std::size_t kTsPacketBytes = 188;
inline constexpr std::size_t kTsHeaderBytes = 4;
inline constexpr std::uint8_t kTsSyncByte = 0x47;

inline constexpr std::uint16_t kPatPid = 0x0000;
/// PIDs up to here carry tables (PAT, CAT, NIT, SDT, EIT, …), never a track.
inline constexpr std::uint16_t kLastTablePid = 0x001F;
inline constexpr std::uint16_t kNullPid = 0x1FFF;

inline constexpr std::uint8_t kPatTableId = 0x00;
inline constexpr std::uint8_t kPmtTableId = 0x02;

/// stream_type of a PMT (table 2-34 there).
enum class StreamType : std::uint8_t {
  kMpeg1Video = 0x01,
  kMpeg2Video = 0x02,
  kAacAdts = 0x0F,
  kMpeg4Video = 0x10,
  kH264 = 0x1B,
  kH265 = 0x24,
  kH266 = 0x33,
};

/// The fields of one packet, read where it lies. The bytes are not ours to trust: whatever they say,
/// nothing outside of the 188 is touched.
class TsPacketView {
 public:
  /// `packet` is kTsPacketBytes long and outlives the view.
  explicit TsPacketView(const std::uint8_t* packet) : packet_(packet) {}

  [[nodiscard]] ByteView bytes() const { return {packet_, kTsPacketBytes}; }
  [[nodiscard]] std::uint16_t pid() const {
    return static_cast<std::uint16_t>((packet_[1] & 0x1F) << 8 | packet_[2]);
  }
  /// payload_unit_start_indicator: a PES packet, or a table's section, begins here.
  [[nodiscard]] bool starts_unit() const { return (packet_[1] & 0x40) != 0; }
  /// random_access_indicator: a decoder can begin with the PES packet that begins here.
  [[nodiscard]] bool random_access() const {
    return has_adaptation_field() && packet_[4] > 0 && (packet_[5] & 0x40) != 0;
  }
  /// Empty when there is none, or when the adaptation field claims more than there is.
  [[nodiscard]] ByteView payload() const {
    if ((packet_[3] & 0x10) == 0) return {};
    const std::size_t begin = kTsHeaderBytes + (has_adaptation_field() ? std::size_t{1} + packet_[4] : 0);
    return begin < kTsPacketBytes ? bytes().subspan(begin) : ByteView{};
  }

 private:
  [[nodiscard]] bool has_adaptation_field() const { return (packet_[3] & 0x20) != 0; }

  const std::uint8_t* packet_;
};

}  // namespace pixelpass::encode
