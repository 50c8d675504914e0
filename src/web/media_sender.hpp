#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/amplification_limit.hpp"
#include "web/bye_reason.hpp"
#include "web/feedback_line.hpp"
#include "web/h264_packetizer.hpp"
#include "web/media_terms.hpp"
#include "web/packet_batch.hpp"
#include "web/reported_line.hpp"
#include "web/retransmission_store.hpp"
#include "web/rtcp.hpp"
#include "web/rtp_stream.hpp"
#include "web/send_queue.hpp"
#include "web/send_window.hpp"
#include "web/sender_reports.hpp"
#include "web/srtp_keys.hpp"
#include "web/srtp_session.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// The state of a browser's line, by its reports, and by its feedback if it gives any.
struct SenderStatus {
  std::int64_t bytes_sent = 0;  ///< media payload, what was sent again left out; never falls
  std::uint64_t skipped_groups = 0;
  std::uint64_t lost_packets = 0;  ///< of the picture, as the browser reports them
  Duration rtt{};                  ///< zero: none yet
  Duration jitter{};               ///< of the picture's packets (RFC 3550 section 6.4.1)
  Instant heard_at{};              ///< the last authentic SRTCP; the epoch: none yet
  bool has_left = false;           ///< said bye
  tunnel::LineStatus line{};
};

/// One browser's media: access units in, SRTP packets out, SRTCP in. Begins with a keyframe. Packets that
/// wait longer than `latency` give way to the next keyframe, as with a native viewer. A keyframe is sent at a
/// multiple of the bitrate, not in one burst. Holds references to the last second's units for retransmission.
/// A browser that reports nothing for seconds gets no more pictures until it does: on a dead line nothing
/// else would stop them. Sans-IO. Thread: network.
class MediaSender {
 public:
  using Room = AmplificationLimit::Room;

  /// `latency`: how late a group may be before it is worthless.
  MediaSender(const MediaTerms& terms, const SrtpKeys& keys, const Random& random, Instant now,
              Duration latency = 200ms);
  MediaSender(const MediaSender&) = delete;
  MediaSender& operator=(const MediaSender&) = delete;

  /// The encoder's bitrate, in bits a second, from which the pace is derived.
  void set_bitrate(std::int64_t bits_per_second);
  /// What the line carries, where that is less than what could be sent.
  void set_limit(const std::optional<LineLimit>& limit);
  /// Tells the browser, again and again, whether it is left behind.
  void tell_left_behind(bool is_left_behind) { reports_.tell_left_behind(is_left_behind); }
  /// Takes H.264 and Opus; ignores AAC.
  void on_unit(const AccessUnit& unit, Instant now);
  /// Whether no picture has come yet with which it could begin.
  [[nodiscard]] bool awaits_first_picture() const;
  /// Drops pictures up to the next keyframe: some were left out.
  void wait_for_keyframe();
  /// False: the packet is not authentic, or a repetition; it is dropped.
  bool on_rtcp(ByteView srtcp, Instant now);
  /// When to call flush() next, for a report or for what the pace held back.
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void on_timeout(Instant now);
  /// Sends what is due. Reports go over a path that is being tried, too. Where `room` is small, pictures go
  /// before sound; a picture without room waits, sound without room is dropped, and neither counts as sent.
  /// False: the sink is full, call again once it is writable.
  bool flush(const net::Path& path, net::DatagramSink& sink, Instant now, const Room& room = nullptr);
  /// Ends the media and tells the browser why; the next flush sends it. It may get lost, and some browsers
  /// miss the first packets, so it is to be said again.
  void say_bye(ByeReason reason, Instant now);
  /// Sends every second sender report over this path, to see whether the browser hears it; nullopt ends that.
  void try_path(const std::optional<net::Path>& path);
  /// The paths over which the browser has heard a report, as it proves by echoing it; once for each report.
  std::vector<net::Path> take_heard_over();
  /// Whether the browser asks for a keyframe (PLI, FIR), or can go on with nothing else; true only once.
  bool take_keyframe_wanted();
  [[nodiscard]] SenderStatus status() const;

 private:
  /// A packet that needs no queue: it is sent at once, and never again.
  struct Small {
    RtpStream* stream = nullptr;
    RtpPayload payload;
    std::uint32_t timestamp = 0;
  };

  void on_picture(const AccessUnit& unit, Instant now);
  void on_audio(const AccessUnit& unit);
  void put_small(RtpStream& stream, ByteView bytes, std::uint32_t timestamp);
  void ask_for_keyframe(Instant now);
  void on_heard(Instant now);
  [[nodiscard]] bool is_unheard(Instant now) const;
  void drop_late(Instant now);
  void on_message(const ReceptionReport& report, Instant now);
  void on_message(const Nack& nack, Instant now);
  void on_message(const KeyframeRequest& request, Instant now);
  void on_message(const Bye&);
  void on_message(const TransportFeedback& feedback, Instant now);
  void note_path(const net::Path& path);
  [[nodiscard]] bool has_begun() const;
  [[nodiscard]] bool may_send_pictures(Instant now);
  [[nodiscard]] bool is_line_full(Instant now) const;
  bool flush_audio(const net::Path& path, net::DatagramSink& sink, Instant now, SendAllowance allowance);
  void leave_audio_out();
  bool flush_missing(const net::Path& path, net::DatagramSink& sink, Instant now, SendAllowance allowance);
  bool flush_pictures(const net::Path& path, net::DatagramSink& sink, Instant now, SendAllowance allowance);
  void number(RtpHeader& header) const;
  void append(const RtpHeader& header, ByteView before, const RtpPayload& payload, std::uint64_t index,
              Instant now);
  void count(RtpStream& stream, const RtpPayload& payload);

  MediaTerms terms_;
  SrtpSession srtp_;
  std::size_t tag_bytes_;
  PacketBatch batch_{srtp_, tag_bytes_};
  H264Packetizer h264_;
  WrappedPacketizer wrapped_;
  std::chrono::milliseconds clock_begin_;
  RtpStream video_;
  RtpStream rtx_;
  RtpStream audio_;
  SendQueue queue_;
  RetransmissionStore store_;
  Pace pace_;
  std::deque<Small> audio_units_;
  bool has_sent_audio_ = false;
  std::uint32_t audio_time_ = audio_.time_base;    ///< of the last one
  std::uint32_t picture_time_ = video_.time_base;  ///< the same
  std::deque<std::uint16_t> missing_;              ///< sequence numbers to send again
  bool waits_for_room_ = false;                    ///< what is of the picture
  std::optional<SendWindow> window_;               ///< of a browser that is left behind
  bool waits_for_line_ = false;                    ///< what is of the picture, until something has come
  SenderReports reports_;
  std::vector<net::Path> heard_over_;
  bool wants_keyframe_ = true;
  Instant asked_at_{};
  Instant heard_at_{};
  std::optional<Instant> unheard_since_;  ///< the first picture after the last report
  bool has_left_ = false;
  bool is_over_ = false;
  std::int64_t bytes_sent_ = 0;
  ReportedLine reported_;
  FeedbackLine followed_;
  std::optional<net::Path> path_;  ///< that media was sent over last
};

}  // namespace pixelpass::web
