#include "web/media_sender.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace pixelpass::web {
namespace {

constexpr std::uint32_t kOpusRate = 48'000;  // RFC 7587 section 4.1, whatever was sampled
/// How soon a keyframe is asked for again; the host decides (app/host/keyframe_policy), and may have refused.
constexpr Duration kAskAgain = 1s;
/// How long a browser may be silent and still get pictures. Reports come every 1.5 s at most, and one of two
/// in a row may be lost.
constexpr Duration kMostUnheard = 4s;
/// How long a browser may get no packet of a stream and still mention it in its reports (libwebrtc stops
/// after 8 s). After that, reports do not tell whether pictures arrive, and each counts as a sign that they
/// may.
constexpr Duration kSilentOnStream = 8s;
constexpr Duration kLeastResendPause = 10ms;
constexpr std::size_t kOriginalSequenceBytes = 2;  // RFC 4588 section 4
/// Who tells nothing of packets for longer may have ceased to, and is sent what could tell.
constexpr Duration kMostUntold = 1s;
constexpr std::size_t kMaxAudioUnits = 50;
/// An Opus packet of 10 ms of silence in stereo (RFC 6716 section 3.1), and its length in ticks of its clock.
constexpr std::array<std::uint8_t, 3> kSilence{0xfc, 0xff, 0xfe};
constexpr std::uint32_t kSilenceTicks = 480;
/// Packets without a picture for browsers that take no sound: H.264's filler data (ITU-T H.264 section
/// 7.3.2.7), or a packet of a VP8 picture whose beginning is missing (RFC 7741 section 4.2).
constexpr std::array<std::uint8_t, 3> kFiller{0x0c, 0xff, 0x80};
constexpr std::array<std::uint8_t, 2> kNoVp8{0x00, 0x00};

constexpr std::size_t max_payload(std::size_t tag_bytes) {
  return kMaxRtpBytes - RtpHeader::kBytes - RtpHeader::kMaxExtensionBytes - kOriginalSequenceBytes -
         tag_bytes;
}

}  // namespace

MediaSender::MediaSender(const MediaTerms& terms, const SrtpKeys& keys, const Random& random, Instant now,
                         Duration latency)
    : terms_(terms),
      srtp_(keys),
      tag_bytes_(tag_bytes(keys.profile)),
      h264_(max_payload(tag_bytes_)),
      wrapped_(max_payload(tag_bytes_)),
      clock_begin_(draw_clock_begin(random)),
      video_(make_stream(kVideoSsrc, terms.video_type, kVideoRate, clock_begin_, random)),
      rtx_(make_stream(kRtxSsrc, terms.rtx_type, kVideoRate, clock_begin_, random)),
      audio_(make_stream(kAudioSsrc, terms.audio_type, kOpusRate, clock_begin_, random)),
      queue_(latency),
      reports_(srtp_, random, now) {}

void MediaSender::set_bitrate(std::int64_t bits_per_second) {
  pace_.set_bitrate(bits_per_second);
}

void MediaSender::set_limit(const std::optional<LineLimit>& limit) {
  pace_.set_limit(limit);
  if (!limit || !limit->is_left_behind)
    window_.reset();
  else if (!window_)
    window_.emplace();
}

void MediaSender::on_unit(const AccessUnit& unit, Instant now) {
  if (is_over_) return;
  if (unit.kind == AccessUnit::Kind::kVideo && terms_.video_type != 0) on_picture(unit, now);
  if (unit.kind == AccessUnit::Kind::kOpus && terms_.audio_type != 0) on_audio(unit);
}

bool MediaSender::on_rtcp(ByteView srtcp, Instant now) {
  const auto packet = srtp_.open_rtcp(srtcp);
  if (!packet) return false;
  heard_at_ = now;
  const auto take = [this, now](const auto& known) {
    if constexpr (requires { on_message(known, now); })
      on_message(known, now);
    else
      on_message(known);
  };
  for (const auto& message : read_rtcp(*packet)) std::visit(take, message);
  if (unheard_since_ && now - *unheard_since_ >= kSilentOnStream) on_heard(now);
  return true;
}

