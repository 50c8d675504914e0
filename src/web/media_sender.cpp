#include "web/media_sender.hpp"

#include "web/h264_packetizer.hpp"
#include "web/packet_batch.hpp"
#include "web/reported_line.hpp"
#include "web/retransmission_store.hpp"
#include "web/rtcp.hpp"
#include "web/send_queue.hpp"
#include "web/srtp_session.hpp"
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <utility>

namespace pixelpass::web {
namespace {

constexpr std::uint32_t kOpusRate = 48'000;  // RFC 7587 section 4.1, whatever was sampled
constexpr std::string_view kName = "host";
/// So often the browser is told how our clocks stand, and tells what has come.
constexpr Duration kReportInterval = 250ms;
constexpr Duration kAskAgain = 1s;
constexpr Duration kLeastResendPause = 10ms;
/// Of the relation of both clocks: less is the capture's jitter.
constexpr Duration kClockJump = 20ms;
constexpr std::size_t kOriginalSequenceBytes = 2;  // RFC 4588 section 4
constexpr std::size_t kMaxSounds = 50;
/// The sound's reports claim that it belongs so much later. As long as it comes after its picture, a browser
/// holds the picture back; sound that is late by less than 125 ms nobody notices (ITU-R BT.1359).
constexpr Duration kSoundMayBeLate = 40ms;
/// Opus: 10 ms of stereo without a sound (RFC 6716 section 3.1), in ticks of its clock.
constexpr std::array<std::uint8_t, 3> kSilence{0xfc, 0xff, 0xfe};
constexpr std::uint32_t kSilenceTicks = 480;

std::size_t max_payload(const SrtpKeys& keys) {
  return kMaxRtpBytes - RtpHeader::kBytes - RtpHeader::kExtensionBytes - kOriginalSequenceBytes -
         tag_bytes(keys.profile);
}

/// What goes out under one SSRC.
struct RtpStream {
  std::uint32_t ssrc = 0;
  std::uint8_t type = 0;
  std::uint32_t rate = 0;
  std::uint64_t index = 0;      ///< of the next packet: roll-over counter and sequence number
  std::uint32_t time_base = 0;  ///< RTP time of pts 0
  std::uint32_t packets = 0;
  std::uint32_t payload_bytes = 0;
};

/// Random, and far from the first wrap: who misses the first packets has to guess the roll-over counter
/// (RFC 3711 section 3.3.1).
RtpStream make_stream(std::uint32_t ssrc, std::uint8_t type, std::uint32_t rate, const Random& random) {
  constexpr std::uint16_t kFirstBits = 0x3fff;
  std::array<std::uint8_t, 6> drawn;
  random(drawn);
  return {ssrc, type, rate, boost::endian::load_big_u16(&drawn[0]) & std::uint64_t{kFirstBits},
          boost::endian::load_big_u32(&drawn[2])};
}

}  // namespace

class MediaSender::Core {
 public:
  Core(const MediaTerms& terms, const SrtpKeys& keys, const Random& random, Instant now, Duration latency)
      : terms_(terms),
        srtp_(keys),
        tag_bytes_(tag_bytes(keys.profile)),
        h264_(max_payload(keys)),
        wrapped_(max_payload(keys)),
        video_(make_stream(kVideoSsrc, terms.video_type, kVideoRate, random)),
        rtx_(make_stream(kRtxSsrc, terms.rtx_type, kVideoRate, random)),
        audio_(make_stream(kAudioSsrc, terms.audio_type, kOpusRate, random)),
        queue_(latency),
        report_at_(now) {}

  void set_bitrate(std::int64_t bits_per_second) { pace_.set_bitrate(bits_per_second); }

  void on_unit(const AccessUnit& unit, Instant now) {
    if (is_over_) return;
    if (unit.kind == AccessUnit::Kind::kVideo && terms_.video_type != 0) on_picture(unit, now);
    if (unit.kind == AccessUnit::Kind::kOpus && terms_.audio_type != 0) on_sound(unit);
  }

  bool on_rtcp(ByteView srtcp, Instant now) {
    const auto packet = srtp_.open_rtcp(srtcp);
    if (!packet) return false;
    heard_at_ = now;
    for (const auto& message : read_rtcp(*packet))
      std::visit([&](const auto& known) { on_message(known, now); }, message);
    return true;
  }

