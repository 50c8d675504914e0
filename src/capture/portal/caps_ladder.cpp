#include "capture/portal/caps_ladder.hpp"

#include <algorithm>

namespace pixelpass::capture {
namespace {

constexpr auto kDmaBufCaps = "video/x-raw(memory:DMABuf)";
/// Compositors have one of these orders of the same four bytes.
constexpr auto kSharedCaps = "video/x-raw,format={BGRx,BGRA,RGBx,RGBA,xRGB,ARGB,xBGR,ABGR}";

}  // namespace

CapsLadder::CapsLadder(const std::vector<PictureMemory>& wanted) {
  if (std::ranges::find(wanted, PictureMemory::kDmaBuf) != wanted.end())
    rungs_.push_back(std::string(kDmaBufCaps) + ";" + kSharedCaps);
  rungs_.emplace_back(kSharedCaps);
}

bool CapsLadder::step_down() {
  if (proven_ || at_ + 1 == rungs_.size()) return false;
  ++at_;
  return true;
}

bool CapsLadder::on_failed() {
  refused_ |= !proven_;
  return step_down();
}

bool CapsLadder::on_timed_out() {
  const bool stepped = step_down();
  timeouts_ += stepped ? 1 : 0;
  return stepped;
}

void CapsLadder::on_session() {
  constexpr int kMostTimeouts = 3;  // each costs the time that it was given
  if (at_ == 0 || refused_ || timeouts_ >= kMostTimeouts) return;
  at_ = 0;
  proven_ = false;
}

}  // namespace pixelpass::capture
