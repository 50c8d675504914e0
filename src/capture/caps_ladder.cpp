#include "pixelpass/capture/caps_ladder.hpp"

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

bool CapsLadder::on_failed() {
  if (proven_ || at_ + 1 == rungs_.size()) return false;
  ++at_;
  return true;
}

}  // namespace pixelpass::capture