  [[nodiscard]] std::optional<Instant> next_timeout() const {
    std::optional<Instant> next;
    if (is_over_) return next;
    const auto consider = [&](std::optional<Instant> when) {
      if (when && (!next || *when < *next)) next = when;
    };
    if (video_.packets + audio_.packets > 0) consider(report_at_);
    if (!queue_.empty() || !missing_.empty()) consider(pace_.free_at());
    consider(queue_.deadline());
    return next;
  }

  void on_timeout(Instant now) {
    if (is_over_) return;
    drop_late(now);
    if (now < report_at_ || video_.packets + audio_.packets == 0) return;
    report_at_ = now + kReportInterval;
    for (const auto* stream : {&video_, &audio_})
      if (stream->packets > 0) report(*stream, stream->packets, stream->payload_bytes, now);
  }

  /// Browsers speak of a stream's reports once a packet of it has come: there may have been none yet.
  void say_bye(ByeReason reason, Instant now) {
    is_over_ = true;
    sounds_.clear();
    reports_.clear();
    if (terms_.audio_type != 0) {
      const auto silence = SharedBytes::copy_of(kSilence);
      sounds_.push_back({{silence, silence.view()}, sound_time_ += kSilenceTicks});
    }
    for (const auto* stream : {&video_, &audio_})
      report(*stream, kByePackets | static_cast<std::uint32_t>(reason), kByeMark, now);
  }

  bool flush(const net::Path& path, net::DatagramSink& sink, Instant now) {
    if (is_over_) return batch_.send(path, sink) && flush_sound(path, sink) && flush_reports(path, sink);
    drop_late(now);
    if (!batch_.send(path, sink) || !flush_reports(path, sink)) return false;
    return flush_sound(path, sink) && flush_missing(path, sink, now) && flush_pictures(path, sink, now) &&
           batch_.send(path, sink);
  }

  bool take_keyframe_wanted() { return std::exchange(wants_keyframe_, false) && !is_over_; }

  [[nodiscard]] SenderStatus status() const {
    const auto line = line_.status(queue_.bytes());
    return {bytes_sent_,       queue_.skipped_groups(),
            line.lost_packets, line.latest_rtt,
            line_.jitter(),    heard_at_,
            has_left_,         line};
  }

 private:
  struct Sound {
    RtpPayload payload;
    std::uint32_t timestamp = 0;
  };

  // What comes in.

  void on_picture(const AccessUnit& unit, Instant now) {
    note_clocks(unit, true);
    auto payloads =
        terms_.wrapped ? wrapped_.cut(unit.bytes, unit.keyframe) : h264_.cut(unit.bytes, unit.keyframe);
    const auto time = video_.time_base + to_rtp_time(unit.pts, kVideoRate);
    if (queue_.push(std::move(payloads), time, unit.keyframe, now)) {
      if (unit.keyframe) wants_keyframe_ = false;
    } else if (now - asked_at_ >= kAskAgain) {
      ask_for_keyframe(now);
    }
  }

  /// The first one after a pause has the marker (RFC 7587 section 4.1).
  void on_sound(const AccessUnit& unit) {
    note_clocks(unit, false);
    if (unit.bytes.empty() || unit.bytes.size() > kMaxRtpBytes - RtpHeader::kBytes - tag_bytes_) return;
    if (sounds_.size() >= kMaxSounds) sounds_.pop_front();
    RtpPayload payload{unit.bytes, unit.bytes.view()};
    payload.marker = !std::exchange(has_sounded_, true) || unit.after_gap;
    sound_time_ = audio_.time_base + to_rtp_time(unit.pts, kOpusRate);
    sounds_.push_back({std::move(payload), sound_time_});
  }

  /// One relation for both streams, so that no jitter of the capture comes between picture and sound.
  void note_clocks(const AccessUnit& unit, bool leads) {
    const auto zero = unit.captured_at - std::chrono::duration_cast<Duration>(unit.pts);
    if (pts_zero_ && (!leads || std::chrono::abs(zero - *pts_zero_) < kClockJump)) return;
    pts_zero_ = zero;
  }

