#pragma once

#include "pixelpass/media/frame.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace pixelpass::wire {

/// A group as one stream, after the kind byte (stream_kind.hpp):
///   group  := group_number(u64) frame*            (integers big-endian)
///   frame  := length(u32) flags(u8) captured(i64) payload
/// `flags`: bit 0 keyframe, bit 1 after a gap; the others are sent as 0 and ignored. `captured` counts
/// microseconds on the host's clock, and is clamped to ±kMaxClock when read. The stream's end is the group's
/// end.
inline constexpr std::size_t kGroupHeaderBytes = 8;
inline constexpr std::size_t kFrameHeaderBytes = 13;
/// The most bytes of an access unit; a longer one closes the connection.
inline constexpr std::size_t kMaxFrameBytes = 8 << 20;
/// The limit for clock values, 35 years of uptime: sums and differences of two never overflow a Duration.
inline constexpr std::chrono::microseconds kMaxClock{std::int64_t{1} << 50};

std::array<std::uint8_t, kGroupHeaderBytes> encode_group_header(std::uint64_t group);
std::array<std::uint8_t, kFrameHeaderBytes> encode_frame_header(const Frame& frame);

/// Splits a group stream into frames as its bytes come. Sans-IO; never trusts a length: an announced payload
/// that does not come costs next to nothing. Copies each payload once (a very large one, in part, twice).
class GroupStreamReader {
 public:
  enum class Status : std::uint8_t {
    kOk,
    kFrameTooLong,  ///< a frame above kMaxFrameBytes
    kEmptyFrame,    ///< a frame of no bytes
    kNoKeyframe,    ///< the first frame is not a keyframe, or a later one is
  };
  /// The status in words for a viewer: "a frame of more than 8 MiB".
  static const char* words(Status status);

  /// `frame.captured_at` is the host's clock. `index` counts from 0 within the group.
  using OnFrame = std::function<void(std::uint64_t group, std::size_t index, Frame frame)>;

  /// After a status other than kOk it must not be fed again.
  Status feed(ByteView bytes, const OnFrame& on_frame);

  /// The memory held for an incomplete frame.
  [[nodiscard]] std::size_t held_bytes() const { return payload_capacity_; }
  /// Drops the incomplete frame; afterwards it must not be fed again.
  void drop_partial();

  /// Whether the group's number is known: its header has come.
  [[nodiscard]] bool has_group() const { return has_group_; }
  [[nodiscard]] std::uint64_t group() const { return group_; }
  /// Whether the stream may end here: no frame is incomplete.
  [[nodiscard]] bool at_boundary() const { return has_group_ && header_bytes_ == 0 && !in_payload_; }

 private:
  /// Takes the bytes that belong to the header, or to the payload, from the front of `bytes`.
  Status take_header(ByteView& bytes);
  void take_payload(ByteView& bytes);
  Status begin_frame();
  void reserve(std::size_t bytes);
  Frame finish_frame();

  std::array<std::uint8_t, kFrameHeaderBytes> header_{};
  std::size_t header_bytes_ = 0;  ///< how much of `header_` has come
  std::shared_ptr<std::uint8_t[]> payload_;
  std::size_t payload_capacity_ = 0;
  std::size_t payload_bytes_ = 0;  ///< how much of the payload has come
  std::size_t frame_bytes_ = 0;    ///< how much was announced
  Frame frame_;
  std::size_t next_index_ = 0;
  std::uint64_t group_ = 0;
  bool has_group_ = false;
  bool in_payload_ = false;
};

}  // namespace pixelpass::wire
