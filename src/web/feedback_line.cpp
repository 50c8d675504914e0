#include "web/feedback_line.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::web {

void FeedbackLine::on_sent(std::size_t bytes, Instant now) {
  ++next_;
  ++line_.sent_packets;
  line_.in_flight_bytes += bytes;
  sent_.push_back({now, bytes});
  if (sent_.size() > kMostFollowed) settle_first();
}

FeedbackLine::Sent* FeedbackLine::find(std::uint64_t index) {
  return index >= first() && index < next_ ? &sent_[index - first()] : nullptr;
}

/// Feedback about what was never sent, or long ago, is none.
void FeedbackLine::on_feedback(const TransportFeedback& feedback, Instant now) {
  const std::uint64_t behind = static_cast<std::uint16_t>(next_ - feedback.base);
  if (behind == 0 || behind > next_ || behind > kMostFollowed) return;
  const auto base = next_ - behind;
  const auto end = base + feedback.count;
  if (end > next_) return;
  line_.reported_at = now;
  note_missing(base, end);
  note_arrivals(feedback, base, now);
  settle_overtaken();
}

/// Each packet is looked at once. Feedback that speaks of one again, since it has come after all, says so
/// among its arrivals.
void FeedbackLine::note_missing(std::uint64_t base, std::uint64_t end) {
  for (auto index = std::max({base, told_, first()}); index < end; ++index)
    sent_[index - first()].fate = Fate::kMissing;
  told_ = std::max(told_, end);
}

void FeedbackLine::note_arrivals(const TransportFeedback& feedback, std::uint64_t base, Instant now) {
  for (const auto& arrival : feedback.arrivals) {
    auto* const sent = find(base + static_cast<std::uint16_t>(arrival.sequence - feedback.base));
    if (!sent || sent->fate == Fate::kArrived) continue;
    sent->fate = Fate::kArrived;
    line_.acknowledged_bytes += sent->bytes;
    line_.in_flight_bytes -= sent->bytes;
    if (sent->at >= newest_come_) measure(sent->at, arrival.at, now);
    newest_come_ = std::max(newest_come_, sent->at);
  }
}

/// The way there is never longer than the whole round trip: where it seems to be, a clock was set.
void FeedbackLine::measure(Instant sent_at, Duration arrived_at, Instant now) {
  const auto round_trip = now - sent_at;
  const auto way = without_wrap(arrived_at) - sent_at.time_since_epoch();
  if (shortest_ && way - shortest_way() > round_trip) forget_way();
  note_way(way, now);
  const bool is_first = line_.min_rtt == Duration{};
  line_.min_rtt = std::max(Duration{1us}, is_first ? round_trip : std::min(line_.min_rtt, round_trip));
  line_.latest_rtt = line_.min_rtt + way - shortest_way();
}

void FeedbackLine::note_way(Duration way, Instant now) {
  if (shortest_ && now - shortest_since_ >= kRemembered)
    shortest_before_ = std::exchange(shortest_, std::nullopt);
  if (!shortest_) shortest_since_ = now;
  shortest_ = std::min(way, shortest_.value_or(way));
}

Duration FeedbackLine::shortest_way() const {
  return std::min(*shortest_, shortest_before_.value_or(*shortest_));
}

Duration FeedbackLine::without_wrap(Duration at) {
  auto since = (at - browser_clock_) % kFeedbackWrap;
  if (since > kFeedbackWrap / 2) since -= kFeedbackWrap;
  if (since < -kFeedbackWrap / 2) since += kFeedbackWrap;
  return browser_clock_ += since;
}

void FeedbackLine::forget_way() {
  shortest_.reset();
  shortest_before_.reset();
  line_.min_rtt = line_.latest_rtt = {};
}

void FeedbackLine::settle_overtaken() {
  while (!sent_.empty() &&
         (sent_.front().fate == Fate::kArrived || sent_.front().at + kOvertaken < newest_come_))
    settle_first();
}

/// A packet of which no feedback has spoken, although it did of later ones, has come as likely as these: the
/// feedback itself was lost.
void FeedbackLine::settle_first() {
  const auto& [at, bytes, fate] = sent_.front();
  if (fate != Fate::kArrived) line_.in_flight_bytes -= bytes;
  if (fate == Fate::kMissing) ++line_.lost_packets;
  if (fate == Fate::kUntold && at < newest_come_) line_.acknowledged_bytes += bytes;
  sent_.pop_front();
}

tunnel::LineStatus FeedbackLine::status(std::size_t waiting_bytes, bool has_audio) const {
  auto status = line_;
  status.waiting_bytes = waiting_bytes;
  status.has_audio = has_audio;
  return status;
}

}  // namespace pixelpass::web
