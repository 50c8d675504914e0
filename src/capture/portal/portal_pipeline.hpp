#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/capture/orientation.hpp"
#include "pixelpass/capture/screen_capture.hpp"
#include "pixelpass/gst/glib.hpp"

#include "capture/portal/picture_shape.hpp"
#include <gst/app/gstappsink.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace pixelpass::capture {

/// One stream of pictures from a node, from its connection to its end: pipewiresrc to appsink, nothing in
/// between. It plays from the start and is thrown away to stop: pipewiresrc 0.3 comes back from PAUSED only
/// when the stream happens to be running again in time, and a new one is there within 20 ms. There is no
/// keepalive (repeats of the last picture): what pipewiresrc's task does tells whether the source lives,
/// sooner, on a still screen, and without keeping one of the compositor's few buffers. Thread: the media
/// thread, and it never waits there but in the destructor. The destructor ends a connection that hangs (left
/// alone it does so for 30 s) and joins; no callback comes after it.
class PortalPipeline {
 public:
  struct Callbacks {
    /// On the streaming thread, one at a time.
    std::function<void(gst::Owned<GstSample> picture, Instant captured_at)> on_picture;
    /// state() may have changed. Any thread.
    std::function<void()> on_change;
  };
  enum class State : std::uint8_t {
    kConnecting,
    kStreaming,  ///< has a format; whether a picture has come depends on the screen
    kReshaped,   ///< the pictures are not of that format any more: make another one of these
    kStopped,    ///< for good
  };

  /// `remote`: a connection to a PipeWire remote. `offer`: formats to agree on, in GStreamer's notation.
  /// `misfit`: what an earlier one of the same node could not place; on a still screen no other may come.
  /// Null: none. Throws StartupError where GStreamer lacks an element.
  PortalPipeline(Descriptor remote, std::uint32_t node, const std::string& offer,
                 gst::Owned<GstSample> misfit, Callbacks callbacks);
  ~PortalPipeline();
  PortalPipeline(const PortalPipeline&) = delete;
  PortalPipeline& operator=(const PortalPipeline&) = delete;

  [[nodiscard]] State state() const;
  /// A copy of the picture that is not of the format, without caps, once the state is kReshaped; null: its
  /// layout says nothing.
  gst::Owned<GstSample> take_misfit() { return std::move(misfit_); }
  /// Of the format that was agreed on.
  [[nodiscard]] PictureMemory memory() const {
    return dma_buf_ ? PictureMemory::kDmaBuf : PictureMemory::kShared;
  }

 private:
  static GstFlowReturn on_sample(GstAppSink* sink, gpointer self) noexcept;
  static GstBusSyncReply on_message(GstBus* bus, GstMessage* message, gpointer self) noexcept;
  static GstPadProbeReturn on_event(GstPad* pad, GstPadProbeInfo* info, gpointer self) noexcept;

  [[nodiscard]] gst::Owned<GstElement> parse(std::uint32_t node, const std::string& offer) const;
  void build(std::uint32_t node, const std::string& offer);
  void start();
  void interrupt();
  void agree(GstCaps* caps);
  void keep_misfit(GstBuffer* buffer);
  bool has_agreed_shape(GstBuffer* buffer);
  void place_misfit(GstCaps* caps);
  void deliver(gst::Owned<GstSample> sample);
  [[nodiscard]] Instant captured_at(GstBuffer* buffer) const;

  const Descriptor
      remote_;  ///< the source's connection is found by its number: open as long as the source is
  const Callbacks callbacks_;
  /// Streaming thread, until kReshaped. Before a format is agreed on: of the pipeline before this one.
  gst::Owned<GstSample> misfit_;
  Orientation orientation_;  ///< streaming thread; of the pictures that come
  ShapeGuard shape_;         ///< streaming thread
  std::size_t stride_ = 0;   ///< streaming thread; of pictures that do not tell theirs; 0: several planes
  std::atomic<bool> agreed_ = false;
  std::atomic<bool> dma_buf_ = false;
  std::atomic<bool> reshaped_ = false;
  std::atomic<bool> failed_ = false;
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstPad> source_pad_;
  std::promise<void> started_;
  std::jthread starter_;  ///< waits in the change of state; last: uses all above
};

}  // namespace pixelpass::capture
