#include "app/host/line_rate.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

/// What MPEG-TS and QUIC add to a picture, and a sound track takes.
constexpr double kOverhead = 1.08;
constexpr double kSoundBits = 140'000;
/// Looks that a queue has to stand for, and that a rate is taken over.
constexpr std::size_t kStanding = 3;
constexpr std::size_t kLooksKept = 11;
/// A line that has just been taken into use has its window to open, and its first keyframe to bring.
constexpr Duration kWarmUp = 1s;
/// Of what the line carries: a little, and at the cap a quarter, less. Who has more of a line that he shares
/// gives up more of it, so that shares become equal.
constexpr double kSteady = 0.95;
constexpr double kSteadyAtCap = 0.75;
constexpr double kWhileDraining = 0.9;
constexpr double kLeastWhileDraining = 0.4;
/// The viewer's delay in acknowledging, and a picture on its way.
constexpr Duration kNoQueue = 35ms;
constexpr Duration kMostDraining = 1800ms;
/// What goes through so soon after is what went through when it was full.
constexpr Duration kStillFull = 200ms;
/// Overloads closer together are of one story.
constexpr Duration kOneStory = 5s;
constexpr double kFullLoss = 0.1;
constexpr double kRisingLoss = 0.07;
constexpr std::uint64_t kFewestLost = 12;
constexpr Duration kClimbInterval = 500ms;
/// Steps are as large for all with one cap, which makes shares equal too, but no leaps for a slow line.
constexpr double kClimbOfCap = 0.02;
constexpr double kClimbBits = 60'000;
constexpr double kClimbOfRate = 0.03;
/// Up to so much of what was too much steps are half as large.
constexpr double kNearFull = 1.35;
constexpr Duration kLeastPatience = 4s;
constexpr Duration kMostPatience = 12s;
constexpr Duration kYieldInterval = 1s;
constexpr double kLeastLeft = 0.85;
constexpr double kLeft = 0.95;
constexpr double kPeakDecay = 0.97;
/// A picture that hardly changes shows nothing of what its line carries.
constexpr double kUntested = 2;

double picture_of(double bits) {
  return std::max(0.0, (bits - kSoundBits) / kOverhead);
}

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void LineRate::update(const tunnel::LineStatus& line, std::int64_t sent, Instant now) {
  const bool anew = !looks_.empty() && line.acknowledged_bytes < looks_.back().acknowledged_bytes;
  if (anew) began_ = now;
  if (anew || (!looks_.empty() && now - looks_.back().at > kMissed)) looks_.clear();
  if (is_silent(line)) return;
  look(line, sent, now);
  if (cap_ <= kFloor || now - began_ < kWarmUp + 5 * line.min_rtt) return;
  const auto queue = standing_queue();
  if (!queue) return;
  const double through = picture_of(delivered(kStanding));
  peak_ = std::max(through, peak_ * kPeakDecay);
  settle(now);
  if (draining_) return drain(now);
  if (through * kSteady >= rate_) return climb(now);
  const bool is_lossy = loss() > kFullLoss && now - full_since_ > 1s;
  if (*queue <= bearable_queue() && !is_lossy) return climb(now);
  if (is_shared_) return yield_a_little(through, now);
  on_overload(through, now);
}

/// Nothing comes back of what was sent: whether that is the end or a moment, the line has not said.
bool LineRate::is_silent(const tunnel::LineStatus& line) const {
  return !looks_.empty() && line.in_flight_bytes > 0 &&
         line.acknowledged_bytes == looks_.back().acknowledged_bytes;
}

void LineRate::look(const tunnel::LineStatus& line, std::int64_t sent, Instant now) {
  const bool is_quiet = !looks_.empty() && line.acknowledged_bytes == looks_.back().acknowledged_bytes;
  looks_.push_back({now, line.acknowledged_bytes, line.sent_packets, line.lost_packets, sent, {}});
  if (looks_.size() > kLooksKept) looks_.pop_front();
  // The last round trip is of whatever was acknowledged last, however long ago.
  if (!is_quiet) looks_.back().queue = queue_of(line);
}

