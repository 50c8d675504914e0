#include "app/host/line_rate.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

/// The factor from a picture's bytes to those with MPEG-TS and QUIC.
constexpr double kOverhead = 1.08;
constexpr double kAudioBits = 140'000;
/// How many looks a queue has to last, and over how many a rate is measured; with reports, as many as take
/// that long.
constexpr std::size_t kStanding = 3;
constexpr Duration kStandingTime = 250ms;
constexpr std::size_t kReportsStanding = 2;
constexpr std::size_t kLooksKept = 12;
constexpr Duration kLossTime = 900ms;
/// The queue that a keyframe causes while it is sent.
constexpr Duration kOfKeyframe = 150ms;
/// A new line needs this long to open its window and to carry its first keyframe.
constexpr Duration kWarmUp = 1s;
/// How much of the line's rate is used: a little less, and at the cap a quarter less. A viewer with more of a
/// shared line gives up more of it, so that shares become equal.
constexpr double kSteady = 0.95;
constexpr double kSteadyAtCap = 0.75;
constexpr double kWhileDraining = 0.9;
constexpr double kLeastWhileDraining = 0.4;
/// A delay that is no queue: the viewer's delayed acknowledgement, and a picture on its way.
constexpr Duration kNoQueue = 35ms;
/// How long a queue of our own may take to drain. Where the floor and sound leave hardly any margin, it is
/// what draining needs, and half as long again. Waiting that long in other cases would leave our share to a
/// competing download.
constexpr Duration kMostDraining = 1800ms;
constexpr double kToBeSure = 1.5;
constexpr Duration kMostToDrain = 12s;
/// What arrives within this time after the line was full counts as arriving while it was.
constexpr Duration kStillFull = 200ms;
/// Overloads closer together than this count as one.
constexpr Duration kOneStory = 5s;
constexpr double kFullLoss = 0.1;
constexpr double kRisingLoss = 0.07;
constexpr std::uint64_t kFewestLost = 12;
constexpr Duration kClimbInterval = 500ms;
constexpr double kMostStepsAtOnce = 2;
/// A step up as a part of the cap, which makes shares equal, too, but would be a leap on a slow line.
constexpr double kClimbOfCap = 0.02;
constexpr double kClimbBits = 60'000;
constexpr double kClimbOfRate = 0.03;
/// Up to this multiple of the rate that was too much, steps are half as large.
constexpr double kNearFull = 1.35;
constexpr Duration kLeastPatience = 4s;
constexpr Duration kMostPatience = 12s;
constexpr Duration kYieldInterval = 1s;
constexpr double kLeastLeft = 0.85;
constexpr double kLeft = 0.95;
constexpr double kPeakDecay = 0.97;
/// A picture that hardly changes does not test its line.
constexpr double kUntested = 2;

double picture_of(double bits, double audio) {
  return std::max(0.0, (bits - audio) / kOverhead);
}

double line_bits(double picture, double audio) {
  return picture * kOverhead + audio;
}

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void LineRate::update(const tunnel::LineStatus& line, std::int64_t sent, Instant now) {
  is_reported_ = line.reported_at.has_value();
  audio_ = line.has_audio ? kAudioBits : 0;
  forget_what_was_missed(line, now);
  if (is_old(line) || is_silent(line)) return;
  look(line, sent, now);
  if (cap_ <= kFloor || now - began_ < kWarmUp + 5 * line.min_rtt) return;
  const auto queue = standing_queue();
  if (!queue) return;
  const double through = picture_of(delivered(), audio_);
  peak_ = std::max(through, peak_ * kPeakDecay);
  settle(now);
  if (draining_) return drain(now);
  if (through * kSteady >= rate_) return climb(now);
  const bool is_lossy = loss() > kFullLoss && now - full_since_ > 1s;
  if (*queue <= bearable_queue() && !is_lossy) return climb(now);
  if (is_shared_) return yield_a_little(through, now);
  on_overload(through, now);
}

void LineRate::forget_what_was_missed(const tunnel::LineStatus& line, Instant now) {
  if (looks_.empty()) return;
  const auto& last = looks_.back();
  const bool anew = line.acknowledged_bytes < last.acknowledged_bytes;
  if (anew) began_ = now;
  const bool missed = is_reported_ ? *line.reported_at - last.at > kMissedReport : now - last.at > kMissed;
  if (anew || missed) looks_.clear();
}

bool LineRate::is_old(const tunnel::LineStatus& line) const {
  return is_reported_ && !looks_.empty() && *line.reported_at <= looks_.back().at;
}

/// Whether nothing comes back for what was sent: the line may be dead or not, it has not said.
bool LineRate::is_silent(const tunnel::LineStatus& line) const {
  return !looks_.empty() && line.in_flight_bytes > 0 &&
         line.acknowledged_bytes == looks_.back().acknowledged_bytes;
}