std::optional<Instant> MediaSender::next_timeout() const {
  std::optional<Instant> next;
  if (is_over_) return next;
  const auto consider = [&](std::optional<Instant> when) {
    if (when && (!next || *when < *next)) next = when;
  };
  if (has_begun()) consider(reports_.next_at());
  const bool has_pictures = !queue_.empty() || !missing_.empty();
  if (has_pictures && !waits_for_room_ && !waits_for_line_) consider(pace_.free_at());
  if (has_pictures && waits_for_line_) consider(*followed_.heard_at() + kMostUntold);
  consider(queue_.deadline());
  return next;
}

void MediaSender::on_timeout(Instant now) {
  if (is_over_) return;
  drop_late(now);
}

void MediaSender::say_bye(ByeReason reason, Instant now) {
  is_over_ = true;
  audio_units_.clear();
  if (terms_.audio_type != 0)
    put_small(audio_, kSilence, audio_time_ += kSilenceTicks);
  else
    put_small(video_, terms_.wrapped ? ByteView(kNoVp8) : ByteView(kFiller), picture_time_);
  reports_.say_bye(video_, audio_, reason, now);
}

bool MediaSender::flush(const net::Path& path, net::DatagramSink& sink, Instant now, const Room& room) {
  const AmplificationLimit limit(room);
  if (is_over_)
    return batch_.send(path, sink) && flush_audio(path, sink, now, limit.of_pictures()) &&
           reports_.flush(path, sink);
  note_path(path);
  drop_late(now);
  reports_.make(video_, audio_, path, now);
  waits_for_room_ = waits_for_line_ = false;
  if (!batch_.send(path, sink) || !reports_.flush(path, sink)) return false;
  // Where there is little room, sound would take all of it, so it is sent after the pictures.
  if (limit.is_lifted() && !flush_audio(path, sink, now, SendAllowance())) return false;
  return flush_missing(path, sink, now, limit.of_pictures()) &&
         flush_pictures(path, sink, now, limit.of_pictures()) &&
         flush_audio(path, sink, now, limit.of_audio(has_begun()));
}

bool MediaSender::awaits_first_picture() const {
  return !is_over_ && video_.packets == 0 && queue_.empty() && queue_.needs_keyframe();
}

void MediaSender::wait_for_keyframe() {
  queue_.wait_for_keyframe();
}

void MediaSender::try_path(const std::optional<net::Path>& path) {
  reports_.try_path(path);
}

std::vector<net::Path> MediaSender::take_heard_over() {
  return std::exchange(heard_over_, {});
}

bool MediaSender::take_keyframe_wanted() {
  return std::exchange(wants_keyframe_, false) && !is_over_;
}

SenderStatus MediaSender::status() const {
  const auto waiting = waits_for_room_ ? 0 : queue_.bytes();
  const auto reported = reported_.status(waiting);
  const bool hears_audio = terms_.numbers_audio && audio_.packets > 0;
  return {bytes_sent_,
          queue_.skipped_groups(),
          reported.lost_packets,
          reported.latest_rtt,
          reported_.jitter(),
          heard_at_,
          has_left_,
          followed_.is_heard() ? followed_.status(waiting, hears_audio) : reported};
}

// Input: media.

void MediaSender::on_picture(const AccessUnit& unit, Instant now) {
  reports_.note_clocks(unit, true);
  drop_late(now);
  if (is_unheard(now)) return;
  // By the time there is room the picture would be late.
  if (waits_for_room_ && !unit.keyframe) return queue_.wait_for_keyframe();
  auto payloads =
      terms_.wrapped ? wrapped_.cut(unit.bytes, unit.keyframe) : h264_.cut(unit.bytes, unit.keyframe);
  picture_time_ = video_.time_of(unit.pts);
  if (queue_.push(std::move(payloads), picture_time_, unit.keyframe, now)) {
    if (unit.keyframe) wants_keyframe_ = false;
  } else if (now - asked_at_ >= kAskAgain) {
    ask_for_keyframe(now);
  }
}

