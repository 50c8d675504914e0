#pragma once

#include "pixelpass/media/frame.hpp"
#include "pixelpass/mpegts/parameter_sets.hpp"
#include "pixelpass/mpegts/program_map.hpp"
#include "pixelpass/mpegts/repeated_packets.hpp"
#include "pixelpass/mpegts/ts_framing.hpp"

#include <functional>
#include <optional>

namespace pixelpass::mpegts {

/// Cuts an MPEG-TS (ISO/IEC 13818-1) that somebody else made into frames and groups.
/// A frame is the run of packets from one video access unit's start to the next one's, whatever else lies in
/// between; where the video's PES packets say how long they are, a frame ends with its last video packet, and
/// what comes before the next picture is a frame of its own. So a reader of whole frames never has half a
/// picture. A group starts at a random-access point: the random_access_indicator, or, where a muxer does not
/// set it, parameter sets or a random-access picture at the start of the PES payload.
///
/// One programme passes where there are several. Its bytes pass unchanged, with what somebody needs who
/// begins at a keyframe:
/// - One that PAT and PMT do not directly precede gets the last ones that did come, in front. They repeat
///   the last packet of their PID, counter included, which section 2.4.3.3 allows (duplicate packets).
/// - One that does not bear the parameter sets that came before gets them, within its own PES packet. The
///   counters of the video's packets are raised from there on.
///
/// A packet of a track that is sent twice passes once: the second would begin the same picture anew.
///
/// What is damaged costs the rest of its group: the next frame out is a keyframe, marked `after_gap`.
/// Sans-IO. Bounded: holds at most one frame, its tables and sets, a packet a track, and one read's worth of
/// bytes.
class TsSplitter {
 public:
  enum class Status : std::uint8_t {
    kOk,
    kNotTransportStream,  ///< no run of packets in what came (or came since the sync was lost)
    kNoVideo,             ///< packets, but no program with a video track
  };
  struct Limits {
    std::size_t frame_bytes = 8 << 20;      ///< a longer frame is dropped, with the rest of its group
    std::size_t video_within = 4 << 20;     ///< bytes of packets in which PAT and PMT have to name a video
    std::size_t unsynced_bytes = 64 << 10;  ///< bytes in which a run of packets has to begin
  };
  struct Counters {
    std::uint64_t frames = 0;
    std::uint64_t groups = 0;
    std::uint64_t frames_too_long = 0;
    std::uint64_t syncs_lost = 0;
  };
  using OnFrame = std::function<void(Frame frame)>;

  TsSplitter() : TsSplitter(Limits{}) {}
  explicit TsSplitter(Limits limits) : limits_(limits), framing_(limits.unsynced_bytes) {}

  /// `now` is when these bytes were read. The first frame out is a keyframe.
  /// Once it has returned anything but kOk it must not be fed again.
  Status feed(ByteView bytes, Instant now, const OnFrame& on_frame);
  /// The input has ended: gives what is there of the last frame, unless that is known to be cut off.
  Status end(const OnFrame& on_frame);

  /// Whether the pending bytes may be a complete frame, although nothing says so: the muxer has filled up the
  /// last packet, as it does at the end of a PES packet. If nothing follows for a moment, call idle().
  [[nodiscard]] bool may_be_whole() const;
  /// Treats the pending bytes as complete. If they were not, the rest follows as a frame of its own, and
  /// nothing is lost.
  void idle(const OnFrame& on_frame);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const ProgramMap& programs() const { return program_; }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  void on_packet(TsPacketView packet, const OnFrame& on_frame);
  void begin_picture(TsPacketView packet, const OnFrame& on_frame);
  void append(TsPacketView packet);
  void count_video(std::size_t payload_bytes, const OnFrame& on_frame);
  void emit(std::size_t bytes, const OnFrame& on_frame);
  void drop_pending();
  [[nodiscard]] bool is_table(std::uint16_t pid) const;
  /// Whether a group can begin with the picture in the first `bytes` of pending_. Keeps the parameter sets in
  /// it, and inserts those that it lacks: `bytes` grows.
  bool read_picture(std::size_t& bytes);
  void insert_sets(std::size_t at, std::size_t& bytes);
  [[nodiscard]] bool begins_with_tables() const;
  SharedBytes copy_pending(std::size_t bytes, bool with_tables);

  Limits limits_;
  Counters counters_;
  TsFraming framing_;
  ProgramMap program_;
  RepeatedPackets repeated_;
  ParameterSets sets_;
  std::uint16_t sets_pid_ = kNullPid;  ///< whose they are
  std::uint8_t raised_ = 0;            ///< by how much the counters of the video's packets are, modulo 16
  std::uint8_t pat_counter_ = 0;       ///< of a PAT that is not the stream's own

  std::size_t before_video_ = 0;  ///< bytes of packets before a video track was known
  Instant now_;                   ///< of the feed that is going on

  Bytes pending_;                   ///< whole packets of the frame that is coming
  Instant pending_at_;              ///< when its picture's first packet was read
  std::size_t picture_ = kNowhere;  ///< offset in pending_ of the packet that begins the video PES packet
  std::size_t tables_ = kNowhere;   ///< offset of a PAT that nothing but tables has followed
  std::optional<std::size_t> pes_left_;  ///< bytes of that PES packet still to come, if it says so
  bool filled_up_ = false;               ///< its last packet is
  bool waiting_ = true;                  ///< for a keyframe
  bool gap_ = false;                     ///< something was dropped since the last frame
};

}  // namespace pixelpass::mpegts
