#pragma once

#include "pixelpass/mpegts/ts_tables.hpp"

#include <vector>

namespace pixelpass::mpegts {

/// Keeps what a decoder needs before a stream's pictures: SPS and PPS of H.264, also VPS of H.265, the
/// sequence header of MPEG-1 and 2, the headers down to the video object layer of MPEG-4 part 2. Many muxers
/// send them once, at the start, so that whoever joins later has none. The last of each is kept. Sans-IO.
/// Bounded; a set beyond the limits is not kept.
class ParameterSets {
 public:
  struct Limits {
    std::size_t bytes = 16 << 10;
    std::size_t sets = 64;
  };
  /// The beginning of a picture, up to its first slice.
  struct Picture {
    bool enters = false;        ///< a decoder that has the sets can begin here
    bool has_all = true;        ///< bears all sets that are kept
    std::size_t insert_at = 0;  ///< offset in the elementary stream where sets belong
    bool ended = false;         ///< a slice was reached: more bytes would say no more
  };

  ParameterSets() : ParameterSets(Limits{}) {}
  explicit ParameterSets(Limits limits) : limits_(limits) {}

  /// `elementary`: from the picture's start on. Keeps the sets in it.
  Picture read(ByteView elementary, StreamType type);
  /// Whether the sets that a decoder needs are there. True for video whose sets are unknown here.
  [[nodiscard]] bool complete(StreamType type) const;
  /// All of them, in the order that decoders need, with start codes.
  [[nodiscard]] Bytes all() const;

 private:
  struct Set {
    int kind = 0;  ///< in the order of all()
    std::uint32_t id = 0;
    Bytes bytes;        ///< start code included
    bool seen = false;  ///< in the picture that is read
  };

  void keep(int kind, std::uint32_t id, ByteView body);
  void forget_type(StreamType type);
  Picture read_nals(ByteView stream, StreamType type);
  Picture read_mpeg(ByteView stream, StreamType type);
  [[nodiscard]] bool has(int kind) const;

  Limits limits_;
  StreamType type_ = StreamType::kAacAdts;  ///< whose sets these are
  std::vector<Set> sets_;                   ///< by kind, then as they came
};

}  // namespace pixelpass::mpegts
