#pragma once

#include "pixelpass/mpegts/ts_tables.hpp"

#include <bitset>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace pixelpass::mpegts {

/// Follows PAT and PMTs to a programme that has a picture, and to its video track; follows them again when
/// they change. The first programme whose table names a video that is not encrypted is it, and stays it for
/// as long as that holds. Sans-IO. Bounded: the sections of at most kMaxPrograms programmes.
class ProgramMap {
 public:
  static constexpr std::size_t kMaxPrograms = 256;

  struct VideoTrack {
    std::uint16_t pid = kNullPid;
    StreamType type = StreamType::kH264;
  };
  struct Program {
    std::uint16_t number = 0;
    std::uint16_t pmt_pid = kNullPid;
    bool has_table = false;
    std::uint16_t pcr_pid = kNullPid;
    std::vector<std::uint8_t> stream_types;
    std::vector<std::uint16_t> pids;   ///< of its tracks
    std::vector<std::uint16_t> known;  ///< those of them that a player may get (KnownTracks)
    std::optional<VideoTrack> video;
    bool scrambled = false;  ///< the last packet of its video was encrypted
    Bytes packets;           ///< its last whole PMT, as it came
  };

  void feed(TsPacketView packet);

  /// Nullptr: none is chosen.
  [[nodiscard]] const Program* chosen() const { return chosen_ == kNone ? nullptr : &programs_[chosen_]; }
  /// The chosen programme's; nullopt: there is none.
  [[nodiscard]] std::optional<VideoTrack> video() const;
  /// kNullPid: none.
  [[nodiscard]] std::uint16_t pcr_pid() const;
  /// Whether it is the chosen programme's; any programme's while none is chosen.
  [[nodiscard]] bool is_pmt(std::uint16_t pid) const;
  /// The stream has other programmes too: their packets are not wanted, nor is the PAT that names them.
  [[nodiscard]] bool has_others() const { return programs_.size() > 1; }
  /// A packet of this PID is of the chosen programme, or of no programme in particular. Tables that speak of
  /// other programmes are not wanted.
  [[nodiscard]] bool is_wanted(std::uint16_t pid) const;
  /// The last whole PAT as it came, or, where there are others, one that names the chosen programme alone.
  [[nodiscard]] ByteView pat_packets() const { return has_others() ? own_pat_ : pat_packets_; }
  /// The chosen programme's last whole PMT as it came; empty before the first.
  [[nodiscard]] ByteView pmt_packets() const;

  [[nodiscard]] const std::vector<Program>& programs() const { return programs_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  void on_pat(ByteView section, ByteView packets);
  void set_programs(std::vector<Program> programs);
  void on_pmt(std::uint16_t pid, ByteView section, ByteView packets);
  Program* find(std::uint16_t pid, std::uint16_t number);
  void note_scrambling(TsPacketView packet);
  void choose();
  void rebuild();

  SectionReader pat_;
  Bytes pat_packets_;
  Bytes own_pat_;
  std::uint16_t stream_id_ = 0;
  std::uint8_t own_version_ = 0;
  /// What own_pat_ says: the stream's id, the programme's number, its table's PID.
  std::optional<std::tuple<std::uint16_t, std::uint16_t, std::uint16_t>> own_says_;
  std::vector<Program> announced_;  ///< by the sections of a PAT that has not ended
  std::uint8_t next_section_ = 0;   ///< of it
  std::vector<Program> programs_;
  std::map<std::uint16_t, SectionReader> tables_;  ///< by PID
  std::size_t chosen_ = kNone;
  std::bitset<kNullPid + 1> video_pids_;  ///< of any programme
  std::bitset<kNullPid + 1> others_;      ///< PIDs that are of other programmes alone
};

}  // namespace pixelpass::mpegts
