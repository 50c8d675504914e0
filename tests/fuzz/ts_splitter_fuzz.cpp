#include "pixelpass/mpegts/ts_splitter.hpp"

#include <algorithm>
#include <cstdlib>

using namespace pixelpass;
using mpegts::TsSplitter;

namespace {

/// Small, so that the fuzzer reaches them.
constexpr TsSplitter::Limits kLimits{
    .frame_bytes = 16 << 10, .video_within = 64 << 10, .unsynced_bytes = 4096};

void require(bool holds) {
  if (!holds) std::abort();
}

/// What has to hold of every frame, whatever came in.
void check(const Frame& frame, bool first) {
  require(!frame.bytes.empty() && frame.bytes.size() % kTsPacketBytes == 0);
  require(frame.bytes.size() <= kLimits.frame_bytes);
  require(!first || (frame.keyframe && !frame.after_gap));
  require(!frame.keyframe || TsPacketView(frame.bytes.data()).pid() == kPatPid);
  require(!frame.after_gap || frame.keyframe);
}

struct Outcome {
  Bytes bytes;
  TsSplitter::Counters counters;
  bool ended_ok = false;
};

enum class Silence : std::uint8_t { kNone, kBehindEachPiece };

Outcome split(ByteView input, std::size_t chunk, Silence silence = Silence::kNone) {
  Outcome outcome;
  TsSplitter splitter(kLimits);
  const auto on_frame = [&outcome](const Frame& frame) {
    check(frame, outcome.bytes.empty());
    outcome.bytes.insert(outcome.bytes.end(), frame.bytes.view().begin(), frame.bytes.view().end());
  };
  for (std::size_t at = 0; at < input.size(); at += chunk) {
    const ByteView piece = input.subspan(at, std::min(chunk, input.size() - at));
    if (splitter.feed(piece, Instant{}, on_frame) != TsSplitter::Status::kOk) return outcome;
    if (silence == Silence::kBehindEachPiece) splitter.idle(on_frame);
  }
  outcome.ended_ok = splitter.end(on_frame) == TsSplitter::Status::kOk;
  outcome.counters = splitter.counters();
  return outcome;
}

}  // namespace

/// Any bytes: no frame is anything but whole packets within the limits, and it does not matter in which
/// pieces the bytes come. How they are cut into frames may matter where there is silence in between.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const Outcome whole = split(input, std::max<std::size_t>(size, 1));
  const Outcome pieces = split(input, 61);
  split(input, kTsPacketBytes, Silence::kBehindEachPiece);
  if (whole.ended_ok && pieces.ended_ok) {
    require(whole.bytes == pieces.bytes);
    require(whole.counters.groups == pieces.counters.groups);
  }
  return 0;
}
