#pragma once

#include "pixelpass/media/frame.hpp"
#include "pixelpass/mpegts/known_tracks.hpp"
#include "pixelpass/mpegts/pes.hpp"
#include "pixelpass/mpegts/ts_tables.hpp"

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace pixelpass::mpegts {

struct ElementaryTrack {
  std::uint16_t pid = kNullPid;
  StreamType type = StreamType::kH264;

  friend bool operator==(const ElementaryTrack&, const ElementaryTrack&) = default;
};

/// The payload of one PES packet: a picture, or one or more whole frames of sound.
struct ElementaryUnit {
  ElementaryTrack track;
  SharedBytes bytes;
  Ticks pts{};  ///< 33 bits, as they came
  Ticks dts{};  ///< the PTS where the stream says no other
  /// Video: begins a group.
  bool keyframe = false;
  /// Something before it on this track was left out.
  bool after_gap = false;
};

/// Splits frames that MediaFilter has passed into the units of their tracks. Units come complete or not at
/// all: those cut by a gap, or without a time stamp, are left out. A unit whose PES packet does not tell its
/// length comes when the next one of its track, or a gap, begins. Sans-IO. Bounded: one unit for each track,
/// kMostHeldBytes of all of them.
class TsDemuxer {
 public:
  /// A longer unit is left out; where there are more tracks than kMostHeldBytes has room for, already a
  /// shorter one.
  static constexpr std::size_t kMostUnitBytes = 8 << 20;
  static constexpr std::size_t kMostHeldBytes = 32 * kMostUnitBytes;
  using OnUnit = std::function<void(ElementaryUnit)>;

  void feed(const Frame& frame, const OnUnit& on_unit);
  /// The stream has ended: what is there of the last units comes out.
  void flush(const OnUnit& on_unit);

  /// As the last PMT has them.
  [[nodiscard]] const std::vector<ElementaryTrack>& tracks() const { return tracks_; }

 private:
  /// A PES packet that is coming.
  struct Packet {
    Bytes bytes;  ///< header included; empty: none
    bool keyframe = false;
    bool gap = false;  ///< something was left out since the last unit
    std::optional<TsPacket> last;
  };

  void feed(TsPacketView packet, bool begins_group, const OnUnit& on_unit);
  void append(const ElementaryTrack& track, Packet& packet, ByteView payload, const OnUnit& on_unit);
  static void emit(const ElementaryTrack& track, Packet& packet, const OnUnit& on_unit);
  void on_gap(const OnUnit& on_unit);
  void on_pmt(ByteView section);
  [[nodiscard]] std::size_t most_unit_bytes() const;
  [[nodiscard]] const ElementaryTrack* find(std::uint16_t pid) const;

  SectionReader pat_;
  SectionReader pmt_;
  std::optional<ProgramPlace> place_;
  std::vector<ElementaryTrack> tracks_;
  std::map<std::uint16_t, Packet> packets_;  ///< by PID, of `tracks_`
};

}  // namespace pixelpass::mpegts
