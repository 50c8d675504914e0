#include "pixelpass/mpegts/adts_packer.hpp"

namespace pixelpass::mpegts {
namespace {

/// A frame of silence has some 10 to 30 bytes, one of sound hundreds. Two of these and their headers fit into
/// a transport packet.
constexpr std::size_t kLargestSilence = 80;

}  // namespace

void AdtsPacker::add(ByteView frame, Instant at, const OnFrames& on_frames) {
  if (waiting_.empty() && frame.size() <= kLargestSilence) {
    waiting_.assign(frame.begin(), frame.end());
    waiting_at_ = at;
  } else if (waiting_.empty()) {
    on_frames(frame, at);
  } else {
    waiting_.insert(waiting_.end(), frame.begin(), frame.end());
    on_frames(waiting_, waiting_at_);
    waiting_.clear();
  }
}

}  // namespace pixelpass::mpegts
