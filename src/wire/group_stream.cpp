#include "pixelpass/wire/group_stream.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace pixelpass::wire {
namespace {

namespace endian = boost::endian;

constexpr std::uint8_t kKeyframeFlag = 1;
constexpr std::uint8_t kAfterGapFlag = 2;
constexpr std::size_t kFlagsOffset = 4;
constexpr std::size_t kCapturedOffset = 5;

/// Enough for an ordinary keyframe: memory for that is allocated at once, for a longer frame only as its
/// bytes come.
constexpr std::size_t kTrustedBytes = 256 << 10;
/// Beyond kTrustedBytes the memory is limited to this many times what has come.
constexpr std::size_t kGrowth = 8;

Instant to_instant(std::int64_t count) {
  const std::chrono::microseconds since_start(count);
  return Instant(std::clamp(since_start, -kMaxClock, kMaxClock));
}

ByteView take(ByteView& bytes, std::size_t count) {
  const auto front = bytes.first(std::min(count, bytes.size()));
  bytes = bytes.subspan(front.size());
  return front;
}

}  // namespace

std::array<std::uint8_t, kGroupHeaderBytes> encode_group_header(std::uint64_t group) {
  std::array<std::uint8_t, kGroupHeaderBytes> header;
  endian::store_big_u64(header.data(), group);
  return header;
}

std::array<std::uint8_t, kFrameHeaderBytes> encode_frame_header(const Frame& frame) {
  assert(!frame.bytes.empty() && frame.bytes.size() <= kMaxFrameBytes);
  std::array<std::uint8_t, kFrameHeaderBytes> header;
  endian::store_big_u32(header.data(), static_cast<std::uint32_t>(frame.bytes.size()));
  header[kFlagsOffset] =
      static_cast<std::uint8_t>((frame.keyframe ? kKeyframeFlag : 0) | (frame.after_gap ? kAfterGapFlag : 0));
  endian::store_big_s64(header.data() + kCapturedOffset, to_us(frame.captured_at.time_since_epoch()));
  return header;
}

GroupStreamReader::Status GroupStreamReader::feed(ByteView bytes, const OnFrame& on_frame) {
  while (!bytes.empty()) {
    if (!in_payload_) {
      if (const Status status = take_header(bytes); status != Status::kOk) return status;
      continue;
    }
    take_payload(bytes);
    if (payload_bytes_ < frame_bytes_) continue;
    const std::size_t index = next_index_++;
    on_frame(group_, index, finish_frame());
  }
  return Status::kOk;
}

const char* GroupStreamReader::words(Status status) {
  static_assert(kMaxFrameBytes == 8 << 20);
  switch (status) {
    case Status::kFrameTooLong:
      return "a frame of more than 8 MiB";
    case Status::kEmptyFrame:
      return "a frame of no bytes";
    case Status::kNoKeyframe:
      return "a group that does not begin at its only keyframe";
    case Status::kOk:
      break;
  }
  return "a group";
}

GroupStreamReader::Status GroupStreamReader::take_header(ByteView& bytes) {
  const std::size_t wanted = has_group_ ? kFrameHeaderBytes : kGroupHeaderBytes;
  const auto part = take(bytes, wanted - header_bytes_);
  std::memcpy(header_.data() + header_bytes_, part.data(), part.size());
  header_bytes_ += part.size();
  if (header_bytes_ < wanted) return Status::kOk;
  header_bytes_ = 0;
  if (has_group_) return begin_frame();
  group_ = endian::load_big_u64(header_.data());
  has_group_ = true;
  return Status::kOk;
}

GroupStreamReader::Status GroupStreamReader::begin_frame() {
  frame_bytes_ = endian::load_big_u32(header_.data());
  if (frame_bytes_ > kMaxFrameBytes) return Status::kFrameTooLong;
  if (frame_bytes_ == 0) return Status::kEmptyFrame;
  const std::uint8_t flags = header_[kFlagsOffset];
  frame_.keyframe = (flags & kKeyframeFlag) != 0;
  frame_.after_gap = (flags & kAfterGapFlag) != 0;
  frame_.captured_at = to_instant(endian::load_big_s64(header_.data() + kCapturedOffset));
  if (frame_.keyframe != (next_index_ == 0)) return Status::kNoKeyframe;
  in_payload_ = true;
  return Status::kOk;
}

void GroupStreamReader::take_payload(ByteView& bytes) {
  const auto part = take(bytes, frame_bytes_ - payload_bytes_);
  if (payload_bytes_ + part.size() > payload_capacity_) reserve(payload_bytes_ + part.size());
  std::memcpy(payload_.get() + payload_bytes_, part.data(), part.size());
  payload_bytes_ += part.size();
}

void GroupStreamReader::reserve(std::size_t bytes) {
  const std::size_t capacity = std::min(frame_bytes_, std::max(kTrustedBytes, bytes * kGrowth));
  auto larger = std::make_shared_for_overwrite<std::uint8_t[]>(capacity);
  if (payload_bytes_ > 0) std::memcpy(larger.get(), payload_.get(), payload_bytes_);
  payload_ = std::move(larger);
  payload_capacity_ = capacity;
}

void GroupStreamReader::drop_partial() {
  payload_.reset();
  payload_capacity_ = payload_bytes_ = 0;
}

Frame GroupStreamReader::finish_frame() {
  const ByteView view(payload_.get(), frame_bytes_);
  frame_.bytes = SharedBytes(std::move(payload_), view);
  payload_.reset();
  payload_capacity_ = payload_bytes_ = 0;
  in_payload_ = false;
  return std::exchange(frame_, {});
}

}  // namespace pixelpass::wire
