#include "pixelpass/wire/group_stream.hpp"

#include "fuzz.hpp"

#include <vector>

namespace pixelpass::wire {
namespace {

using Status = GroupStreamReader::Status;

struct Outcome {
  Status status = Status::kOk;
  GroupStreamReader reader;
  std::vector<Frame> frames;

  bool feed(ByteView bytes) {
    status = reader.feed(bytes, [this](std::uint64_t group, std::size_t index, Frame frame) {
      fuzz::require(group == reader.group() && index == frames.size(), "frames are numbered in order");
      fuzz::require(frame.keyframe == (index == 0), "a group has one keyframe, its first");
      fuzz::require(!frame.bytes.empty() && frame.bytes.size() <= kMaxFrameBytes, "a frame is within bounds");
      frames.push_back(std::move(frame));
    });
    return status == Status::kOk;
  }
};

bool same(const Frame& a, const Frame& b) {
  return std::ranges::equal(a.bytes.view(), b.bytes.view()) && a.captured_at == b.captured_at &&
         a.keyframe == b.keyframe && a.after_gap == b.after_gap;
}

bool same(const Outcome& a, const Outcome& b) {
  return a.status == b.status && a.reader.has_group() == b.reader.has_group() &&
         a.reader.group() == b.reader.group() && a.reader.at_boundary() == b.reader.at_boundary() &&
         std::ranges::equal(a.frames, b.frames, [](const auto& x, const auto& y) { return same(x, y); });
}

Bytes written(const Outcome& outcome) {
  const auto group = encode_group_header(outcome.reader.group());
  Bytes bytes(group.begin(), group.end());
  for (const auto& frame : outcome.frames) {
    const auto header = encode_frame_header(frame);
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.insert(bytes.end(), frame.bytes.view().begin(), frame.bytes.view().end());
  }
  return bytes;
}

}  // namespace
}  // namespace pixelpass::wire

/// The first byte decides where the stream is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  if (size == 0) return 0;
  const auto stream = ByteView(data, size).subspan(1);
  wire::Outcome whole;
  whole.feed(stream);
  wire::Outcome pieces;
  fuzz::in_pieces(stream, data[0], [&](ByteView piece) { return pieces.feed(piece); });
  fuzz::require(same(whole, pieces), "the outcome does not depend on the cuts");
  wire::Outcome again;
  again.feed(wire::written(whole));
  fuzz::require(
      again.frames.size() == whole.frames.size() && again.reader.at_boundary() == again.reader.has_group(),
      "what was read can be written and read again");
  return 0;
}