void LineRate::look(const tunnel::LineStatus& line, std::int64_t sent, Instant now) {
  const bool is_quiet = !looks_.empty() && line.acknowledged_bytes == looks_.back().acknowledged_bytes;
  looks_.push_back({line.reported_at.value_or(now),
                    line.acknowledged_bytes,
                    line.sent_packets,
                    line.lost_packets,
                    sent,
                    {},
                    false});
  if (looks_.size() > kLooksKept) looks_.pop_front();
  // The last round trip is that of the last acknowledgement, however long ago.
  if (!is_quiet) looks_.back().queue = queue_of(line);
  looks_.back().is_delivered = is_delivered(line);
}

Duration LineRate::queue_of(const tunnel::LineStatus& line) const {
  const auto in_network = std::max(Duration{}, line.latest_rtt - line.min_rtt);
  const double through = delivered();
  if (line.waiting_bytes == 0 || through <= 0) return in_network;
  const std::chrono::duration<double> here(
      std::min(5.0, static_cast<double>(line.waiting_bytes) * 8 / through));
  return in_network + std::chrono::duration_cast<Duration>(here);
}

/// The number of intervals that a rate is measured over, or as many as there are.
std::size_t LineRate::recent() const {
  const auto all = looks_.size() - 1;
  std::size_t intervals = std::min(is_reported_ ? std::size_t{1} : kStanding, all);
  while (is_reported_ && intervals < all && looks_.back().at - looks_[all - intervals].at < kStandingTime)
    ++intervals;
  return intervals;
}

/// The time that the newest look covers.
Duration LineRate::apart() const {
  return looks_.size() < 2 ? Duration{} : looks_.back().at - looks_[looks_.size() - 2].at;
}

/// The bits a second that were acknowledged lately.
double LineRate::delivered() const {
  if (looks_.size() < 2) return 0;
  const auto& newest = looks_.back();
  const auto& oldest = looks_[looks_.size() - 1 - recent()];
  return static_cast<double>(newest.acknowledged_bytes - oldest.acknowledged_bytes) * 8 /
         seconds_of(newest.at - oldest.at);
}

std::optional<Duration> LineRate::standing_queue() const {
  const auto looks = is_reported_ ? std::max(kReportsStanding, recent()) : kStanding;
  if (looks_.size() <= looks) return std::nullopt;
  const auto standing = std::min_element(looks_.end() - static_cast<std::ptrdiff_t>(looks), looks_.end(),
                                         [](const Look& a, const Look& b) { return a.queue < b.queue; })
                            ->queue;
  const bool is_long = is_reported_ && apart() >= kStandingTime;
  return is_long ? std::max(standing, looks_.back().queue - kOfKeyframe) : standing;
}

/// The loss in the last second, or since the report before that; packets from before the last answered loss
/// are left out.
double LineRate::loss() const {
  const auto& newest = looks_.back();
  const auto is_enough = [&](const Look& look) { return newest.at - look.at >= kLossTime; };
  const auto oldest = std::find_if(looks_.rbegin(), looks_.rend(), is_enough);
  if (oldest == looks_.rend() || oldest->at < answered_at_) return 0;
  const auto lost = newest.lost_packets - oldest->lost_packets;
  const auto sent = newest.sent_packets - oldest->sent_packets;
  if (lost < kFewestLost || sent == 0) return 0;
  const auto lately = looks_.end() - static_cast<std::ptrdiff_t>(std::min(kStanding, looks_.size()));
  if (std::any_of(lately, looks_.end(), [](const Look& look) { return look.is_delivered; })) return 0;
  return static_cast<double>(lost) / static_cast<double>(sent);
}

/// What is sent again takes a round trip more.
bool LineRate::is_delivered(const tunnel::LineStatus& line) const {
  return line.undelivered_bytes && static_cast<double>(*line.undelivered_bytes) * 8 <=
                                       delivered() * seconds_of(2 * line.min_rtt + kQueue);
}

void LineRate::on_overload(double carried, Instant now) {
  // The line was full at the same rate before, so it has not become faster.
  const bool again = carried_ > 0 && carried > carried_ * 0.8 && carried < carried_ * 1.2;
  patience_ = again ? std::min(patience_ * 3 / 2, kMostPatience) : kLeastPatience;
  carried_at_first_ =
      is_full_ && now - full_since_ < kOneStory ? std::max(carried_at_first_, carried) : carried;
  carried_ = carried;
  is_full_ = true;
  full_since_ = draining_since_ = now;
  drain_time_ = kMostDraining;
  draining_ = true;
  set_rate(draining_rate());
}

