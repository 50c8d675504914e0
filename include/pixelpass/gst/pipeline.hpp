#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/gst/gst.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace pixelpass::gst {

/// The parts that every pipeline of ours is made of.

/// The names of a pipeline's ends and its encoder in launch text.
inline constexpr const char* kSourceName = "source";
inline constexpr const char* kEncoderName = "encoder";
inline constexpr const char* kSinkName = "sink";

/// Makes a pipeline of launch text. Throws StartupError: `failure` ("the screen cannot be taken over"),
/// GStreamer's reason and the hint.
Owned<GstElement> parse_launch(const std::string& launch, const std::string& failure,
                               const std::string& hint);

/// The same, where installing what is missing helps: `what` ("x264enc") cannot be set up.
Owned<GstElement> parse_pipeline(const std::string& launch, std::string_view what);

/// An element of the pipeline by its name, which must be in the launch text.
Owned<GstElement> element_of(GstElement* pipeline, const char* name);

/// Sets it to PLAYING. Throws StartupError with the pipeline's own reason when it refuses, and the hint; it
/// is stopped then.
void start_pipeline(GstElement* pipeline, std::string_view what, const std::string& hint);

/// Sets it to NULL, which joins its streaming threads: its callbacks do not come any more.
void stop_pipeline(GstElement* pipeline);

/// Posts an error on the pipeline's bus, like its elements, so that the bus's watcher hears of it. Thread:
/// any.
void fail_pipeline(GstElement* pipeline, const std::string& why);

/// Hands a buffer (taken over) to an appsrc; what it does not take is an error on the pipeline's bus.
void push_buffer(GstElement* pipeline, GstElement* source, GstBuffer* buffer);

/// The text of an appsrc that takes whatever is pushed, at once, with its times.
std::string source_text(const char* name);

/// The text of an appsink where nothing waits: not for the clock, not for a first buffer.
std::string sink_text(const char* name);

/// Calls `on_sample` for each sample, on the streaming thread that brings it, until the pipeline is stopped.
/// It must not throw. Set before the pipeline starts.
void take_samples(GstElement* pipeline, const char* sink, std::function<void(GstSample*)> on_sample);

/// Gives a buffer that nobody else has yet the time at which it is to be shown, counted from the pipeline's
/// base time.
void set_times(GstBuffer* buffer, std::chrono::nanoseconds at, GstClockTime duration);

/// The time at which a sample is to be shown, counted from the pipeline's base time. Not the buffer's own
/// time stamp: x264enc moves those by a thousand hours, and the segment with them.
std::chrono::nanoseconds running_time(GstSample* sample);

/// An IDR picture, as encoders mark it.
bool is_keyframe(GstSample* sample);

/// Makes the encoder's next picture a keyframe with parameter sets. False: it accepts no such request, and a
/// newcomer would see nothing.
[[nodiscard]] bool ask_for_keyframe(GstElement* encoder);

/// A buffer's bytes without a copy: it stays mapped as long as anybody has them; they may be released on any
/// thread. Empty: it cannot be read.
SharedBytes shared_bytes(GstBuffer* buffer);

/// Tells of errors on a pipeline's bus, in GStreamer's words and with the element's name.
/// Thread: made anywhere; the callback comes on the context's thread, and this is destroyed there, or when
/// that thread has ended.
class BusWatch {
 public:
  using OnError = std::function<void(std::string why)>;

  BusWatch(GstElement* pipeline, GMainContext* context, OnError on_error);
  ~BusWatch();
  BusWatch(const BusWatch&) = delete;
  BusWatch& operator=(const BusWatch&) = delete;

 private:
  static gboolean on_message(GstBus* bus, GstMessage* message, gpointer self) noexcept;

  OnError on_error_;
  Owned<GSource> source_;
};

}  // namespace pixelpass::gst
