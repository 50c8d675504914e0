#include "web/reported_line.hpp"

#include "web/rtp_packet.hpp"

#include <algorithm>

namespace pixelpass::web {
namespace {

constexpr Duration kMostRtt = 10s;

}  // namespace

void ReportedLine::on_sent(std::uint64_t index, std::size_t bytes) {
  if (sent_bytes_ == 0) through_index_ = index - 1;  // nothing has come yet
  sent_bytes_ += bytes;
  sent_index_ = index;
  unheard_.push_back(sent_bytes_);
  if (unheard_.size() > kMostUnheard) unheard_.pop_front();
  ++line_.sent_packets;
}

void ReportedLine::note_rtt(Instant sent_at, std::uint32_t delay, Instant now) {
  const std::chrono::duration<double> there{delay / 65536.0};
  const auto rtt = now - sent_at - std::chrono::duration_cast<Duration>(there);
  if (rtt < Duration{} || rtt > kMostRtt) return;
  line_.latest_rtt = std::max(rtt, Duration{1us});
  line_.min_rtt = line_.min_rtt == Duration{} ? line_.latest_rtt : std::min(line_.min_rtt, line_.latest_rtt);
}

void ReportedLine::on_report(const ReceptionReport& report, Instant now) {
  jitter_ = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(static_cast<double>(report.jitter) / kVideoRate));
  line_.reported_at = now;
  const std::size_t later = static_cast<std::uint16_t>(sent_index_ - report.highest_sequence);
  if (later >= unheard_.size()) return;
  const auto come = unheard_.end() - static_cast<std::ptrdiff_t>(later) - 1;
  note_arrivals(report, sent_index_ - later, *come);
  unheard_.erase(unheard_.begin(), come + 1);
}

/// Everything up to the highest sequence number has arrived, except what is reported as lost.
void ReportedLine::note_arrivals(const ReceptionReport& report, std::uint64_t index, std::uint64_t bytes) {
  const auto lost = std::max(line_.lost_packets, static_cast<std::uint64_t>(std::max(report.lost, 0)));
  const auto newly_lost = static_cast<double>(lost - line_.lost_packets);
  const auto newly_sent = static_cast<double>(std::max<std::uint64_t>(index - through_index_, 1));
  const double come = 1 - std::min(1.0, newly_lost / newly_sent);
  line_.acknowledged_bytes += static_cast<std::uint64_t>(static_cast<double>(bytes - through_bytes_) * come);
  line_.lost_packets = lost;
  through_bytes_ = bytes;
  through_index_ = index;
}

tunnel::LineStatus ReportedLine::status(std::size_t waiting_bytes) const {
  auto status = line_;
  status.in_flight_bytes = sent_bytes_ - through_bytes_;
  status.waiting_bytes = waiting_bytes;
  status.has_audio = false;
  return status;
}

}  // namespace pixelpass::web