/// Yields a little of the rate: a queue that two connections fill is not drained by one, which would only
/// lose its share.
void LineRate::yield_a_little(double through, Instant now) {
  if (now - full_since_ < kYieldInterval) return;
  full_since_ = now;
  set_rate(std::max(through, rate_ * kLeastLeft) * kLeft);
}

double LineRate::draining_rate() const {
  const double backlog = seconds_of(looks_.back().queue) / seconds_of(kDrainTime);
  return carried_ * std::max(kLeastWhileDraining, kWhileDraining - backlog);
}

/// Whether the line was full between the last two reports: both found a queue, so what arrived between them
/// is the line's rate.
bool LineRate::was_full_since_last() const {
  return is_reported_ && looks_.back().queue >= kNoQueue && looks_[looks_.size() - 2].queue >= kNoQueue;
}

/// The time to drain the queue if it is all our own, and half as long again.
Duration LineRate::time_to_drain() const {
  const double less = 1 - line_bits(rate_, audio_) / std::max(line_bits(carried_, audio_), 1.0);
  const double queue = seconds_of(looks_.back().queue) * kToBeSure;
  if (less * seconds_of(kMostToDrain) <= queue) return kMostToDrain;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(queue / less));
}

void LineRate::drain(Instant now) {
  const auto sent = static_cast<double>(std::ranges::min_element(looks_, {}, &Look::sent)->sent);
  // Or more was sent for a while than arrives: then what arrives is the line's rate.
  const double through = picture_of(delivered(), audio_);
  if (now - full_since_ < kStillFull || was_full_since_last() || through < sent * 0.8)
    carried_ = through;
  else
    carried_ = std::max(carried_, through);
  if (sent > rate_ * 1.1) draining_since_ = now;
  const bool is_empty = looks_.back().queue < kNoQueue;
  if (rate() <= kFloor) drain_time_ = std::max(drain_time_, time_to_drain());
  const auto most = drain_time_ + (is_reported_ ? 2 * apart() : Duration{});
  if (!is_empty && now - draining_since_ <= most) return set_rate(std::min(rate_, draining_rate()));
  draining_ = false;
  answered_at_ = looks_[looks_.size() - 1 - std::min(kStanding, looks_.size() - 1)].at;
  if (!is_empty) {
    is_shared_ = true;
    carried_ = std::max(carried_, carried_at_first_);
  }
  set_rate(steady());
}

/// The queue has gone, and with it any competitor: the next queue counts as ours again.
void LineRate::settle(Instant now) {
  if (*standing_queue() > kQueue)
    short_since_.reset();
  else if (!short_since_)
    short_since_ = now;
  if (short_since_ && now - *short_since_ > 2s) is_shared_ = false;
}

Duration LineRate::bearable_queue() const {
  if (is_shared_) return kMostBorne;
  const double of_cap = rate_ / static_cast<double>(cap_);
  const std::chrono::duration<double> less(seconds_of(kQueueOfSlow - kQueue) * of_cap);
  return kQueueOfSlow - std::chrono::duration_cast<Duration>(less);
}

void LineRate::climb(Instant now) {
  if (rate() >= cap_ || now - stepped_at_ < kClimbInterval) return;
  if (*standing_queue() > bearable_queue() * 2 / 3 || loss() > kRisingLoss) return;
  const double most = std::min(static_cast<double>(cap_) * kClimbOfCap, kClimbBits + rate_ * kClimbOfRate);
  const bool was_too_much = is_full_ && rate_ > steady() * 0.9 && rate_ < carried_ * kNearFull;
  const double steps =
      is_reported_ ? std::clamp(seconds_of(apart()) / seconds_of(kClimbInterval), 1.0, kMostStepsAtOnce) : 1;
  const double next = rate_ + (was_too_much ? most / 2 : most) * steps;
  if (is_full_ && !is_shared_ && next > steady() && now - full_since_ < patience_) return;
  if (next > kUntested * peak_) return;
  if (next > carried_ * 1.2) patience_ = kLeastPatience;
  stepped_at_ = now;
  set_rate(next);
}

double LineRate::steady() const {
  const double of_cap = std::min(1.0, carried_ / static_cast<double>(cap_));
  return carried_ * (kSteady - (kSteady - kSteadyAtCap) * of_cap);
}

void LineRate::set_rate(double rate) {
  const auto cap = static_cast<double>(cap_);
  rate_ = std::clamp(rate, std::min(cap, static_cast<double>(kFloor)), cap);
}

void LineRate::set_cap(std::int64_t cap) {
  const bool was_limited = is_limited();
  cap_ = cap;
  set_rate(was_limited ? rate_ : static_cast<double>(cap));
}

}  // namespace pixelpass::app
