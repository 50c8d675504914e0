#pragma once

#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/media/frame.hpp"
#include "pixelpass/mpegts/ts_tables.hpp"

#include <array>
#include <chrono>
#include <optional>

namespace pixelpass::mpegts {

/// Makes MPEG-TS (ISO/IEC 13818-1) of access units, each at once: a muxer that orders the two tracks holds
/// every picture until later audio has come, which costs up to 60 ms.
/// - PAT and PMT come at each keyframe and in between often enough that they are never 100 ms apart, as long
///   as frames come at least every 40 ms: who joins at any keyframe decodes both tracks at once.
/// - The PCR comes with every picture (with every audio frame if there is no video), 10 ms before its PTS:
///   players measured 20 to 55 ms sooner than with the usual 125 ms.
/// - PES_packet_length is set where it fits into its 16 bits, so that a player need not wait for the next
///   picture to know that this one has ended.
/// - Video gets an access unit delimiter in front if it has none, and a keyframe without parameter sets gets
///   the last ones seen.
/// There are no B-frames: DTS is PTS. Sans-IO.
class TsWriter {
 public:
  struct Tracks {
    bool video = true;
    bool audio = true;
  };

  explicit TsWriter(Tracks tracks);

  /// The unit, of one of the writer's tracks, as one frame, allocated once in its exact size. A video frame
  /// is a keyframe if its unit is. An audio frame is one only if there is no video and it begins with PAT and
  /// PMT, so that readers can join there.
  Frame write(const AccessUnit& unit);

  /// No frame of a unit of so many bytes is longer.
  static std::size_t most_frame_bytes(std::size_t unit_bytes);

 private:
  /// Counts of the 90 kHz clock; the stream carries the low 33 bits.
  using Ticks = std::uint64_t;
  struct Track {
    std::uint16_t pid;
    std::uint8_t stream_id;
    std::uint8_t continuity = 0;
  };
  struct Pes;

  Frame write_video(const AccessUnit& unit);
  Frame write_audio(const AccessUnit& unit);
  Frame write_pes(Track& track, Pes& pes, const AccessUnit& unit, bool keyframe);
  [[nodiscard]] bool tables_due(std::chrono::nanoseconds pts) const;
  void put_tables(std::uint8_t*& out);
  static void put_packet(Track& track, Pes& pes, bool first, std::uint8_t* out);
  void remember_parameter_sets(ByteView keyframe, Pes& pes);

  Tracks tracks_;
  Track video_;
  Track audio_;
  TsPacket pat_;  ///< ready but for the continuity counter
  TsPacket pmt_;
  std::uint8_t tables_continuity_ = 0;  ///< PAT and PMT always come together
  std::optional<std::chrono::nanoseconds> tables_at_;
  Bytes parameter_sets_;  ///< SPS and PPS of the last keyframe that had them, start codes included
};

}  // namespace pixelpass::mpegts
