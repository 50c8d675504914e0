#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/tunnel/host_tunnel.hpp"

#include "web/amplification_limit.hpp"
#include "web/bye_reason.hpp"
#include "web/h264_packetizer.hpp"
#include "web/media_terms.hpp"
#include "web/packet_batch.hpp"
#include "web/reported_line.hpp"
#include "web/retransmission_store.hpp"
#include "web/rtcp.hpp"
#include "web/rtp_stream.hpp"
#include "web/send_queue.hpp"
#include "web/sender_reports.hpp"
#include "web/srtp_keys.hpp"
#include "web/srtp_session.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace pixelpass::web {

/// What a browser's line and its reports say.
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

/// One browser's media: access units in, SRTP packets out, SRTCP in. Begins with a keyframe. What waits for
/// longer than `latency` gives way to the next keyframe, as with a native viewer. A keyframe leaves at a
/// multiple of the bitrate, not in one burst. Holds the bytes of the last second's units (not copies), for
/// what is asked for again. A browser that reports nothing for seconds gets no more pictures until it does:
/// nothing else would hold them back on a line that brings nothing any more. Sans-IO. Thread: network.
class MediaSender {
 public:
  using Room = AmplificationLimit::Room;

  /// `latency`: how late a group may be before it is worthless.
  MediaSender(const MediaTerms& terms, const SrtpKeys& keys, const Random& random, Instant now,
              Duration latency = 200ms);
  MediaSender(const MediaSender&) = delete;
  MediaSender& operator=(const MediaSender&) = delete;

  /// What the encoder is told, bits a second: the pace goes by it.
  void set_bitrate(std::int64_t bits_per_second);
  /// H.264 and Opus; AAC is ignored.
  void on_unit(const AccessUnit& unit, Instant now);
  /// No picture has come yet that it could begin with.
  [[nodiscard]] bool awaits_first_picture() const;
  /// Pictures are of no use before the next keyframe: some were left out.
  void wait_for_keyframe();
  /// False: not authentic, or come again; dropped.
  bool on_rtcp(ByteView srtcp, Instant now);
  /// When there is something to flush, a report or what the pace held back.
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void on_timeout(Instant now);
  /// Reports go over a path that is tried, too. Where `room` is little, pictures go before sound; a picture
  /// that there is none for waits, sound is left out, and neither counts as sent. False: the sink is full,
  /// call again once it is writable.
  bool flush(const net::Path& path, net::DatagramSink& sink, Instant now, const Room& room = nullptr);
  /// There is no media any more, and the browser is told why; the next flush sends it. It may get lost, and
  /// some browsers miss what comes first: to be said again.
  void say_bye(ByeReason reason, Instant now);
  /// Every second sender report goes there, to see whether the browser hears it, until there is none.
  void try_path(const std::optional<net::Path>& path);
  /// The paths over which the browser has heard a report, as only who has can tell; once for each report.
  std::vector<net::Path> take_heard_over();
  /// The browser asks for a keyframe (PLI, FIR), or has nothing to go on with but one. Says so once.
  bool take_keyframe_wanted();
  [[nodiscard]] SenderStatus status() const;

 private:
  /// What is not worth a queue: it leaves at once, and is not sent again.
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
  [[nodiscard]] bool has_begun() const;
  bool flush_audio(const net::Path& path, net::DatagramSink& sink, SendAllowance allowance);
  void leave_audio_out();
  bool flush_missing(const net::Path& path, net::DatagramSink& sink, Instant now, SendAllowance allowance);
  bool flush_pictures(const net::Path& path, net::DatagramSink& sink, Instant now, SendAllowance allowance);
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
  SenderReports reports_;
  std::vector<net::Path> heard_over_;
  bool wants_keyframe_ = true;
  Instant asked_at_{};
  Instant heard_at_{};
  std::optional<Instant> unheard_since_;  ///< the first picture after the last report
  bool has_left_ = false;
  bool is_over_ = false;
  std::int64_t bytes_sent_ = 0;
  ReportedLine line_;
};

}  // namespace pixelpass::web
