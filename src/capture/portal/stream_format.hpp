#pragma once

#include "pixelpass/capture/dma_buf.hpp"
#include "pixelpass/media/size.hpp"

#include <spa/param/video/raw.h>
#include <spa/pod/pod.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pixelpass::capture {

/// A format of four bytes a pixel, in one plane.
struct PixelFormat {
  std::string_view name;  ///< GStreamer's and PipeWire's
  std::uint32_t spa;      ///< enum spa_video_format
  std::string_view drm;   ///< drm_fourcc.h's code; it counts from the other end of a 32 bit word

  friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};
inline constexpr std::size_t kPixelBytes = 4;

/// The format that a source and we have agreed on.
struct StreamFormat {
  PixelFormat pixels;
  Size size;
  /// The layout of the DMA-BUFs in which pictures come; nullopt: they come in shared memory.
  std::optional<std::uint64_t> modifier;
  /// Whether black is 16 and white 235, as on television; by default they are 0 and 255.
  bool is_limited = false;

  friend bool operator==(const StreamFormat&, const StreamFormat&) = default;
};

/// Parses a format. Nullopt: we do not offer it. Sans-IO.
std::optional<StreamFormat> read_format(const spa_pod* format);
/// Whether the source has yet to choose one of several layouts. Most sources name their choice in a second
/// format, at once; KWin goes on with this one where it has chosen before. Sans-IO.
bool is_undecided(const spa_pod* format);

/// The kinds of shared memory that are accepted, the easiest for a source first.
enum class SharedMemory : std::uint8_t {
  kAny,   ///< the source's own files in memory, and what PipeWire makes
  kLent,  ///< that alone
  kNone,
};

/// What we can take from a source.
struct StreamOffer {
  /// DMA-BUFs that the encoder imports: offered first. If it imports none, readable DMA-BUFs are offered
  /// after everything else, for compositors that have nothing else.
  DmaBufFormats dma_bufs;
  int fps = 30;  ///< more pictures a second are of no use
  SharedMemory shared = SharedMemory::kAny;
  bool readable = true;  ///< the DMA-BUFs that can be read
  /// The size, for a source that takes the size that it is asked for, as virtual monitors do.
  std::optional<Size> size = {};

  friend bool operator==(const StreamOffer&, const StreamOffer&) = default;
};

/// Parameters of a stream for PipeWire. They lie in this object. Sans-IO.
class StreamParameters {
 public:
  /// EnumFormat: the formats of an offer, the best first. Each is offered with a limit to its rate and,
  /// further down, without: a source may have a fixed rate that is higher. The same goes for the size.
  explicit StreamParameters(const StreamOffer& offer);
  /// Buffers and metadata for an agreed format. `pointer`: the pointer's metadata, too. `undecided`: see
  /// is_undecided(). Until it has chosen, a source (KWin) asks for its last stream's kind of memory, and the
  /// link fails if that cannot be had.
  explicit StreamParameters(const StreamFormat& format, SharedMemory shared = SharedMemory::kAny,
                            bool pointer = false, bool undecided = false);
  StreamParameters(const StreamParameters&) = delete;
  StreamParameters& operator=(const StreamParameters&) = delete;

  [[nodiscard]] std::span<const spa_pod*> get() { return pods_; }

 private:
  class Builder;

  std::array<std::uint8_t, 16384> memory_{};
  std::vector<const spa_pod*> pods_;
};

}  // namespace pixelpass::capture
