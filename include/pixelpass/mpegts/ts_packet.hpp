#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace pixelpass {

/// MPEG-2 transport stream, ISO/IEC 13818-1 section 2.4.3: what frames are made of.
inline constexpr std::size_t kTsPacketBytes = 188;
inline constexpr std::size_t kTsHeaderBytes = 4;
inline constexpr std::uint8_t kTsSyncByte = 0x47;
/// A continuity counter has four bits.
inline constexpr std::uint8_t kCounterMask = 0x0F;

inline constexpr std::uint16_t kPatPid = 0x0000;
/// PIDs up to here carry tables (PAT, CAT, NIT, SDT, EIT, …), never a track.
inline constexpr std::uint16_t kLastTablePid = 0x001F;
inline constexpr std::uint16_t kNullPid = 0x1FFF;

/// The fields of one packet, read where it lies. The bytes are not ours to trust: whatever they say,
/// nothing outside of the 188 is touched.
class TsPacketView {
 public:
  /// program_clock_reference_base, its reserved bits and extension.
  static constexpr std::size_t kPcrBytes = 6;

  /// `packet` is kTsPacketBytes long and outlives the view.
  explicit TsPacketView(const std::uint8_t* packet) : packet_(packet) {}

  [[nodiscard]] ByteView bytes() const { return {packet_, kTsPacketBytes}; }
  [[nodiscard]] bool in_sync() const { return packet_[0] == kTsSyncByte; }
  [[nodiscard]] std::uint16_t pid() const {
    return static_cast<std::uint16_t>((packet_[1] & 0x1F) << 8 | packet_[2]);
  }
  /// payload_unit_start_indicator: a PES packet, or a table's section, begins here.
  [[nodiscard]] bool starts_unit() const { return (packet_[1] & 0x40) != 0; }
  /// continuity_counter: counts the packets with payload of a PID.
  [[nodiscard]] std::uint8_t counter() const { return packet_[3] & kCounterMask; }
  [[nodiscard]] bool has_payload() const { return (packet_[3] & 0x10) != 0; }
  /// transport_scrambling_control: the payload is encrypted.
  [[nodiscard]] bool is_scrambled() const { return (packet_[3] & 0xC0) != 0; }
  /// discontinuity_indicator: the clock (PCR) begins anew here, or counters do.
  [[nodiscard]] bool discontinuity() const { return field_bytes() > 0 && (packet_[5] & 0x80) != 0; }
  /// Bytes in the adaptation field fill the packet up. Where nobody has a reason to fill one before, that is
  /// the last of a PES packet.
  [[nodiscard]] bool is_stuffed() const;
  /// random_access_indicator: a decoder can begin with the PES packet that begins here.
  [[nodiscard]] bool random_access() const { return field_bytes() > 0 && (packet_[5] & 0x40) != 0; }
  /// Empty when there is none; as it lies there, kPcrBytes long.
  [[nodiscard]] ByteView pcr() const {
    if (field_bytes() < 1 + kPcrBytes || (packet_[5] & 0x10) == 0) return {};
    return bytes().subspan(kTsHeaderBytes + 2, kPcrBytes);
  }
  /// Empty when there is none, or when the adaptation field claims more than there is.
  [[nodiscard]] ByteView payload() const {
    if (!has_payload()) return {};
    const std::size_t begin = kTsHeaderBytes + (has_adaptation_field() ? std::size_t{1} + packet_[4] : 0);
    return begin < kTsPacketBytes ? bytes().subspan(begin) : ByteView{};
  }

 private:
  [[nodiscard]] bool has_adaptation_field() const { return (packet_[3] & 0x20) != 0; }
  /// adaptation_field_length.
  [[nodiscard]] std::size_t field_bytes() const { return has_adaptation_field() ? packet_[4] : 0; }

  const std::uint8_t* packet_;
};

inline bool TsPacketView::is_stuffed() const {
  if (!has_adaptation_field()) return false;
  const std::size_t end = kTsHeaderBytes + 1 + field_bytes();
  if (field_bytes() == 0) return true;  // the length itself is what fills
  if (end > kTsPacketBytes) return false;
  const unsigned flags = packet_[5];
  std::size_t used = kTsHeaderBytes + 2;
  if ((flags & 0x10U) != 0) used += kPcrBytes;
  if ((flags & 0x08U) != 0) used += kPcrBytes;   // OPCR
  if ((flags & 0x04U) != 0) used += 1;           // splice_countdown
  for (const unsigned counted : {0x02U, 0x01U})  // transport_private_data, extension
    if ((flags & counted) != 0 && used < end) used += std::size_t{1} + packet_[used];
  return used < end;
}

/// The packets of a frame one after the other; an incomplete last one is left out.
template <class Visit>
void for_each_packet(ByteView frame, Visit visit) {
  for (; frame.size() >= kTsPacketBytes; frame = frame.subspan(kTsPacketBytes))
    visit(TsPacketView(frame.data()));
}

}  // namespace pixelpass