/// The first packet after a pause has the marker (RFC 7587 section 4.1).
void MediaSender::on_audio(const AccessUnit& unit) {
  reports_.note_clocks(unit, false);
  if (unit.bytes.empty() || unit.bytes.size() > max_payload(tag_bytes_)) return;
  if (audio_units_.size() >= kMaxAudioUnits) audio_units_.pop_front();
  RtpPayload payload{unit.bytes, unit.bytes.view()};
  payload.marker = !std::exchange(has_sent_audio_, true) || unit.after_gap;
  audio_time_ = audio_.time_of(unit.pts);
  audio_units_.push_back({&audio_, std::move(payload), audio_time_});
}

void MediaSender::put_small(RtpStream& stream, ByteView bytes, std::uint32_t timestamp) {
  const auto owner = SharedBytes::copy_of(bytes);
  audio_units_.push_back({&stream, {owner, owner.view()}, timestamp});
}

void MediaSender::ask_for_keyframe(Instant now) {
  wants_keyframe_ = true;
  asked_at_ = now;
}

void MediaSender::on_heard(Instant now) {
  const bool was_unheard = is_unheard(now);
  unheard_since_.reset();
  if (was_unheard && queue_.needs_keyframe()) ask_for_keyframe(now);
}

/// Whether pictures have been sent for a while without any report since.
bool MediaSender::is_unheard(Instant now) const {
  return unheard_since_ && now - *unheard_since_ > kMostUnheard;
}

void MediaSender::drop_late(Instant now) {
  if (is_unheard(now)) return queue_.drop_all();
  const bool needed = queue_.needs_keyframe();
  queue_.drop_late(now);
  if (!needed && queue_.needs_keyframe()) ask_for_keyframe(now);
}

// Input: reports from the browser.

void MediaSender::on_message(const ReceptionReport& report, Instant now) {
  if (report.ssrc != kVideoSsrc && report.ssrc != kAudioSsrc) return;
  on_heard(now);
  if (const auto echo = reports_.take_echo(report.last_report)) {
    reported_.note_rtt(echo->sent_at, report.delay, now);
    if (echo->is_first) heard_over_.push_back(echo->path);
  }
  if (report.ssrc == kVideoSsrc) reported_.on_report(report, now);
}

void MediaSender::on_message(const Nack& nack, Instant now) {
  if (nack.ssrc != kVideoSsrc) return;
  const auto pause = std::max(reported_.rtt(), kLeastResendPause);
  for (const auto sequence : nack.sequences) {
    auto* packet = store_.find(sequence);
    // A page that decodes by itself cannot ask for a keyframe, so a missing packet asks for it.
    if (!packet && terms_.wrapped && now - asked_at_ >= kAskAgain) ask_for_keyframe(now);
    if (!packet || missing_.size() >= kMaxNacked || !RetransmissionStore::may_resend(*packet, pause, now))
      continue;
    packet->resent_at = now;
    ++packet->resent;
    missing_.push_back(sequence);
  }
}

/// For wrapped pictures this is ignored: the browser's own decoder, which does not get them, keeps asking.
void MediaSender::on_message(const KeyframeRequest& request, Instant now) {
  if (request.ssrc == kVideoSsrc && !terms_.wrapped) ask_for_keyframe(now);
}

void MediaSender::on_message(const Bye&) {
  has_left_ = true;
}

void MediaSender::on_message(const TransportFeedback& feedback, Instant now) {
  followed_.on_feedback(feedback, now);
  if (window_) window_->update(followed_.status(0, false), now);
}

// Output.

void MediaSender::note_path(const net::Path& path) {
  if (path_ && *path_ != path) followed_.forget_way();
  path_ = path;
}

bool MediaSender::has_begun() const {
  return video_.packets + audio_.packets > 0;
}

bool MediaSender::may_send_pictures(Instant now) {
  if (pace_.free_at() > now) return false;
  waits_for_line_ = is_line_full(now);
  if (waits_for_line_) window_->note_full();
  return !waits_for_line_;
}

/// Whether a browser that is left behind has as much on its way as its line carries. What it is not sent
/// waits here, until it is late and gives way to the next group.
bool MediaSender::is_line_full(Instant now) const {
  const auto heard_at = followed_.heard_at();
  return window_ && heard_at && now - *heard_at < kMostUntold &&
         followed_.in_flight_bytes() >= window_->bytes();
}

