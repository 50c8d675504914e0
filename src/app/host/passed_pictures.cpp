#include "app/host/passed_pictures.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

/// Packets of sound are contiguous to the sample; a smaller difference is rounding to the pictures' ticks.
constexpr auto kMostRounding = std::chrono::milliseconds(1);
/// The most that sound and picture of one moment are apart.
constexpr auto kMostApart = std::chrono::seconds(5);
/// A longer step from one picture to the next is a gap.
constexpr auto kMostStep = std::chrono::seconds(1);

std::chrono::nanoseconds to_time(Ticks ticks) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(ticks);
}

}  // namespace

void PassedPictures::feed(const Frame& frame, const OnUnit& on_unit) {
  const auto pass = [&](const mpegts::ElementaryUnit& unit) { take(unit, frame.captured_at, on_unit); };
  demuxer_.feed(frame, pass);
  demuxer_.flush(pass);
}

std::vector<AccessUnit> PassedPictures::replay(std::span<const FramePtr> group, bool is_fed) {
  PassedPictures fresh;
  std::vector<AccessUnit> units;
  for (const auto& frame : group) fresh.feed(*frame, [&](const AccessUnit& unit) { units.push_back(unit); });
  if (fresh.objection_ != Objection::kNone || units.empty() || !units.front().keyframe) return {};
  const auto shift = is_fed ? shown_at() - fresh.shown_at() : std::chrono::nanoseconds{};
  for (auto& unit : units) unit.pts += shift;
  if (!is_fed) *this = std::move(fresh);
  return units;
}

void PassedPictures::take(const mpegts::ElementaryUnit& unit, Instant captured_at, const OnUnit& on_unit) {
  if (!is_video(unit.track.type)) return;
  const auto& tracks = demuxer_.tracks();
  const auto is_picture = [](const auto& track) { return is_video(track.type); };
  const auto first = std::ranges::find_if(tracks, is_picture);
  if (first == tracks.end() || *first != unit.track) return;
  judge(unit);
  if (objection_ != Objection::kNone) return;
  go_on(unit.pts);
  on_unit({.bytes = unit.bytes,
           .kind = AccessUnit::Kind::kVideo,
           .pts = shown_at(),
           .captured_at = captured_at,
           .duration = {},
           .keyframe = unit.keyframe,
           .after_gap = unit.after_gap});
}

/// Time stamps that go back mean that a film begins again. It is placed one picture's time after the last
/// picture: to a browser, two pictures of one time would be one.
void PassedPictures::go_on(Ticks stamp) {
  auto step = newest_ ? pts_difference(stamp, newest_->stamp) : Ticks(0);
  if (step < Ticks(0)) {
    ended_ = newest_;
    step = step_;
  } else if (step <= kMostStep) {
    step_ = step;
  }
  newest_ = Place{stamp, shown_at() + to_time(step)};
}

std::optional<AccessUnit> PassedPictures::place(AccessUnit audio) {
  if (!newest_ || objection_ != Objection::kNone) return std::nullopt;
  const auto stamp = std::chrono::floor<Ticks>(audio.pts);
  const auto by = [&](const Place& picture) {
    return picture.shown_at + to_time(pts_difference(stamp, picture.stamp));
  };
  const auto apart = [&](std::chrono::nanoseconds one) { return std::chrono::abs(one - shown_at()); };
  auto at = by(*newest_);
  if (ended_ && apart(by(*ended_)) < apart(at)) at = by(*ended_);
  if (apart(at) > kMostApart) return std::nullopt;
  const auto shift = at - to_time(stamp);
  if (!audio_shift_ || std::chrono::abs(shift - *audio_shift_) > kMostRounding) audio_shift_ = shift;
  audio.pts += *audio_shift_;
  if (last_audio_ && audio.pts <= *last_audio_) return std::nullopt;
  last_audio_ = audio.pts;
  return audio;
}

/// Judges each group by itself: another film may follow.
void PassedPictures::judge(const mpegts::ElementaryUnit& unit) {
  if (unit.keyframe) objection_ = Objection::kNone;
  if (unit.pts != unit.dts) objection_ = Objection::kReordered;
  if (unit.track.type != StreamType::kH264) objection_ = Objection::kNotH264;
}

}  // namespace pixelpass::app
