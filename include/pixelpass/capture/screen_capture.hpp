#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/dma_buf.hpp"
#include "pixelpass/gst/gst.hpp"

#include <functional>
#include <optional>
#include <string>

namespace pixelpass::capture {

/// The callbacks of a screen capture. Called on its own threads; hand over and return. A callback must not
/// call the capture, nor wait for a thread that does.
struct ScreenCallbacks {
  /// A whole, raw picture. Its caps give size, format and memory, and may change from one picture to the next
  /// (a mode change). A rotated monitor's picture may not be upright: see orientation_of(). Comes only when
  /// the screen has changed, as far as that is known: a still screen gives nothing, and whoever needs a
  /// steady stream repeats the last picture. Keep few of them, and not for long: the memory is the
  /// compositor's. One call at a time.
  std::function<void(gst::Owned<GstSample> picture, Instant captured_at)> on_picture;
  /// The capture has ended: the user has stopped the sharing (`what` is empty, `hint` says so for people), or
  /// it failed for good. Once; nothing follows.
  std::function<void(Error)> on_ended;
  /// Something that does not end the capture, but that the user has to know (a recovery, a fallback).
  std::function<void(Error)> on_notice;
  /// The screen is hidden, and a card shown instead: `reason` is "locked". Empty: the screen is shown again.
  /// May be empty.
  std::function<void(std::string reason)> on_hidden{};
  /// describe() has other sources, or another number for the one that is shown alone, without a call of
  /// show(): monitors have changed their places. May be empty.
  std::function<void()> on_sources{};
};

/// The memory in which pictures may come, the best first.
enum class PictureMemory : std::uint8_t {
  kDmaBuf,  ///< stays on the GPU: only for an encoder that takes it from there
  kShared,
};

struct ScreenDescription {
  std::string source;  ///< "portal", "x11"
  int width = 0;       ///< pixels; 0: not known before the first picture
  int height = 0;
  std::optional<PictureMemory> memory{};  ///< nullopt: not agreed on yet, or of no account
  int sources = 1;                        ///< monitors and windows, side by side
  int shown = 0;                          ///< the one that is shown alone, from 1 on; 0: all
};

/// A screen, or a part of one. Made paused.
/// Thread: any one thread calls it. The destructor stops and joins; no callback comes after it has returned.
class ScreenCapture {
 public:
  virtual ~ScreenCapture() = default;
  /// Starts pictures, the first as soon as there is one. Idempotent. Does not wait.
  virtual void play() = 0;
  /// Stops pictures: none comes after this has returned, and next to no CPU is used. The user's consent stays
  /// valid. Idempotent.
  virtual void pause() = 0;
  /// Sets the DMA-BUFs in which pictures may come to be imported. Only an encoder that imports them can use
  /// those, it may be replaced by one that does not, and its claims may turn out wrong. Shared memory alone
  /// until this was called, and always possible. A change while it plays restarts the stream. A capture
  /// without DMA-BUFs does nothing.
  virtual void allow_dma_bufs(const DmaBufFormats& /*formats*/) {}
  /// The most pictures a second that are encoded from now on: more are of no use. A capture that cannot give
  /// fewer does nothing, and none has to do it soon.
  virtual void limit_rate(int /*fps*/) {}
  /// Shows one of several monitors and windows alone, from 1 on in the order in which they lie; 0: all. Takes
  /// effect with the next picture, which comes soon, and holds over pauses. describe() has it when this has
  /// returned. Does nothing where there is no such source.
  virtual void show(int /*source*/) {}
  [[nodiscard]] virtual ScreenDescription describe() const = 0;
};

}  // namespace pixelpass::capture
