// What the session does for those who watch in a browser.
#include "app/host/host_session.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

/// Of a group that has begun: what a browser is sent of it within a moment, and what is taken apart for it.
constexpr std::size_t kMostAtOnce = 256 << 10;
constexpr std::size_t kMostLookedThrough = 8 << 20;

Notice not_for_browsers(PassedPictures::Objection objection) {
  if (objection == PassedPictures::Objection::kReordered)
    return {
        "browsers, and engines over WHIP, cannot show this stream: its pictures come in another order than "
        "they are shown in",
        "have its encoder make no B-frames, such as ffmpeg … -bf 0; pixelpass itself plays it"};
  return {"browsers, and engines over WHIP, cannot show this stream: its picture is not H.264",
          "have it encoded so, such as ffmpeg … -c:v libx264 -bf 0; pixelpass itself plays it"};
}

}  // namespace

/// Browsers take no MPEG-TS, and what others encode comes as nothing else. Without a browser it is not taken
/// apart, but to see that what they cannot show is over.
void HostSession::pass_pictures(const Frame& frame) {
  passes_pictures_ = transports_.has_browsers() || engines_.want_units ||
                     passed_.objection() != PassedPictures::Objection::kNone;
  if (!passes_pictures_) return;
  now_ = std::max(now_, frame.captured_at);
  const auto before = passed_.objection();
  passed_.feed(frame, [this](const AccessUnit& unit) { pass_unit(unit); });
  if (passed_.objection() == before) return;
  transports_.set_servable(passed_.objection() == PassedPictures::Objection::kNone, now_);
  if (passed_.objection() != PassedPictures::Objection::kNone && !std::exchange(told_of_objection_, true))
    events_.emplace_back(not_for_browsers(passed_.objection()));
}

/// Nobody makes a keyframe for who joins a stream that is passed through, and the next one may be seconds
/// away. Of a group that is too large for a browser's line to bring it at once the keyframe alone is shown
/// until then.
void HostSession::begin_with_newest_group(std::uint32_t viewer) {
  if (broadcast_.empty() || !transports_.awaits_first_picture(viewer)) return;
  std::vector<FramePtr> group;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < broadcast_.newest_frames() && bytes <= kMostLookedThrough; ++i) {
    const auto* frame = broadcast_.at(broadcast_.newest_group(), i);
    if (frame == nullptr) return;  // its beginning is not kept any more
    bytes += (*frame)->bytes.size();
    group.push_back(*frame);
  }
  if (bytes > kMostLookedThrough) return;
  auto units = passed_.replay(group, std::exchange(passes_pictures_, true));
  if (units.empty()) return;
  const bool is_all = bytes <= kMostAtOnce;
  transports_.begin_with(viewer, std::span(units).first(is_all ? units.size() : 1), is_all, now_);
}

void HostSession::on_unit(const AccessUnit& unit, Instant now) {
  now_ = now;
  if (rest_.is_resting()) return;
  if (settings_.is_encoded_here) {
    meter_.count(unit);
    return pass_unit(unit);
  }
  if (const auto sound = passed_.place(unit)) pass_unit(*sound);
}

void HostSession::pass_unit(const AccessUnit& unit) {
  transports_.on_unit(unit, now_);
  if (engines_.want_units && settings_.units) settings_.units(unit);
}

/// The sound is encoded once more only while somebody listens to that.
void HostSession::follow_listeners() {
  const bool wanted = transports_.wants_opus() || engines_.want_opus;
  if (std::exchange(makes_opus_, wanted) != wanted) commands_.emplace_back(source_command::Opus{wanted});
}

}  // namespace pixelpass::app