bool MediaSender::flush_audio(const net::Path& path, net::DatagramSink& sink, Instant now,
                              SendAllowance allowance) {
  for (; !audio_units_.empty(); audio_units_.pop_front()) {
    const auto& [stream, payload, timestamp] = audio_units_.front();
    auto header = stream->header_of(payload, timestamp, stream->index, 0);
    if (terms_.numbers_audio) number(header);
    const auto bytes = header.size() + payload.size() + tag_bytes_;
    if (!allowance.take(bytes)) {
      leave_audio_out();
      break;
    }
    if (!batch_.make_room(bytes, path, sink)) return false;
    append(header, {}, payload, stream->index, now);
    count(*stream, payload);
  }
  return batch_.send(path, sink);
}

void MediaSender::leave_audio_out() {
  audio_units_.clear();
  has_sent_audio_ = false;
}

/// Sends missing packets again: in a stream of their own (RFC 4588), or, if the browser does not support
/// that, as they were.
bool MediaSender::flush_missing(const net::Path& path, net::DatagramSink& sink, Instant now,
                                SendAllowance allowance) {
  for (; !missing_.empty() && may_send_pictures(now); missing_.pop_front()) {
    const auto* packet = store_.find(missing_.front());
    if (!packet) continue;
    const auto& payload = packet->payload;
    const bool apart = terms_.rtx_type != 0;
    auto header = apart
                      ? rtx_.header_of(payload, packet->timestamp, rtx_.index, terms_.playout_delay_id)
                      : video_.header_of(payload, packet->timestamp, packet->index, terms_.playout_delay_id);
    std::array<std::uint8_t, kOriginalSequenceBytes> original;
    boost::endian::store_big_u16(original.data(), static_cast<std::uint16_t>(packet->index));
    number(header);
    // What is sealed under one index twice has to be the same (RFC 7714 section 8.4).
    if (!apart) header.transport_sequence = packet->transport_sequence;
    const auto before = apart ? ByteView(original) : ByteView();
    const auto bytes = header.size() + before.size() + payload.size() + tag_bytes_;
    if (!allowance.take(bytes)) {
      waits_for_room_ = true;
      break;
    }
    if (!batch_.make_room(bytes, path, sink)) return false;
    if (apart)
      append(header, before, payload, rtx_.index++, now);
    else
      batch_.append(header, before, payload, packet->index);
    pace_.on_sent(bytes, bytes + queue_.bytes(), now);
  }
  return batch_.send(path, sink);
}

bool MediaSender::flush_pictures(const net::Path& path, net::DatagramSink& sink, Instant now,
                                 SendAllowance allowance) {
  while (!queue_.empty() && may_send_pictures(now)) {
    const auto& next = queue_.front();
    auto header = video_.header_of(next.payload, next.timestamp, video_.index, terms_.playout_delay_id);
    number(header);
    const auto bytes = header.size() + next.payload.size() + tag_bytes_;
    if (!allowance.take(bytes)) {
      waits_for_room_ = true;
      break;
    }
    if (!batch_.make_room(bytes, path, sink)) return false;
    append(header, {}, next.payload, video_.index, now);
    pace_.on_sent(bytes, queue_.bytes(), now);
    reported_.on_sent(video_.index, bytes);
    if (!unheard_since_) unheard_since_ = now;
    auto sent = queue_.pop();
    const auto index = video_.index;
    count(video_, sent.payload);
    store_.keep({std::move(sent.payload), sent.timestamp, index, header.transport_sequence, now});
  }
  return batch_.send(path, sink);
}

/// Numbers the packet among all of this browser's, where it takes that.
void MediaSender::number(RtpHeader& header) const {
  header.transport_id = terms_.transport_id;
  header.transport_sequence = followed_.next_sequence();
}

void MediaSender::append(const RtpHeader& header, ByteView before, const RtpPayload& payload,
                         std::uint64_t index, Instant now) {
  batch_.append(header, before, payload, index);
  if (header.transport_id != 0)
    followed_.on_sent(header.size() + before.size() + payload.size() + tag_bytes_, now);
}

void MediaSender::count(RtpStream& stream, const RtpPayload& payload) {
  stream.count(payload);
  bytes_sent_ += static_cast<std::int64_t>(payload.size());
}

}  // namespace pixelpass::web