  void ask_for_keyframe(Instant now) {
    wants_keyframe_ = true;
    asked_at_ = now;
  }

  void drop_late(Instant now) {
    const bool needed = queue_.needs_keyframe();
    queue_.drop_late(now);
    if (!needed && queue_.needs_keyframe()) ask_for_keyframe(now);
  }

  // What the browser says.

  void on_message(const ReceptionReport& report, Instant now) {
    if (report.ssrc != kVideoSsrc && report.ssrc != kAudioSsrc) return;
    line_.note_rtt(report, now);
    if (report.ssrc == kVideoSsrc) line_.on_report(report, now);
  }

  void on_message(const Nack& nack, Instant now) {
    if (nack.ssrc != kVideoSsrc) return;
    const auto pause = std::max(line_.rtt(), kLeastResendPause);
    for (const auto sequence : nack.sequences) {
      auto* packet = store_.find(sequence);
      // A page that decodes itself cannot ask for a keyframe.
      if (!packet && terms_.wrapped && now - asked_at_ >= kAskAgain) ask_for_keyframe(now);
      if (!packet || missing_.size() >= kMaxNacked || !RetransmissionStore::may_resend(*packet, pause, now))
        continue;
      packet->resent_at = now;
      ++packet->resent;
      missing_.push_back(sequence);
    }
  }

  /// The decoder that a wrapped picture is not given to keeps asking.
  void on_message(const KeyframeRequest& request, Instant now) {
    if (request.ssrc == kVideoSsrc && !terms_.wrapped) ask_for_keyframe(now);
  }
  void on_message(const Bye&, Instant) { has_left_ = true; }

  // What goes out.

  void report(const RtpStream& stream, std::uint32_t packets, std::uint32_t payload_bytes, Instant now) {
    const auto late = stream.ssrc == kAudioSsrc ? kSoundMayBeLate : Duration{};
    const auto pts = std::chrono::nanoseconds(now - late - pts_zero_.value_or(now));
    auto packet =
        write(SenderReport{stream.ssrc, to_ntp(now), stream.time_base + to_rtp_time(pts, stream.rate),
                           packets, payload_bytes},
              kName);
    const auto bytes = packet.size();
    packet.resize(bytes + kMaxSrtcpOverhead);
    packet.resize(srtp_.seal_rtcp(packet, bytes));
    // The newest that waits is out of date; the first may have been offered to a full sink, and is offered
    // again.
    if (reports_.size() >= 4) reports_.pop_back();
    reports_.push_back(std::move(packet));
  }

  bool flush_reports(const net::Path& path, net::DatagramSink& sink) {
    for (; !reports_.empty(); reports_.pop_front())
      if (!sink.send(path, reports_.front(), reports_.front().size(), 0)) return false;
    return true;
  }

  bool flush_sound(const net::Path& path, net::DatagramSink& sink) {
    for (; !sounds_.empty(); sounds_.pop_front()) {
      const auto& [payload, timestamp] = sounds_.front();
      if (!batch_.make_room(payload.size() + RtpHeader::kBytes + tag_bytes_, path, sink)) return false;
      batch_.append(header_of(audio_, payload, timestamp, audio_.index, 0), {}, payload, audio_.index);
      count(audio_, payload);
    }
    return batch_.send(path, sink);
  }

  /// In a stream of their own (RFC 4588), or, where the browser knows none, once more as they were.
  bool flush_missing(const net::Path& path, net::DatagramSink& sink, Instant now) {
    for (; !missing_.empty() && pace_.free_at() <= now; missing_.pop_front()) {
      const auto* packet = store_.find(missing_.front());
      if (!packet) continue;
      const auto& payload = packet->payload;
      const bool apart = terms_.rtx_type != 0;
      auto header =
          apart ? header_of(rtx_, payload, packet->timestamp, rtx_.index, terms_.playout_delay_id)
                : header_of(video_, payload, packet->timestamp, packet->index, terms_.playout_delay_id);
      std::array<std::uint8_t, kOriginalSequenceBytes> original;
      boost::endian::store_big_u16(original.data(), static_cast<std::uint16_t>(packet->index));
      const auto before = apart ? ByteView(original) : ByteView();
      const auto bytes = header.size() + before.size() + payload.size() + tag_bytes_;
      if (!batch_.make_room(bytes, path, sink)) return false;
      batch_.append(header, before, payload, apart ? rtx_.index : packet->index);
      if (apart) ++rtx_.index;
      pace_.on_sent(bytes, bytes + queue_.bytes(), now);
    }
    return batch_.send(path, sink);
  }

