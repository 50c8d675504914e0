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

/// Four bytes a pixel, in one plane.
struct PixelFormat {
  std::string_view name;  ///< GStreamer's and PipeWire's
  std::uint32_t spa;      ///< enum spa_video_format
  std::string_view drm;   ///< drm_fourcc.h's code; it counts from the other end of a 32 bit word

  friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};
inline constexpr std::size_t kPixelBytes = 4;

/// What a source and we have agreed on.
struct StreamFormat {
  PixelFormat pixels;
  Size size;
  /// Pictures come as DMA-BUFs that are laid out so; nullopt: in shared memory.
  std::optional<std::uint64_t> modifier;
  /// Black is 16 and white 235, as television has them; by default they are 0 and 255.
  bool is_limited = false;

  friend bool operator==(const StreamFormat&, const StreamFormat&) = default;
};

/// Nullopt: it is none that we offer. Sans-IO.
std::optional<StreamFormat> read_format(const spa_pod* format);
/// Whether the source has yet to choose among several layouts. Most name the one that they have chosen in
/// another format, at once; KWin goes on with this one where it has chosen before. Sans-IO.
bool is_undecided(const spa_pod* format);

/// Which shared memory is taken, the easiest for a source first.
enum class SharedMemory : std::uint8_t {
  kAny,   ///< the source's own files in memory, and what PipeWire makes
  kLent,  ///< that alone
  kNone,
};

/// What we can take.
struct StreamOffer {
  /// DMA-BUFs that the encoder imports: those come first. Where it imports none, such are offered after all
  /// others, to compositors that have nothing else, and only in a layout that can be read.
  DmaBufFormats dma_bufs;
  int fps = 30;  ///< more pictures a second are of no use
  SharedMemory shared = SharedMemory::kAny;
  bool readable = true;  ///< the DMA-BUFs that can be read
  /// Of a source that takes the size that it is asked for, as virtual monitors do.
  std::optional<Size> size = {};

  friend bool operator==(const StreamOffer&, const StreamOffer&) = default;
};

/// Parameters of a stream, as PipeWire takes them. They lie in this object. Sans-IO.
class StreamParameters {
 public:
  /// EnumFormat: what an offer means, the best first. Each is offered with a limit to its rate and, further
  /// down, without: a source may have a fixed one that is higher. The same goes for the size.
  explicit StreamParameters(const StreamOffer& offer);
  /// Buffers and metadata for a format that has been agreed on. `pointer`: the mouse's, too. `undecided`:
  /// see is_undecided(). Until it has chosen, a source (KWin's) asks for the memory of its last stream, and
  /// where that cannot be had, the link fails.
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
