#include "pixelpass/gst/pipeline.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/elements.hpp"
#include "pixelpass/gst/hand_over.hpp"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <cassert>
#include <memory>
#include <utility>

namespace pixelpass::gst {
namespace {

using OnSample = std::function<void(GstSample*)>;

bool is_error_message(const GstMessage* message) {
  return GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
}

/// GStreamer's words, and the element's name.
std::string error_text(GstMessage* message) {
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  const Owned<GError> owned_error(error);
  const Owned<gchar> element(gst_object_get_name(GST_MESSAGE_SRC(message)));
  return std::string(error->message) + " (" + element.get() + ")";
}

/// A reference to a buffer, and its memory mapped.
class MappedBuffer {
 public:
  explicit MappedBuffer(GstBuffer* buffer)
      : buffer_(gst_buffer_ref(buffer)), mapped_(gst_buffer_map(buffer, &map_, GST_MAP_READ) != FALSE) {}
  ~MappedBuffer() {
    if (mapped_) gst_buffer_unmap(buffer_.get(), &map_);
  }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;

  [[nodiscard]] ByteView bytes() const { return mapped_ ? ByteView(map_.data, map_.size) : ByteView{}; }

 private:
  Owned<GstBuffer> buffer_;
  GstMapInfo map_{};
  bool mapped_;
};

GstFlowReturn on_new_sample(GstAppSink* sink, gpointer on_sample) noexcept {
  const Owned<GstSample> sample(gst_app_sink_pull_sample(sink));
  take_over(on_sample);
  if (sample) (*static_cast<OnSample*>(on_sample))(sample.get());
  hand_over(on_sample);
  return GST_FLOW_OK;
}

}  // namespace

Owned<GstElement> parse_launch(const std::string& launch, const std::string& failure,
                               const std::string& hint) {
  GError* raw = nullptr;
  GstElement* parsed = gst_parse_launch_full(launch.c_str(), nullptr, GST_PARSE_FLAG_FATAL_ERRORS, &raw);
  const Owned<GError> error(raw);
  Owned<GstElement> pipeline(parsed == nullptr ? nullptr : GST_ELEMENT(gst_object_ref_sink(parsed)));
  if (pipeline && !error) return pipeline;
  throw StartupError(failure + ": " + (error ? error->message : "no reason given"), hint);
}

Owned<GstElement> parse_pipeline(const std::string& launch, std::string_view what) {
  return parse_launch(launch, std::string(what) + " cannot be set up", gstreamer_hint());
}

Owned<GstElement> element_of(GstElement* pipeline, const char* name) {
  Owned<GstElement> element(gst_bin_get_by_name(GST_BIN(pipeline), name));
  assert(element);
  return element;
}

void start_pipeline(GstElement* pipeline, std::string_view what, const std::string& hint) {
  if (gst_element_set_state(pipeline, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) return;
  const Owned<GstBus> bus(gst_element_get_bus(pipeline));
  const Owned<GstMessage> message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  stop_pipeline(pipeline);
  throw StartupError(
      std::string(what) + " does not start: " + (message ? error_text(message.get()) : "no reason given"),
      hint);
}

void stop_pipeline(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_NULL);
}

void fail_pipeline(GstElement* pipeline, const std::string& why) {
  GST_ELEMENT_ERROR(pipeline, STREAM, FAILED, ("%s", why.c_str()), (nullptr));
}

void push_buffer(GstElement* pipeline, GstElement* source, GstBuffer* buffer) {
  const GstFlowReturn flow = gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
  if (flow != GST_FLOW_OK)
    fail_pipeline(pipeline, std::string("it takes no buffer any more: ") + gst_flow_get_name(flow));
}

std::string source_text(const char* name) {
  return element_text("appsrc") + " name=" + name;
}

std::string sink_text(const char* name) {
  return " ! " + element_text("appsink") + " name=" + name;
}

void take_samples(GstElement* pipeline, const char* sink, OnSample on_sample) {
  const Owned<GstElement> element = element_of(pipeline, sink);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = on_new_sample;
  auto* handed = new OnSample(std::move(on_sample));
  hand_over(handed);
  gst_app_sink_set_callbacks(GST_APP_SINK(element.get()), &callbacks, handed, [](gpointer owned) {
    take_over(owned);
    delete static_cast<OnSample*>(owned);
  });
}

void set_times(GstBuffer* buffer, std::chrono::nanoseconds at, GstClockTime duration) {
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(at.count());
  GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION(buffer) = duration;
}

std::chrono::nanoseconds running_time(GstSample* sample) {
  return std::chrono::nanoseconds(gst_segment_to_running_time(gst_sample_get_segment(sample), GST_FORMAT_TIME,
                                                              GST_BUFFER_PTS(gst_sample_get_buffer(sample))));
}

bool is_keyframe(GstSample* sample) {
  return !GST_BUFFER_FLAG_IS_SET(gst_sample_get_buffer(sample), GST_BUFFER_FLAG_DELTA_UNIT);
}

bool ask_for_keyframe(GstElement* encoder) {
  const Owned<GstPad> pad(gst_element_get_static_pad(encoder, "src"));
  return pad && gst_pad_send_event(pad.get(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE,
                                                                                          TRUE, 0)) != FALSE;
}

SharedBytes shared_bytes(GstBuffer* buffer) {
  if (buffer == nullptr) return {};
  auto mapped = std::make_shared<const MappedBuffer>(buffer);
  const ByteView bytes = mapped->bytes();
  return {std::move(mapped), bytes};
}

BusWatch::BusWatch(GstElement* pipeline, GMainContext* context, OnError on_error)
    : on_error_(std::move(on_error)) {
  const Owned<GstBus> bus(gst_element_get_bus(pipeline));
  source_.reset(gst_bus_create_watch(bus.get()));
  // Its descriptors could not be made, so errors would go unnoticed.
  if (!source_) throw StartupError("a pipeline of GStreamer cannot be watched", "close other programs");
  g_source_set_callback(source_.get(), G_SOURCE_FUNC(&BusWatch::on_message), this, nullptr);
  g_source_attach(source_.get(), context);
}

BusWatch::~BusWatch() {
  g_source_destroy(source_.get());
}

gboolean BusWatch::on_message(GstBus* /*bus*/, GstMessage* message, gpointer self) noexcept {
  if (!is_error_message(message)) return G_SOURCE_CONTINUE;
  // Copied: the callback may destroy this.
  const OnError on_error = static_cast<BusWatch*>(self)->on_error_;
  on_error(error_text(message));
  return G_SOURCE_CONTINUE;
}

}  // namespace pixelpass::gst
