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
  /// Of this track, something before it was left out.
  bool after_gap = false;
};

/// Takes frames of a stream that MediaFilter has passed apart into what its tracks are made of. Units come
/// whole or not at all: what a gap has cut is left out, and so is what has no time stamp. One whose PES
/// packet does not say how long it is comes when the next of its track begins, or a gap does. Sans-IO.
/// Bounded: one unit a track.
class TsDemuxer {
 public:
  /// A longer unit is left out.
  static constexpr std::size_t kMostUnitBytes = 8 << 20;
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
  [[nodiscard]] const ElementaryTrack* find(std::uint16_t pid) const;

  SectionReader pat_;
  SectionReader pmt_;
  std::optional<ProgramPlace> place_;
  std::vector<ElementaryTrack> tracks_;
  std::map<std::uint16_t, Packet> packets_;  ///< by PID, of `tracks_`
};

}  // namespace pixelpass::mpegts
