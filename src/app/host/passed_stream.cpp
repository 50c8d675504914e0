#include "app/host/passed_stream.hpp"

#include <span>
#include <utility>

namespace pixelpass::app {
namespace {

using Objection = PassedPictures::Objection;

Notice not_for_browsers(Objection objection) {
  if (objection == Objection::kReordered)
    return {
        "browsers, and engines over WHIP, cannot show this stream: its pictures come in another order than "
        "they are shown in",
        "have its encoder make no B-frames, such as ffmpeg … -bf 0; pixelpass itself plays it"};
  return {"browsers, and engines over WHIP, cannot show this stream: its picture is not H.264",
          "have it encoded so, such as ffmpeg … -c:v libx264 -bf 0; pixelpass itself plays it"};
}

/// The newest group as it is kept; empty: not all of it, or it is too much.
std::vector<FramePtr> newest_group(const Broadcast& broadcast, std::size_t& bytes) {
  std::vector<FramePtr> group;
  for (std::size_t i = 0; i < broadcast.newest_frames(); ++i) {
    const auto* frame = broadcast.at(broadcast.newest_group(), i);
    if (frame == nullptr) return {};  // its beginning is not kept any more
    bytes += (*frame)->bytes.size();
    if (bytes > PassedStream::kMostLookedThrough) return {};
    group.push_back(*frame);
  }
  return group;
}

}  // namespace

std::optional<PassedStream::Verdict> PassedStream::feed(const Frame& frame, bool is_wanted,
                                                        const PassedPictures::OnUnit& on_unit) {
  const auto before = pictures_.objection();
  is_fed_ = is_wanted || before != Objection::kNone;
  if (!is_fed_) return std::nullopt;
  pictures_.feed(frame, on_unit);
  if (pictures_.objection() == before) return std::nullopt;
  Verdict verdict{.is_servable = pictures_.objection() == Objection::kNone, .notice = std::nullopt};
  if (!verdict.is_servable && !std::exchange(told_of_objection_, true))
    verdict.notice = not_for_browsers(pictures_.objection());
  return verdict;
}

std::optional<PassedStream::Beginning> PassedStream::beginning(const Broadcast& broadcast) {
  if (broadcast.empty()) return std::nullopt;
  std::size_t bytes = 0;
  const auto group = newest_group(broadcast, bytes);
  if (group.empty()) return std::nullopt;
  Beginning beginning{.units = pictures_.replay(group, std::exchange(is_fed_, true)),
                      .is_all = bytes <= kMostAtOnce};
  if (beginning.units.empty()) return std::nullopt;
  if (!beginning.is_all) beginning.units.resize(1);
  return beginning;
}

}  // namespace pixelpass::app
