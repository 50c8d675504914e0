#include "capture/portal/portal_pipeline.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/owner.hpp"
#include "pixelpass/gst/pipeline.hpp"

#include "capture/portal/capture_time.hpp"
#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include <array>
#include <string>

namespace pixelpass::capture {
namespace {

/// Some compositors give no more than four; the consumer holds on to two.
constexpr int kMinBuffers = 4;
/// Between two attempts to interrupt a start: it can be too early for the first.
constexpr auto kInterruptEvery = 10ms;

/// Both the node and its client carry the tag.
void tag(GstElement* source) {
  const std::string owner = owner_tag();
  for (const char* property : {"stream-properties", "client-properties"}) {
    GstStructure* properties =
        gst_structure_new("properties", kOwnerProperty, G_TYPE_STRING, owner.c_str(), nullptr);
    g_object_set(source, property, properties, nullptr);
    gst_structure_free(properties);
  }
}

// Pictures come as they are, once each, with the compositor's times. From PipeWire 1.4 on the source says
// itself when its node has gone; its task would go on.
constexpr auto kSourceProperties = std::to_array<gst::ElementProperty>({
    {"always-copy", "false"},
    {"do-timestamp", "false"},
    {"keepalive-time", "0"},
    {"resend-last", "false"},
    {"num-buffers", "-1"},
    {"autoconnect", "true"},
    {"on-disconnect", "error"},
});

gst::Owned<GstPad> static_pad(GstElement* element, const char* name) {
  return gst::Owned<GstPad>(gst_element_get_static_pad(element, name));
}

}  // namespace

PortalPipeline::PortalPipeline(Descriptor remote, std::uint32_t node, const std::string& offer,
                               gst::Owned<GstSample> misfit, Callbacks callbacks)
    : remote_(std::move(remote)), callbacks_(std::move(callbacks)), misfit_(std::move(misfit)) {
  build(node, offer);
  starter_ = std::jthread([this] { start(); });
}

PortalPipeline::~PortalPipeline() {
  const auto started = started_.get_future();
  while (started.wait_for(0ms) != std::future_status::ready) {
    interrupt();
    started.wait_for(kInterruptEvery);
  }
  starter_.join();
  // Joins the streaming thread.
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

gst::Owned<GstElement> PortalPipeline::parse(std::uint32_t node, const std::string& offer) const {
  const std::string launch = std::string("pipewiresrc name=") + gst::kSourceName +
                             " fd=" + std::to_string(remote_.get()) + " path=" + std::to_string(node) +
                             " min-buffers=" + std::to_string(kMinBuffers) + " ! capsfilter caps=\"" + offer +
                             "\"" + gst::sink_text(gst::kSinkName);
  return gst::parse_launch(launch, "the screen cannot be taken over from PipeWire",
                           "install GStreamer's plugin for PipeWire; pixelpass doctor says how");
}

void PortalPipeline::build(std::uint32_t node, const std::string& offer) {
  pipeline_ = parse(node, offer);
  // GStreamer's system clock is CLOCK_MONOTONIC, and so is Clock: its times need no conversion.
  const gst::Owned<GstClock> clock(gst_system_clock_obtain());
  gst_pipeline_use_clock(GST_PIPELINE(pipeline_.get()), clock.get());
  const auto source = gst::element_of(pipeline_.get(), gst::kSourceName);
  tag(source.get());
  gst::set_properties(source.get(), kSourceProperties);
  source_pad_ = static_pad(source.get(), "src");
  gst_pad_add_probe(source_pad_.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, &PortalPipeline::on_event, this,
                    nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = &PortalPipeline::on_sample;
  gst_app_sink_set_callbacks(GST_APP_SINK(gst::element_of(pipeline_.get(), gst::kSinkName).get()), &callbacks,
                             this, nullptr);
  const gst::Owned<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_bus_set_sync_handler(bus.get(), &PortalPipeline::on_message, this, nullptr);
}

/// Returns when the node has agreed on a format, or does not: that can take 30 s.
void PortalPipeline::start() {
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) failed_ = true;
  started_.set_value();
  callbacks_.on_change();
}

/// Makes the source stop waiting for its node. The element's own state is locked by the thread that waits.
void PortalPipeline::interrupt() {
  gst_pad_send_event(source_pad_.get(), gst_event_new_flush_start());
}

PortalPipeline::State PortalPipeline::state() const {
  if (failed_) return State::kStopped;
  if (!agreed_) return State::kConnecting;
  if (reshaped_) return State::kReshaped;
  return gst_pad_get_task_state(source_pad_.get()) == GST_TASK_STARTED ? State::kStreaming : State::kStopped;
}

GstBusSyncReply PortalPipeline::on_message(GstBus* /*bus*/, GstMessage* message, gpointer self) noexcept {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    auto& pipeline = *static_cast<PortalPipeline*>(self);
    pipeline.failed_ = true;
    pipeline.callbacks_.on_change();
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

GstPadProbeReturn PortalPipeline::on_event(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer self) noexcept {
  auto& pipeline = *static_cast<PortalPipeline*>(self);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    pipeline.agree(caps);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
    // Comes before the first picture that it is about (SPA_META_VideoTransform).
    GstTagList* tags = nullptr;
    gst_event_parse_tag(event, &tags);
    pipeline.orientation_ = orientation_in(tags).value_or(pipeline.orientation_);
  }
  return GST_PAD_PROBE_OK;
}

void PortalPipeline::agree(GstCaps* caps) {
  GstVideoInfo format;
  if (gst_video_info_from_caps(&format, caps) != FALSE && GST_VIDEO_INFO_N_PLANES(&format) == 1) {
    stride_ = static_cast<std::size_t>(GST_VIDEO_INFO_PLANE_STRIDE(&format, 0));
    shape_.agree(static_cast<std::size_t>(GST_VIDEO_INFO_WIDTH(&format)) *
                     static_cast<std::size_t>(GST_VIDEO_INFO_COMP_PSTRIDE(&format, 0)),
                 static_cast<std::size_t>(GST_VIDEO_INFO_HEIGHT(&format)));
  }
  dma_buf_ = gst_caps_features_contains(gst_caps_get_features(caps, 0), "memory:DMABuf") != FALSE;
  agreed_ = true;
  place_misfit(caps);
  callbacks_.on_change();
}

void PortalPipeline::place_misfit(GstCaps* caps) {
  const gst::Owned<GstSample> misfit = std::move(misfit_);
  if (!misfit || !has_agreed_shape(gst_sample_get_buffer(misfit.get()))) return;
  const gst::Owned<GstSample> placed(
      gst_sample_new(gst_sample_get_buffer(misfit.get()), caps, nullptr, nullptr));
  callbacks_.on_picture(with_orientation(placed.get(), orientation_of(misfit.get())), Clock::now());
}

/// DMA-BUFs are laid out as the GPU likes: their sizes say nothing.
bool PortalPipeline::has_agreed_shape(GstBuffer* buffer) {
  const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
  GstMemory* memory = gst_buffer_peek_memory(buffer, 0);
  if (stride_ == 0 || gst_memory_is_type(memory, "dmabuf") != FALSE) return true;
  const std::size_t stride = meta != nullptr ? static_cast<std::size_t>(meta->stride[0]) : stride_;
  return shape_.accept({stride, gst_buffer_get_size(buffer)});
}

GstFlowReturn PortalPipeline::on_sample(GstAppSink* sink, gpointer self) noexcept {
  gst::Owned<GstSample> sample(gst_app_sink_pull_sample(sink));
  if (sample) static_cast<PortalPipeline*>(self)->deliver(std::move(sample));
  return GST_FLOW_OK;
}

void PortalPipeline::deliver(gst::Owned<GstSample> sample) {
  GstBuffer* buffer = gst_sample_get_buffer(sample.get());
  if (reshaped_ || buffer == nullptr || gst_buffer_n_memory(buffer) == 0) return;
  if (GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED)) return;
  if (!has_agreed_shape(buffer)) {
    if (gst_buffer_get_video_meta(buffer) == nullptr) keep_misfit(buffer);
    reshaped_ = true;
    return callbacks_.on_change();
  }
  const Instant at = captured_at(buffer);
  if (!orientation_.is_upright()) sample = with_orientation(sample.get(), orientation_);
  callbacks_.on_picture(std::move(sample), at);
}

void PortalPipeline::keep_misfit(GstBuffer* buffer) {
  const gst::Owned<GstBuffer> copy(gst_buffer_copy_deep(buffer));
  if (!copy) return;
  const gst::Owned<GstSample> kept(gst_sample_new(copy.get(), nullptr, nullptr, nullptr));
  misfit_ = with_orientation(kept.get(), orientation_);
}

Instant PortalPipeline::captured_at(GstBuffer* buffer) const {
  std::optional<Duration> stamp;
  if (GST_BUFFER_PTS_IS_VALID(buffer)) stamp = std::chrono::nanoseconds(GST_BUFFER_PTS(buffer));
  const Instant began{std::chrono::nanoseconds(gst_element_get_base_time(pipeline_.get()))};
  return capture_time(stamp, began, Clock::now());
}

}  // namespace pixelpass::capture
