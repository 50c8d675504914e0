// What the session does about its viewers' lines: the bitrate that follows them, and what of the picture goes
// with it.
#include "app/host/host_session.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {

void HostSession::tell_stats() {
  stats_at_ = now_ + kStatsInterval;
  const HostLoad load = settings_.load();
  if (ladder_ && why_hidden().empty()) climb(load.times);
  auto stats = meter_.take(transports_.viewers(), load, broadcast_.counters(), now_);
  stats.target_bps = law_ ? law_->target().bits_per_second : stream_.bitrate_bps;
  if (law_) {
    stats.limited_by = limited_by(law_->target());
    tell_lines(stats);
  }
  const bool slow = ladder_ && ladder_->reason() == PictureLadder::Reason::kEncoder;
  if (slow && !law_->target().viewer) stats.limited_by = "encoder";
  auto narrow = narrow_lines_.take(stats.viewers);
  events_.emplace_back(std::move(stats));
  for (auto& notice : narrow) events_.emplace_back(std::move(notice));
}

void HostSession::tell_lines(HostStats& stats) const {
  for (auto& viewer : stats.viewers) {
    const auto line = std::ranges::find(law_->lines(), viewer.viewer, &BitrateLaw::Line::viewer);
    if (line == law_->lines().end()) continue;
    viewer.line_bps = line->bits_per_second;
    viewer.is_left_behind = line->is_left_behind;
  }
}

/// One step of the ladder, if any.
void HostSession::climb(const encode::EncodeTimes& made) {
  const PictureLadder::Look look{.target = law_->target().bits_per_second,
                                 .cap = law_->cap(),
                                 .shown = {stream_.width, stream_.height},
                                 .made = made,
                                 .is_players = law_->target().is_players};
  if (limits_are_new_ || !ladder_->update(look, now_)) return;
  set_limits(ladder_->limits());
  if (ladder_->reason() != PictureLadder::Reason::kEncoder || std::exchange(told_of_slow_encoder_, true))
    return;
  events_.emplace_back(
      Notice{"this machine is too slow for pictures of " + std::to_string(stream_.width) + "x" +
                 std::to_string(stream_.height) + ", " + std::to_string(stream_.fps) +
                 " a second: smaller or fewer ones are sent for now",
             "ask for less with --size or --fps; what is given up first: --for text or --for video"});
}

void HostSession::set_limits(const encode::PictureLimits& limits) {
  limits_are_new_ = true;
  commands_.emplace_back(source_command::SetLimits{limits});
}

/// They were for those who have left.
void HostSession::forget_limits() {
  if (!ladder_ || ladder_->reason() == PictureLadder::Reason::kNone) return;
  ladder_.emplace(settings_.use, asked_fps_);
  set_limits({});
}

void HostSession::begin_following() {
  asked_fps_ = stream_.fps;
  transports_.set_bitrate(stream_.bitrate_bps);
  if (settings_.is_encoded_here && stream_.bitrate_bps > 0)
    follow_lines_up_to({stream_.bitrate_bps, settings_.is_bitrate_fixed});
}

void HostSession::encode_at(std::int64_t bits_per_second) {
  transports_.set_bitrate(bits_per_second);
  commands_.emplace_back(source_command::SetBitrate{bits_per_second});
}

void HostSession::follow_lines_up_to(const command::SetBitrate& bitrate) {
  if (bitrate.is_fixed) {
    forget_limits();
    for (const auto& word : left_behind_.take_back()) transports_.tell(word.viewer, word.what);
    law_.reset();
    ladder_.reset();
    lines_at_.reset();
  } else if (law_) {
    law_->set_cap(bitrate.bits_per_second);
  } else {
    law_.emplace(bitrate.bits_per_second);
    if (asked_fps_ > 0) ladder_.emplace(settings_.use, asked_fps_);
    if (rest_ == Rest::kNone) lines_at_ = now_ + BitrateLaw::kInterval;
  }
}

void HostSession::follow_lines() {
  lines_at_ = now_ + BitrateLaw::kInterval;
  const auto before = law_->target().bits_per_second;
  law_->update(transports_.viewers(), now_);
  if (const auto target = law_->target().bits_per_second; target != before) encode_at(target);
  for (const auto& word : left_behind_.update(law_->lines(), law_->target().bits_per_second, now_))
    transports_.tell(word.viewer, word.what);
}

}  // namespace pixelpass::app
