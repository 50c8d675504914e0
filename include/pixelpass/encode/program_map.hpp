#pragma once

#include "pixelpass/encode/ts_tables.hpp"

#include <optional>

namespace pixelpass::encode {

/// Puts one PID's table sections together (ISO/IEC 13818-1 section 2.4.4), and keeps the packets that carried
/// the last whole one. Holds at most one section. Of several sections that begin in one packet, the first is
/// read. Sans-IO.
class SectionReader {
 public:
  /// True when this packet ends a section whose CRC is right.
  bool feed(TsPacketView packet);

  /// The last whole section; empty before the first.
  [[nodiscard]] ByteView section() const { return section_; }
  /// The packets it came in, byte for byte.
  [[nodiscard]] ByteView packets() const { return packets_; }

 private:
  Bytes section_;
  Bytes packets_;
  Bytes partial_;          ///< of a section that has not ended
  Bytes partial_packets_;  ///< empty: no section has begun
};

/// Follows PAT and PMT to the video track of a stream's first program. Follows them again when they change.
/// Sans-IO.
class ProgramMap {
 public:
  struct VideoTrack {
    std::uint16_t pid = kNullPid;
    StreamType type = StreamType::kH264;
  };

  void feed(TsPacketView packet);

  [[nodiscard]] std::optional<VideoTrack> video() const { return video_; }
  [[nodiscard]] bool is_pmt(std::uint16_t pid) const { return pmt_pid_ == pid; }
  /// The last whole PAT and PMT as they came; empty before the first.
  [[nodiscard]] ByteView pat_packets() const { return pat_.packets(); }
  [[nodiscard]] ByteView pmt_packets() const { return pmt_.packets(); }

 private:
  void on_pat();
  void on_pmt();

  SectionReader pat_;
  SectionReader pmt_;
  std::optional<std::uint16_t> pmt_pid_;
  std::optional<VideoTrack> video_;
};

}  // namespace pixelpass::encode
