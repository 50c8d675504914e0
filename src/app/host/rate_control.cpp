#include "app/host/rate_control.hpp"

#include <string>
#include <unordered_map>
#include <utility>

namespace pixelpass::app {
namespace {

Notice slow_machine_notice(const StreamDescription& stream) {
  return {"this machine is too slow for pictures of " + std::to_string(stream.width) + "x" +
              std::to_string(stream.height) + ", " + std::to_string(stream.fps) +
              " a second: smaller or fewer ones are sent for now",
          "ask for less with --size or --fps; what is given up first: --for text or --for video"};
}

void add_lines(HostStats& stats, const std::vector<BitrateLaw::Line>& lines) {
  std::unordered_map<std::uint32_t, const BitrateLaw::Line*> by_viewer;
  for (const auto& line : lines) by_viewer.emplace(line.viewer, &line);
  for (auto& viewer : stats.viewers) {
    const auto line = by_viewer.find(viewer.viewer);
    if (line == by_viewer.end()) continue;
    viewer.line_bps = line->second->bits_per_second;
    viewer.is_left_behind = line->second->is_left_behind;
  }
}

}  // namespace

RateControl::Steps RateControl::follow_up_to(const command::SetBitrate& bitrate, Instant now) {
  if (bitrate.is_fixed) return fix();
  if (law_) {
    law_->set_cap(bitrate.bits_per_second);
    return {};
  }
  law_.emplace(bitrate.bits_per_second);
  if (asked_fps_ > 0) ladder_.emplace(use_, asked_fps_);
  if (plays_) look_at_ = now + BitrateLaw::kInterval;
  return {};
}

RateControl::Steps RateControl::fix() {
  auto steps = forget_limits();
  steps.words = left_behind_.take_back();
  law_.reset();
  ladder_.reset();
  look_at_.reset();
  return steps;
}

void RateControl::on_play(Instant now) {
  plays_ = true;
  if (law_) look_at_ = now + BitrateLaw::kInterval;
}

void RateControl::on_pause() {
  plays_ = false;
  look_at_.reset();
}

RateControl::Steps RateControl::forget_limits() {
  if (!ladder_ || ladder_->reason() == PictureLadder::Reason::kNone) return {};
  ladder_.emplace(use_, asked_fps_);
  return set_limits({});
}

RateControl::Steps RateControl::set_limits(const encode::PictureLimits& limits) {
  limits_are_new_ = true;
  Steps steps;
  steps.limits = limits;
  return steps;
}

RateControl::Steps RateControl::look(std::span<const tunnel::ViewerStatus> viewers, Instant now) {
  look_at_ = now + BitrateLaw::kInterval;
  const auto before = law_->target().bits_per_second;
  law_->update(viewers, now);
  Steps steps;
  if (const auto target = law_->target().bits_per_second; target != before) steps.bits_per_second = target;
  steps.words = left_behind_.update(law_->lines(), law_->target().bits_per_second, now);
  return steps;
}

/// One step of the ladder, if any.
RateControl::Steps RateControl::climb(const StreamDescription& stream, const encode::EncodeTimes& made,
                                      Instant now) {
  if (!ladder_ || limits_are_new_) return {};
  const PictureLadder::Look look{.target = law_->target().bits_per_second,
                                 .cap = law_->cap(),
                                 .shown = {stream.width, stream.height},
                                 .made = made,
                                 .is_players = law_->target().is_players};
  if (!ladder_->update(look, now)) return {};
  auto steps = set_limits(ladder_->limits());
  if (ladder_->reason() == PictureLadder::Reason::kEncoder && !std::exchange(told_of_slow_encoder_, true))
    steps.notice = slow_machine_notice(stream);
  return steps;
}

std::optional<std::int64_t> RateControl::cap() const {
  return law_ ? std::optional(law_->cap()) : std::nullopt;
}

std::int64_t RateControl::bits_per_second(std::int64_t wanted) const {
  return law_ ? law_->target().bits_per_second : wanted;
}

std::vector<web::LineLimit> RateControl::line_limits() const {
  std::vector<web::LineLimit> limits;
  if (!law_) return limits;
  for (const auto& line : law_->lines())
    if (line.bits_per_second < law_->cap())
      limits.push_back({line.viewer, line.bits_per_second, line.is_left_behind});
  return limits;
}

void RateControl::add_to(HostStats& stats, std::int64_t wanted) const {
  stats.target_bps = bits_per_second(wanted);
  if (!law_) return;
  stats.limited_by = limited_by(law_->target());
  add_lines(stats, law_->lines());
  if (is_encoder_slow() && !law_->target().viewer) stats.limited_by = "encoder";
}

PictureTarget RateControl::target(const StreamDescription& stream) const {
  PictureTarget target{.bitrate_bps = bits_per_second(stream.bitrate_bps),
                       .fps = stream.fps,
                       .width = stream.width,
                       .height = stream.height,
                       .limited_by = is_encoder_slow() ? "encoder" : "cap"};
  if (!law_ || !law_->target().viewer) return target;
  target.viewer = law_->target().viewer;
  target.limited_by = law_->target().is_players ? "player" : "line";
  return target;
}

bool RateControl::is_encoder_slow() const {
  return ladder_ && ladder_->reason() == PictureLadder::Reason::kEncoder;
}

}  // namespace pixelpass::app