  bool flush_pictures(const net::Path& path, net::DatagramSink& sink, Instant now) {
    while (!queue_.empty() && pace_.free_at() <= now) {
      const auto& next = queue_.front();
      const auto header =
          header_of(video_, next.payload, next.timestamp, video_.index, terms_.playout_delay_id);
      const auto bytes = header.size() + next.payload.size() + tag_bytes_;
      if (!batch_.make_room(bytes, path, sink)) return false;
      batch_.append(header, {}, next.payload, video_.index);
      pace_.on_sent(bytes, queue_.bytes(), now);
      line_.on_sent(video_.index, bytes);
      auto sent = queue_.pop();
      const auto index = video_.index;
      count(video_, sent.payload);
      store_.keep({std::move(sent.payload), sent.timestamp, index, now});
    }
    return true;
  }

  static RtpHeader header_of(const RtpStream& stream, const RtpPayload& payload, std::uint32_t timestamp,
                             std::uint64_t index, std::uint8_t extension) {
    return {stream.type, payload.marker, static_cast<std::uint16_t>(index),
            timestamp,   stream.ssrc,    extension};
  }

  void count(RtpStream& stream, const RtpPayload& payload) {
    ++stream.index;
    ++stream.packets;
    stream.payload_bytes += static_cast<std::uint32_t>(payload.size());
    bytes_sent_ += static_cast<std::int64_t>(payload.size());
  }

  MediaTerms terms_;
  SrtpSession srtp_;
  std::size_t tag_bytes_;
  PacketBatch batch_{srtp_, tag_bytes_};
  H264Packetizer h264_;
  WrappedPacketizer wrapped_;
  RtpStream video_;
  RtpStream rtx_;
  RtpStream audio_;
  SendQueue queue_;
  RetransmissionStore store_;
  Pace pace_;
  std::deque<Sound> sounds_;
  bool has_sounded_ = false;
  std::uint32_t sound_time_ = audio_.time_base;  ///< of the last one
  std::deque<std::uint16_t> missing_;            ///< sequence numbers to send again
  std::deque<Bytes> reports_;
  Instant report_at_;
  std::optional<Instant> pts_zero_;  ///< when the units' time began
  bool wants_keyframe_ = true;
  Instant asked_at_{};
  Instant heard_at_{};
  bool has_left_ = false;
  bool is_over_ = false;
  std::int64_t bytes_sent_ = 0;
  ReportedLine line_;
};

MediaSender::MediaSender(const MediaTerms& terms, const SrtpKeys& keys, const Random& random, Instant now,
                         Duration latency)
    : core_(std::make_unique<Core>(terms, keys, random, now, latency)) {}
MediaSender::~MediaSender() = default;

void MediaSender::set_bitrate(std::int64_t bits_per_second) {
  core_->set_bitrate(bits_per_second);
}
void MediaSender::on_unit(const AccessUnit& unit, Instant now) {
  core_->on_unit(unit, now);
}
bool MediaSender::on_rtcp(ByteView srtcp, Instant now) {
  return core_->on_rtcp(srtcp, now);
}
std::optional<Instant> MediaSender::next_timeout() const {
  return core_->next_timeout();
}
void MediaSender::on_timeout(Instant now) {
  core_->on_timeout(now);
}
bool MediaSender::flush(const net::Path& path, net::DatagramSink& sink, Instant now) {
  return core_->flush(path, sink, now);
}
void MediaSender::say_bye(ByeReason reason, Instant now) {
  core_->say_bye(reason, now);
}
bool MediaSender::take_keyframe_wanted() {
  return core_->take_keyframe_wanted();
}
SenderStatus MediaSender::status() const {
  return core_->status();
}

}  // namespace pixelpass::web
