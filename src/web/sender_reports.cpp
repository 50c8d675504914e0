#include "web/sender_reports.hpp"

#include "web/media_sender.hpp"
#include "web/rtcp.hpp"

#include <cstdlib>
#include <utility>

namespace pixelpass::web {
namespace {

constexpr std::string_view kName = "host";
constexpr std::size_t kMostWaitingReports = 4;
/// Of the relation of both clocks: less is the capture's jitter.
constexpr Duration kClockJump = 20ms;
/// The sound's reports claim that it belongs so much later. As long as it comes after its picture, a browser
/// holds the picture back; sound that is late by less than 125 ms nobody notices (ITU-R BT.1359).
constexpr Duration kSoundMayBeLate = 40ms;

}  // namespace

void SenderReports::note_clocks(const AccessUnit& unit, bool leads) {
  const auto zero = unit.captured_at - std::chrono::duration_cast<Duration>(unit.pts);
  if (pts_zero_ && (!leads || std::chrono::abs(zero - *pts_zero_) < kClockJump)) return;
  pts_zero_ = zero;
}

void SenderReports::on_timeout(const RtpStream& video, const RtpStream& audio, Instant now) {
  if (now < next_at_ || video.packets + audio.packets == 0) return;
  next_at_ = now + kInterval;
  for (const auto* stream : {&video, &audio})
    if (stream->packets > 0) put(*stream, stream->packets, stream->payload_bytes, now);
}

/// Browsers speak of a stream's reports once a packet of it has come: there may have been none yet.
void SenderReports::say_bye(const RtpStream& video, const RtpStream& audio, ByeReason reason, Instant now) {
  waiting_.clear();
  for (const auto* stream : {&video, &audio})
    put(*stream, kByePackets | static_cast<std::uint32_t>(reason), kByeMark, now);
}

void SenderReports::put(const RtpStream& stream, std::uint32_t packets, std::uint32_t payload_bytes,
                        Instant now) {
  const auto late = stream.ssrc == kAudioSsrc ? kSoundMayBeLate : Duration{};
  const auto pts = std::chrono::nanoseconds(now - late - pts_zero_.value_or(now));
  auto packet =
      write(SenderReport{stream.ssrc, to_ntp(now), stream.time_of(pts), packets, payload_bytes}, kName);
  const auto bytes = packet.size();
  packet.resize(bytes + kMaxSrtcpOverhead);
  packet.resize(srtp_.seal_rtcp(packet, bytes));
  // The newest that waits is out of date; the first may have been offered to a full sink, and is offered
  // again.
  if (waiting_.size() >= kMostWaitingReports) waiting_.pop_back();
  waiting_.push_back(std::move(packet));
}

bool SenderReports::flush(const net::Path& path, net::DatagramSink& sink) {
  for (; !waiting_.empty(); waiting_.pop_front())
    if (!sink.send(path, waiting_.front(), waiting_.front().size(), 0)) return false;
  return true;
}

}  // namespace pixelpass::web
