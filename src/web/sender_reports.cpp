#include "web/sender_reports.hpp"

#include "web/rtcp.hpp"
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace pixelpass::web {
namespace {

constexpr std::string_view kName = "host";
constexpr std::size_t kMostWaitingReports = 4;
/// The reports that are remembered: those of 40 seconds.
constexpr std::size_t kMostRemembered = 160;
/// How far ahead of now a report's time may be.
constexpr std::chrono::microseconds kMostAhead = 200ms;
/// A change of the relation between both clocks that counts as a jump; less is the capture's jitter.
constexpr Duration kClockJump = 20ms;

}  // namespace

void SenderReports::note_clocks(const AccessUnit& unit, bool leads) {
  const auto zero = unit.captured_at - std::chrono::duration_cast<Duration>(unit.pts);
  if (pts_zero_ && (!leads || std::chrono::abs(zero - *pts_zero_) < kClockJump)) return;
  pts_zero_ = zero;
}

void SenderReports::make(const RtpStream& video, const RtpStream& audio, const net::Path& path, Instant now) {
  if (now < next_at_ || video.packets + audio.packets == 0) return;
  next_at_ = now + kInterval;
  was_tried_ = tried_ && !was_tried_;
  const auto& over = was_tried_ ? *tried_ : path;
  const auto moment = choose_moment(over, now);
  for (const auto* stream : {&video, &audio})
    if (stream->packets > 0) put(*stream, packets_of(*stream), stream->payload_bytes, moment, over);
}

std::uint32_t SenderReports::packets_of(const RtpStream& stream) const {
  return (stream.packets & ~kLeftBehindPackets) | (is_left_behind_ ? kLeftBehindPackets : 0);
}

/// A random time within less than an interval, so that the times in reports never go back, except over two
/// paths at once.
Instant SenderReports::choose_moment(const net::Path& path, Instant now) {
  const auto draw = [&] {
    std::array<std::uint8_t, 4> drawn;
    random_(drawn);
    return now + boost::endian::load_big_u32(drawn.data()) % std::uint32_t{kMostAhead.count()} * 1us;
  };
  auto moment = draw();
  constexpr int kTries = 8;
  for (int i = 0; i < kTries && has_sent(middle_of(to_ntp(moment))); ++i) moment = draw();
  if (sent_.size() >= kMostRemembered) sent_.pop_front();
  sent_.push_back({middle_of(to_ntp(moment)), path, now});
  return moment;
}

bool SenderReports::has_sent(std::uint32_t middle) const {
  return middle == 0 || std::ranges::find(sent_, middle, &Sent::middle) != sent_.end();
}

/// Browsers mention a stream's reports only once a packet of it has come, and there may have been none yet.
void SenderReports::say_bye(const RtpStream& video, const RtpStream& audio, ByeReason reason, Instant now) {
  waiting_.clear();
  for (const auto* stream : {&video, &audio})
    put(*stream, kByePackets | static_cast<std::uint32_t>(reason), kByeMark, now, std::nullopt);
}

void SenderReports::put(const RtpStream& stream, std::uint32_t packets, std::uint32_t payload_bytes,
                        Instant moment, const std::optional<net::Path>& path) {
  const auto pts = std::chrono::nanoseconds(moment - pts_zero_.value_or(moment));
  auto packet =
      write(SenderReport{stream.ssrc, to_ntp(moment), stream.time_of(pts), packets, payload_bytes}, kName);
  const auto bytes = packet.size();
  packet.resize(bytes + kMaxSrtcpOverhead);
  packet.resize(srtp_.seal_rtcp(packet, bytes));
  // The newest report that waits is out of date and can be replaced; the first may have been offered to a
  // full sink, and has to be offered again.
  if (waiting_.size() >= kMostWaitingReports) waiting_.pop_back();
  waiting_.push_back({std::move(packet), path});
}

bool SenderReports::flush(const net::Path& path, net::DatagramSink& sink) {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    const auto& [sealed, over] = waiting_.front();
    if (!sink.send(over.value_or(path), sealed, sealed.size(), 0)) return false;
  }
  return true;
}

/// Reports older than those remembered were echoed long ago; newer ones are made up.
std::optional<SenderReports::Echo> SenderReports::take_echo(std::uint32_t last_report) {
  if (last_report == 0 || sent_.empty()) return std::nullopt;
  const auto found = std::ranges::find(sent_, last_report, &Sent::middle);
  if (found == sent_.end()) {
    if (static_cast<std::int32_t>(last_report - sent_.front().middle) > 0) ++guesses_;
    return std::nullopt;
  }
  const bool is_first = !std::exchange(found->is_echoed, true);
  return Echo{found->path, found->at, is_first && guesses_ <= kMostGuesses};
}

}  // namespace pixelpass::web