Duration LineRate::queue_of(const tunnel::LineStatus& line) const {
  const auto in_network = std::max(Duration{}, line.latest_rtt - line.min_rtt);
  const double through = delivered(kStanding);
  if (line.waiting_bytes == 0 || through <= 0) return in_network;
  const std::chrono::duration<double> here(
      std::min(5.0, static_cast<double>(line.waiting_bytes) * 8 / through));
  return in_network + std::chrono::duration_cast<Duration>(here);
}

/// Bits a second that were acknowledged over so many intervals, or as many as there are.
double LineRate::delivered(std::size_t intervals) const {
  if (looks_.size() < 2) return 0;
  const auto& newest = looks_.back();
  const auto& oldest = looks_[looks_.size() - 1 - std::min(intervals, looks_.size() - 1)];
  return static_cast<double>(newest.acknowledged_bytes - oldest.acknowledged_bytes) * 8 /
         seconds_of(newest.at - oldest.at);
}

std::optional<Duration> LineRate::standing_queue() const {
  if (looks_.size() <= kStanding) return std::nullopt;
  return std::min_element(looks_.end() - kStanding, looks_.end(),
                          [](const Look& a, const Look& b) { return a.queue < b.queue; })
      ->queue;
}

double LineRate::loss() const {
  const auto lost = looks_.back().lost_packets - looks_.front().lost_packets;
  const auto sent = looks_.back().sent_packets - looks_.front().sent_packets;
  if (looks_.size() < kLooksKept || lost < kFewestLost || sent == 0) return 0;
  return static_cast<double>(lost) / static_cast<double>(sent);
}

void LineRate::on_overload(double carried, Instant now) {
  // Where it was full before: it has not become faster.
  const bool again = carried_ > 0 && carried > carried_ * 0.8 && carried < carried_ * 1.2;
  patience_ = again ? std::min(patience_ * 3 / 2, kMostPatience) : kLeastPatience;
  carried_at_first_ =
      is_full_ && now - full_since_ < kOneStory ? std::max(carried_at_first_, carried) : carried;
  carried_ = carried;
  is_full_ = true;
  full_since_ = draining_since_ = now;
  draining_ = true;
  set_rate(draining_rate());
}

/// What two fill is not emptied by one of them: we only take less of it.
void LineRate::yield_a_little(double through, Instant now) {
  if (now - full_since_ < kYieldInterval) return;
  full_since_ = now;
  set_rate(std::max(through, rate_ * kLeastLeft) * kLeft);
}

double LineRate::draining_rate() const {
  const double backlog = seconds_of(looks_.back().queue) / seconds_of(kDrainTime);
  return carried_ * std::max(kLeastWhileDraining, kWhileDraining - backlog);
}

void LineRate::drain(Instant now) {
  const auto sent = static_cast<double>(std::ranges::min_element(looks_, {}, &Look::sent)->sent);
  // Or more was sent for a while than goes through: so this is what the line carries now.
  const double through = picture_of(delivered(kStanding));
  if (now - full_since_ < kStillFull || through < sent * 0.8)
    carried_ = through;
  else
    carried_ = std::max(carried_, through);
  if (sent > rate_ * 1.1) draining_since_ = now;
  const bool is_empty = looks_.back().queue < kNoQueue;
  if (!is_empty && now - draining_since_ <= kMostDraining) return set_rate(std::min(rate_, draining_rate()));
  draining_ = false;
  // What was lost until now has been answered.
  while (looks_.size() > kStanding + 1) looks_.pop_front();
  if (!is_empty) {
    is_shared_ = true;
    carried_ = std::max(carried_, carried_at_first_);
  }
  set_rate(steady());
}

/// The queue has gone, and with it whoever made it: the next one is ours again.
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
  const double next = rate_ + (was_too_much ? most / 2 : most);
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
