#include "playback/recording_plan.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::playback {
namespace {

/// The fields of an ADTS header by which a decoder is set up, once: profile, sampling rate and channels.
unsigned audio_of(const mpegts::ElementaryUnit& unit) {
  const ByteView bytes = unit.bytes.view();
  if (unit.track.type != StreamType::kAacAdts || bytes.size() < 4) return 0;
  constexpr unsigned kWithoutPrivateBit = 0xFD;
  return (bytes[2] & kWithoutPrivateBit) << 8 | (bytes[3] & 0xC0U);
}

std::chrono::nanoseconds to_ns(Ticks ticks) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(ticks);
}

}  // namespace

void RecordingPlan::on_unit(const mpegts::ElementaryUnit& unit,
                            const std::vector<mpegts::ElementaryTrack>& listed) {
  listed_.clear();
  std::ranges::copy_if(listed, std::back_inserter(listed_),
                       [this](const auto& track) { return can_hold_(track.type); });
  if (!can_hold_(unit.track.type)) {
    if (refused_.insert(unit.track.type).second) refusals_.push_back(unit.track.type);
    return;
  }
  Placed placed = place(unit);
  if (tracks_.empty()) return hold(std::move(placed));
  if (wants_other_file_ && may_begin(placed)) {
    tracks_.clear();
    return hold(std::move(placed));
  }
  write(placed);
}

RecordingPlan::Placed RecordingPlan::place(const mpegts::ElementaryUnit& unit) {
  auto last = std::ranges::find(last_dts_, unit.track.pid, &std::pair<std::uint16_t, Ticks>::first);
  const bool back = last != last_dts_.end() && pts_difference(unit.dts, last->second) < Ticks{};
  const Ticks step = clock_ ? pts_difference(unit.dts, *clock_) : Ticks{};
  if (back || step > kLongestGap) {
    at_ = newest_ + kNewClockStep;
    last_dts_.clear();
    last = last_dts_.end();
  } else {
    at_ += step;
  }
  if (back || step > kGap)
    for (Track& track : tracks_) track.heard = at_;
  clock_ = unit.dts;
  newest_ = std::max(newest_, at_);
  if (last == last_dts_.end())
    last_dts_.emplace_back(unit.track.pid, unit.dts);
  else
    last->second = unit.dts;
  return {unit, at_ + std::max(pts_difference(unit.pts, unit.dts), Ticks{}), at_};
}

/// Whether a file may begin here. A stream without pictures can be entered anywhere.
bool RecordingPlan::may_begin(const Placed& placed) const {
  const bool has_video = std::ranges::any_of(listed_, [](const auto& track) { return is_video(track.type); });
  return !has_video || placed.unit.keyframe;
}

void RecordingPlan::hold(Placed placed) {
  if (held_.empty() && !may_begin(placed)) return;
  held_bytes_ += placed.unit.bytes.size() + kUnitOverhead;
  const auto track = placed.unit.track;
  if (std::ranges::find(held_tracks_, track) == held_tracks_.end()) held_tracks_.push_back(track);
  held_.push_back(std::move(placed));
  const bool waits_too_long = newest_ - held_.front().dts > kWaitForTracks;
  if (has_all_tracks() || waits_too_long || held_bytes_ > kMostHeld) begin_file();
}

bool RecordingPlan::has_all_tracks() const {
  return std::ranges::all_of(listed_, [this](const auto& track) {
    return std::ranges::find(held_tracks_, track) != held_tracks_.end();
  });
}

void RecordingPlan::begin_file() {
  BeginFile begin;
  file_began_ = held_.front().dts;
  for (const Placed& placed : held_) {
    file_began_ = std::min(file_began_, placed.dts);
    if (find(placed.unit)) continue;
    const auto& track = placed.unit.track;
    // Of two kinds of sound on one track the first is kept in this file.
    if (std::ranges::find(begin.tracks, track) != begin.tracks.end()) continue;
    begin.tracks.push_back(track);
    tracks_.push_back({track, audio_of(placed.unit), placed.dts - kPictureStep, placed.dts, false});
  }
  written_ = file_began_;
  wants_other_file_ = false;
  steps_.emplace_back(std::move(begin));
  held_bytes_ = 0;
  held_tracks_.clear();
  for (const Placed& placed : std::exchange(held_, {})) write(placed);
}

void RecordingPlan::write(const Placed& placed) {
  const auto index = find(placed.unit);
  if (!index || tracks_[*index].ended) {
    wants_other_file_ = true;
    return;
  }
  Track& track = tracks_[*index];
  const Ticks step = is_video(track.track.type) ? kPictureStep : Ticks{};
  const Ticks dts = std::max(placed.dts, track.newest + step);
  track.newest = dts;
  track.heard = std::max(track.heard, dts);
  written_ = std::max(written_, dts);
  steps_.emplace_back(WriteUnit{.track = *index,
                                .bytes = placed.unit.bytes,
                                .pts = to_ns(std::max(placed.pts, dts) - file_began_),
                                .dts = to_ns(dts - file_began_),
                                .keyframe = placed.unit.keyframe,
                                .after_gap = placed.unit.after_gap});
  end_silent_tracks();
}

void RecordingPlan::end_silent_tracks() {
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    Track& track = tracks_[i];
    const Ticks most = is_video(track.track.type) ? kPictureSilent : kAudioSilent;
    if (track.ended || written_ - track.heard <= most) continue;
    track.ended = true;
    steps_.emplace_back(EndTrack{i});
  }
}

std::optional<std::size_t> RecordingPlan::find(const mpegts::ElementaryUnit& unit) const {
  const auto found = std::ranges::find_if(tracks_, [&](const Track& track) {
    return track.track == unit.track && track.audio == audio_of(unit);
  });
  if (found == tracks_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - tracks_.begin());
}

void RecordingPlan::flush() {
  if (tracks_.empty() && !held_.empty()) begin_file();
}

std::optional<RecordingStep> RecordingPlan::poll_step() {
  std::optional<RecordingStep> first;  // not moved: GCC 12 takes that for a use of what is uninitialized
  if (steps_.empty()) return first;
  first.emplace(std::move(steps_.front()));
  steps_.pop_front();
  return first;
}

std::optional<StreamType> RecordingPlan::poll_refusal() {
  if (refusals_.empty()) return std::nullopt;
  const auto first = refusals_.front();
  refusals_.pop_front();
  return first;
}

}  // namespace pixelpass::playback
