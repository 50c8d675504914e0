#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/dma_buf.hpp"
#include "pixelpass/gst/gst.hpp"

#include <functional>
#include <optional>
#include <string>

namespace pixelpass::capture {

/// What a capture tells its owner. Called on the capture's own threads; hand over and return. A callback must
/// not call the capture, nor wait for a thread that does.
struct ScreenCallbacks {
  /// One picture, whole, raw; its caps say size, format and memory, and may change from one picture to the
  /// next (a mode change). A rotated monitor's may not be upright: see orientation_of(). Comes only when the
  /// screen has changed, as far as that is known: a still screen gives nothing, and whoever needs a steady
  /// stream repeats the last one. Keep few of them, and not for long: the memory is the compositor's. One
  /// call at a time.
  std::function<void(gst::Owned<GstSample> picture, Instant captured_at)> on_picture;
  /// It is over: the user has stopped the sharing (`what` is empty, `hint` says so in words for people), or
  /// it failed for good. Once; nothing follows.
  std::function<void(Error)> on_ended;
  /// Something that does not end it, but that the user has to know (a recovery, a fallback).
  std::function<void(Error)> on_notice;
  /// For now nothing of the screen is shown, but a card that says so: `reason` is "locked". Empty: it is
  /// shown again. May be empty.
  std::function<void(std::string reason)> on_hidden{};
};

/// Memory that pictures may come in, the better first.
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
  /// Pictures come, the first as soon as there is one. Idempotent. Does not wait.
  virtual void play() = 0;
  /// No picture comes after this has returned, next to no CPU is used, and whatever the user has agreed to
  /// stays agreed to. Idempotent.
  virtual void pause() = 0;
  /// DMA-BUFs that pictures may come in to be imported: only an encoder that takes them from there has a use
  /// for those, it may be replaced by one that has not, and what it says that it imports may turn out not to
  /// be. Shared memory alone until this was called, and always possible. A change while it plays begins the
  /// stream anew. A capture that has no DMA-BUFs does nothing.
  virtual void allow_dma_bufs(const DmaBufFormats& /*formats*/) {}
  /// So many pictures a second are encoded from now on, at most: more are of no use. A capture that cannot
  /// give fewer does nothing, and none has to do it soon.
  virtual void limit_rate(int /*fps*/) {}
  /// Of several monitors and windows this one alone, from 1 on in the order in which all of them lie; 0: all.
  /// From the next picture on, which comes soon, and over pauses. describe() has it when this has returned.
  /// Where there is no such one, nothing happens.
  virtual void show(int /*source*/) {}
  [[nodiscard]] virtual ScreenDescription describe() const = 0;
};

}  // namespace pixelpass::capture
