#pragma once

#include "pixelpass/mpegts/ts_packet.hpp"

namespace pixelpass::mpegts {

/// Finds MPEG-TS packets in bytes that come in any pieces, after any garbage: packets of 188 bytes; of 192
/// (M2TS of camcorders and Blu-rays: four bytes of arrival time before each); of 204 (16 bytes of parity
/// after each). Other bytes are left out.
/// Sans-IO. Bounded: holds one feed's bytes and a few packets.
class TsFraming {
 public:
  enum class Step : std::uint8_t {
    kPacket,    ///< packet() is the next one
    kLostSync,  ///< something is missing between the packets before and those that come
    kNeedMore,  ///< bytes
  };
  /// `unsynced_bytes`: in so many bytes a run of packets has to begin.
  explicit TsFraming(std::size_t unsynced_bytes = 64 << 10) : unsynced_limit_(unsynced_bytes) {}

  void feed(ByteView bytes);
  Step next();
  /// The packet, after kPacket; valid until the next call of feed().
  [[nodiscard]] TsPacketView packet() const { return TsPacketView(input_.data() + packet_); }

  /// Whether no run of packets has come, or none since the sync was lost.
  [[nodiscard]] bool is_lost() const { return !in_sync_ && unsynced_ > unsynced_limit_; }
  [[nodiscard]] bool ever_in_sync() const { return ever_in_sync_; }
  [[nodiscard]] std::uint64_t syncs_lost() const { return syncs_lost_; }

 private:
  bool find_sync();
  [[nodiscard]] std::size_t stride_at(std::size_t at) const;

  std::size_t unsynced_limit_;
  Bytes input_;
  std::size_t at_ = 0;  ///< offset in input_ of what is looked at next; may be past its end
  std::size_t packet_ = 0;
  std::size_t stride_ = 0;  ///< bytes from one packet to the next
  bool in_sync_ = false;
  bool ever_in_sync_ = false;
  std::size_t unsynced_ = 0;  ///< bytes skipped since the sync was lost
  std::uint64_t syncs_lost_ = 0;
};

}  // namespace pixelpass::mpegts
