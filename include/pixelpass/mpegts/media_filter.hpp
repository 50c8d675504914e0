#pragma once

#include "pixelpass/media/frame.hpp"
#include "pixelpass/mpegts/known_tracks.hpp"
#include "pixelpass/mpegts/ts_tables.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::mpegts {

/// Passes on nothing but MPEG-TS with pictures and sound of known kinds: what comes from a host is a
/// stranger's, and players open whatever it looks like (a playlist, an edit list, subtitles, fonts).
/// - A frame that is no run of whole packets is dropped, and its group from there on.
/// - Of the packets, those of the tracks that `known_tracks` knows pass, and of the PCR's PID those without
///   payload. Everything else goes: other tables, other programmes, null packets, what is scrambled.
/// - PAT and PMT are ours, and name these tracks alone: one packet, and as many as the tracks take. Its
/// version counts changes of its own,
///   since players do not look at a table whose version is the same.
/// - A group begins with both, whatever the host sent.
/// Bytes in which nothing is to be changed are passed on as they are, shared: our own host's always are.
/// Sans-IO; bounded: two table sections. Thread: network.
class MediaFilter {
 public:
  enum class Refusal : std::uint8_t {
    kNotTransportStream,  ///< no run of packets with their sync bytes
    kNoKnownTrack,        ///< a group begins, and no table has named a track that may pass
  };
  struct Counters {
    std::uint64_t frames_passed = 0;
    std::uint64_t frames_changed = 0;  ///< of these: copied, since packets were dropped or rewritten
    std::uint64_t frames_refused = 0;  ///< and those that follow them in their group
    std::uint64_t packets_dropped = 0;
  };

  MediaFilter() { verdicts_.fill(Verdict::kDrop); }

  /// The part of this frame that may be passed on; nullopt: none. The first frame after a refusal is a
  /// keyframe, marked `after_gap`.
  std::optional<Frame> pass(Frame frame);

  /// Whether something was refused, and nothing has passed since.
  [[nodiscard]] bool is_refusing() const { return gap_; }
  /// Why frames were refused, the last time.
  [[nodiscard]] std::optional<Refusal> refusal() const { return refusal_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  enum class Verdict : std::uint8_t { kDrop, kTrack, kPcr, kPat, kPmt };

  /// A frame on its way: bytes are copied from the first change on.
  class Output;
  /// A table as we send it.
  struct Table {
    std::vector<TsPacket> packets;
    bool known = false;
    std::optional<std::uint8_t> version;  ///< that players may have
    std::uint8_t counter = 0;             ///< of the last one sent
    bool continues = false;               ///< one was sent, and the next follows on
    bool repeats = false;                 ///< that was this one, as the host sent it
    bool in_group = false;                ///< sent since the group's keyframe began

    void set(std::uint16_t pid, Bytes section);
    /// The version for new content: theirs, unless that is the one that players have.
    std::uint8_t next_version(std::uint8_t theirs);
    /// The host's packet is this one, all of it, with a counter that may follow.
    [[nodiscard]] bool is_same(TsPacketView theirs) const;
    void sent(std::uint8_t with_counter);
    void put(Output& out);
  };

  std::optional<Frame> refuse(Refusal why);
  void filter_packet(TsPacketView packet, Output& out);
  void filter_table(TsPacketView packet, Verdict verdict, Output& out);
  void put_missing_tables(Output& out);
  /// True: it says what ours says.
  bool on_pat(ByteView section);
  bool on_pmt(ByteView section);
  void forget_tracks();
  [[nodiscard]] bool begins_group() const { return !pat_.in_group || !pmt_.in_group; }

  std::array<Verdict, kNullPid + 1> verdicts_{};  ///< by PID
  SectionReader pat_sections_;
  SectionReader pmt_sections_;
  std::optional<ProgramPlace> place_;
  std::optional<KnownTracks> tracks_;
  Table pat_;
  Table pmt_;
  bool waiting_ = false;  ///< for a keyframe
  bool gap_ = false;      ///< something was refused since the last frame passed
  std::optional<Refusal> refusal_;
  Counters counters_;
};

}  // namespace pixelpass::mpegts
