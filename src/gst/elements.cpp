#include "pixelpass/gst/elements.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>

namespace pixelpass::gst {
namespace {

// From GStreamer's sources, 1.22 to 1.28. Only settings that affect the stream or its timing; times are
// nanoseconds.

/// Takes whatever is pushed, at once, with its times.
constexpr auto kAppSrc = std::to_array<ElementProperty>({
    {"format", "time", true},
    {"is-live", "true", true},
    {"do-timestamp", "false"},
    {"stream-type", "stream"},
    {"block", "false"},
    {"leaky-type", "none"},
    {"max-bytes", "0", true},
    {"max-buffers", "0"},
    {"max-time", "0"},
    {"handle-segment-change", "false"},
    {"automatic-eos", "true"},
    {"num-buffers", "-1"},
    {"typefind", "false"},
    {"emit-signals", "false"},
});
/// Never waits: neither for the clock nor for a first buffer.
constexpr auto kAppSink = std::to_array<ElementProperty>({
    {"sync", "false", true},
    {"async", "false", true},
    {"enable-last-sample", "false"},
    {"drop", "false"},
    {"max-buffers", "0"},
    {"max-bytes", "0"},
    {"max-time", "0"},
    {"leaky-type", "none"},
    {"buffer-list", "false"},
    {"max-bitrate", "0"},
    {"throttle-time", "0"},
    {"qos", "false"},
    {"emit-signals", "false"},
});
constexpr auto kFakeSink = std::to_array<ElementProperty>({
    {"sync", "false", true},
    {"async", "false", true},
    {"enable-last-sample", "false"},
    {"drop-out-of-segment", "true"},
    {"num-buffers", "-1"},
    {"max-bitrate", "0"},
    {"throttle-time", "0"},
    {"qos", "false"},
});

// A property of GstBaseTransform: late buffers are not dropped.
constexpr ElementProperty kNoQos{"qos", "false"};

constexpr auto kAudioConvert = std::to_array<ElementProperty>({
    {"dithering", "tpdf"},
    {"dithering-threshold", "20"},  // bits: what has fewer is dithered
    {"noise-shaping", "none"},
    {"input-channels-reorder", "gst"},
    {"input-channels-reorder-mode", "none"},
    kNoQos,
});
constexpr auto kAudioResample = std::to_array<ElementProperty>({
    {"quality", "4"},
    {"resample-method", "kaiser"},
    {"sinc-filter-mode", "auto"},
    {"sinc-filter-auto-threshold", "1048576"},  // bytes
    {"sinc-filter-interpolation", "cubic"},
    kNoQos,
});
/// Gaps in a stream's sound become silence.
constexpr auto kAudioRate = std::to_array<ElementProperty>({
    {"skip-to-first", "true", true},
    {"tolerance", "40000000"},
    {"silent", "true"},
});
constexpr auto kDecodeBin = std::to_array<ElementProperty>({
    {"use-buffering", "false"},
    {"max-size-buffers", "0"},
    {"max-size-bytes", "0"},
    {"max-size-time", "0"},
    {"connection-speed", "0"},
    {"expose-all-streams", "true"},
    {"force-sw-decoders", "false"},
    {"post-stream-topology", "false"},
    {"async-handling", "false"},
    {"message-forward", "false"},
});

constexpr auto kParser = std::to_array<ElementProperty>({{"disable-passthrough", "false"}});
/// Parameter sets stay within the pictures, so that a picture of another size needs nothing else.
constexpr auto kH264Parser = std::to_array<ElementProperty>({
    {"config-interval", "-1", true},
    {"disable-passthrough", "false"},
    {"update-timecode", "false"},
});
constexpr auto kH265Parser =
    std::to_array<ElementProperty>({{"config-interval", "-1", true}, {"disable-passthrough", "false"}});
constexpr auto kCapsFilter = std::to_array<ElementProperty>({{"caps-change-mode", "immediate"}, kNoQos});

/// Of a file that is never gone back in: no index, no length, which would need that at its end. One that can
/// be gone back in has both (playback/container_file).
constexpr auto kMatroskaMux = std::to_array<ElementProperty>({
    {"streamable", "true", true},
    {"version", "2"},
    {"timecodescale", "1000000"},
    {"min-index-interval", "0"},
    {"offset-to-zero", "false"},
    {"min-cluster-duration", "500000000"},
    {"max-cluster-duration", "65535000000"},
    {"cluster-timestamp-offset", "0"},
    // Of GstAggregator, on which it stands from 1.26 on.
    {"start-time-selection", "zero"},
    {"latency", "0"},
    {"min-upstream-latency", "0"},
    {"emit-signals", "false"},
});
constexpr auto kMp4Mux = std::to_array<ElementProperty>({
    {"fragment-duration", "1000", true},  // milliseconds
    {"fragment-mode", "dash-or-mss"},
    {"faststart", "false"},
    {"presentation-time", "true"},
    {"movie-timescale", "0"},
    {"trak-timescale", "0"},
    {"interleave-bytes", "0"},
    {"interleave-time", "250000000"},
    {"force-chunks", "false"},
    {"force-create-timecode-trak", "false"},
    {"start-gap-threshold", "0"},
    {"start-time-selection", "zero"},
    {"latency", "0"},
    {"min-upstream-latency", "0"},
    {"emit-signals", "false"},
});

/// The address and what goes with it come from the target (publish/srt_sender).
constexpr auto kSrtSink = std::to_array<ElementProperty>({
    {"mode", "caller", true},
    {"auto-reconnect", "false"},
    {"wait-for-connection", "true", true},
    {"sync", "false", true},
    {"async", "false", true},
    {"enable-last-sample", "false"},
    {"max-bitrate", "0"},
    {"throttle-time", "0"},
    {"qos", "false"},
});

constexpr auto kWebrtcBin = std::to_array<ElementProperty>({
    {"bundle-policy", "max-bundle", true},
    {"ice-transport-policy", "all"},
    {"async-handling", "false"},
    {"message-forward", "false"},
});
constexpr auto kRtpH264Pay = std::to_array<ElementProperty>({
    {"aggregate-mode", "none"},
    {"config-interval", "0"},  // parameter sets come with each keyframe
    {"mtu", "1200", true},
    {"pt", "96", true},
    {"perfect-rtptime", "false"},
    {"scale-rtptime", "true"},
    {"onvif-no-rate-control", "false"},
    {"source-info", "false"},
    {"auto-header-extension", "true"},
    {"min-ptime", "0"},
    {"max-ptime", "-1"},
    {"ptime-multiple", "0"},
});
constexpr auto kRtpOpusPay = std::to_array<ElementProperty>({
    {"mtu", "1200", true},
    {"pt", "111", true},
    {"dtx", "false"},
    {"perfect-rtptime", "false"},
    {"scale-rtptime", "true"},
    {"onvif-no-rate-control", "false"},
    {"source-info", "false"},
    {"auto-header-extension", "true"},
    {"min-ptime", "0"},
    {"max-ptime", "-1"},
    {"ptime-multiple", "0"},
});
constexpr auto kCapsSetter =
    std::to_array<ElementProperty>({{"replace", "true", true}, {"join", "false", true}, kNoQos});

constexpr auto kTsDemux = std::to_array<ElementProperty>({
    {"program-number", "-1"},
    {"parse-private-sections", "true"},
    {"send-scte35-events", "false"},
    {"emit-stats", "false"},
    {"ignore-pcr", "false"},
});

// Of GstVideoDecoder: an error ends nothing, so that all of them can be counted, and asks for nothing.
constexpr ElementProperty kAnyErrors{"max-errors", "-1"};
constexpr ElementProperty kCorruptToo{"discard-corrupted-frames", "false"};
constexpr ElementProperty kNoRequests{"automatic-request-sync-points", "false"};

constexpr auto kDecoder = std::to_array<ElementProperty>({kNoQos, kAnyErrors, kCorruptToo, kNoRequests});
constexpr auto kAvDecoder = std::to_array<ElementProperty>({
    kNoQos,
    kAnyErrors,
    kCorruptToo,
    kNoRequests,
    {"output-corrupt", "true"},
    {"skip-frame", "0"},
    {"lowres", "full"},
    {"std-compliance", "auto"},
    {"max-threads", "0"},
    {"thread-type", "auto"},
});

constexpr std::array<ElementSettings, 25> kElements{{
    {"appsrc", kAppSrc},
    {"appsink", kAppSink},
    {"fakesink", kFakeSink},
    {"audioconvert", kAudioConvert},
    {"audioresample", kAudioResample},
    {"audiorate", kAudioRate},
    {"decodebin", kDecodeBin},
    {"aacparse", kParser},
    {"mpegaudioparse", kParser},
    {"ac3parse", kParser},
    {"h264parse", kH264Parser},
    {"h265parse", kH265Parser},
    {"capsfilter", kCapsFilter},
    {"matroskamux", kMatroskaMux},
    {"mp4mux", kMp4Mux},
    {"srtsink", kSrtSink},
    {"webrtcbin", kWebrtcBin},
    {"rtph264pay", kRtpH264Pay},
    {"rtpopuspay", kRtpOpusPay},
    {"capssetter", kCapsSetter},
    {"tsdemux", kTsDemux},
    {"avdec_h264", kAvDecoder},
    {"openh264dec", kDecoder},
    {"vah264dec", kDecoder},
    {"v4l2h264dec", kDecoder},
}};

struct FreeClass {
  void operator()(gpointer type) const noexcept { g_type_class_unref(type); }
};
using OwnedClass = std::unique_ptr<GObjectClass, FreeClass>;

/// Null: no such element is installed.
OwnedClass class_of(std::string_view element) {
  const Owned<GstElementFactory> factory(gst_element_factory_find(std::string(element).c_str()));
  if (!factory) return nullptr;
  const Owned<GstElementFactory> loaded(
      GST_ELEMENT_FACTORY(gst_plugin_feature_load(GST_PLUGIN_FEATURE(factory.get()))));
  if (!loaded) return nullptr;
  return OwnedClass(
      static_cast<GObjectClass*>(g_type_class_ref(gst_element_factory_get_element_type(loaded.get()))));
}

bool has(const OwnedClass& element, std::string_view property) {
  return element && g_object_class_find_property(element.get(), std::string(property).c_str()) != nullptr;
}

}  // namespace

std::span<const ElementSettings> element_settings() {
  return kElements;
}

std::string element_text(std::string_view element, std::initializer_list<ElementProperty> instead) {
  start_gstreamer();
  const auto* const found = std::ranges::find(kElements, element, &ElementSettings::element);
  assert(found != kElements.end());
  const OwnedClass installed = class_of(element);
  std::string text(element);
  for (const ElementProperty& property : found->properties) {
    if (!property.required && !has(installed, property.name)) continue;
    const auto* const other = std::ranges::find(instead, property.name, &ElementProperty::name);
    const auto value = other != instead.end() ? other->value : property.value;
    text.append(" ").append(property.name).append("=").append(value);
  }
  return text;
}

}  // namespace pixelpass::gst
