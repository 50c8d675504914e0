#include "playback/container_file.hpp"

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/gst/elements.hpp"
#include "pixelpass/gst/hand_over.hpp"

#include "playback/recording_plan.hpp"
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pixelpass::playback {
namespace {

using gst::Owned;

/// A kind of track, and the parser that brings it into the form that containers need.
struct Codec {
  StreamType type;
  std::string_view input;   ///< caps of a unit
  std::string_view parser;  ///< an element
  std::string_view output;  ///< caps for the muxer
};
constexpr std::array<Codec, 6> kCodecs{{
    {StreamType::kH264, "video/x-h264,stream-format=byte-stream,alignment=au", "h264parse",
     "video/x-h264,stream-format=avc,alignment=au"},
    {StreamType::kH265, "video/x-h265,stream-format=byte-stream,alignment=au", "h265parse",
     "video/x-h265,stream-format=hvc1,alignment=au"},
    {StreamType::kAacAdts, "audio/mpeg,mpegversion=4,stream-format=adts", "aacparse",
     "audio/mpeg,mpegversion=4,stream-format=raw"},
    {StreamType::kMpeg1Audio, "audio/mpeg,mpegversion=1", "mpegaudioparse", "audio/mpeg,mpegversion=1"},
    {StreamType::kMpeg2Audio, "audio/mpeg,mpegversion=1", "mpegaudioparse", "audio/mpeg,mpegversion=1"},
    {StreamType::kAc3, "audio/x-ac3", "ac3parse", "audio/x-ac3"},
}};

constexpr PackageNames kGoodPlugins{"gstreamer1.0-plugins-good", "gstreamer1-plugins-good",
                                    "gst-plugins-good", "gstreamer-plugins-good"};
constexpr PackageNames kBadPlugins{"gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-free",
                                   "gst-plugins-bad", "gstreamer-plugins-bad"};
struct Needed {
  std::string_view element;
  PackageNames package;
};

constexpr const char* kMuxerName = "muxer";

std::string_view muxer_of(RecordingFormat format) {
  return format == RecordingFormat::kMp4 ? "mp4mux" : "matroskamux";
}

const Codec* codec_of(StreamType type) {
  const auto found = std::ranges::find(kCodecs, type, &Codec::type);
  return found == kCodecs.end() ? nullptr : found;
}

std::string source_name(std::size_t track) {
  return "track" + std::to_string(track);
}

std::string input_name(std::size_t track) {
  return "input" + std::to_string(track);
}

std::string track_text(const Codec& codec, std::size_t track) {
  return " " + gst::element_text("appsrc", {{"is-live", "false"}}) + " name=" + source_name(track) +
         " caps=" + std::string(codec.input) + " ! " + gst::element_text(codec.parser) + " ! " +
         gst::element_text("capsfilter") + " name=" + input_name(track) +
         " caps=" + std::string(codec.output) + " ! " + kMuxerName + ".";
}

std::string muxer_text(RecordingFormat format, bool goes_back) {
  return goes_back ? gst::element_text(muxer_of(format), {{"streamable", "false"}})
                   : gst::element_text(muxer_of(format));
}

std::string launch_text(RecordingFormat format, bool goes_back, const BeginFile& begin) {
  std::string text = muxer_text(format, goes_back) + " name=" + kMuxerName + gst::sink_text(gst::kSinkName);
  for (std::size_t i = 0; i < begin.tracks.size(); ++i) {
    const Codec* codec = codec_of(begin.tracks[i].type);
    assert(codec != nullptr);
    text += track_text(*codec, i);
  }
  return text;
}

/// Gives a time to the second of two pictures in one unit: a parser knows that of the first only, and muxers
/// need one for each.
GstPadProbeReturn give_time(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer /*data*/) noexcept {
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  if (GST_BUFFER_PTS_IS_VALID(buffer)) return GST_PAD_PROBE_OK;
  if (!GST_BUFFER_DTS_IS_VALID(buffer)) return GST_PAD_PROBE_DROP;
  buffer = gst_buffer_make_writable(buffer);
  GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer);
  info->data = buffer;
  return GST_PAD_PROBE_OK;
}

/// Drops later caps, since muxers refuse a change. Only the picture's size changes, on which nothing depends:
/// its parameter sets are in the pictures.
GstPadProbeReturn keep_first_caps(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer data) noexcept {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
  auto& first = *static_cast<Owned<GstCaps>*>(data);
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  if (!first) {
    first.reset(gst_caps_ref(caps));
    return GST_PAD_PROBE_OK;
  }
  gst_event_replace(reinterpret_cast<GstEvent**>(&info->data), nullptr);
  info->data = gst_event_new_caps(first.get());
  return GST_PAD_PROBE_OK;
}

void mend_input(GstElement* pipeline, std::size_t track) {
  const Owned<GstElement> filter = gst::element_of(pipeline, input_name(track).c_str());
  const Owned<GstPad> pad(gst_element_get_static_pad(filter.get(), "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, keep_first_caps, new Owned<GstCaps>(),
                    [](gpointer owned) { delete static_cast<Owned<GstCaps>*>(owned); });
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, give_time, nullptr, nullptr);
}

/// What an appsink, which does not know where its bytes go, would deny.
GstPadProbeReturn say_seekable(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer /*data*/) noexcept {
  GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_SEEKING) return GST_PAD_PROBE_OK;
  gst_query_set_seeking(query, GST_FORMAT_BYTES, TRUE, 0, -1);
  return GST_PAD_PROBE_HANDLED;
}

void let_go_back(GstElement* pipeline) {
  const Owned<GstElement> muxer = gst::element_of(pipeline, kMuxerName);
  const Owned<GstPad> pad(gst_element_get_static_pad(muxer.get(), "src"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, say_seekable, nullptr, nullptr);
}

/// Over the unit's own bytes, which stay for as long as the buffer does.
GstBuffer* buffer_of(const WriteUnit& unit) {
  const ByteView bytes = unit.bytes.view();
  auto* handed = new SharedBytes(unit.bytes);
  gst::hand_over(handed);
  GstBuffer* buffer =
      gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, const_cast<std::uint8_t*>(bytes.data()),
                                  bytes.size(), 0, bytes.size(), handed, [](gpointer owned) {
                                    gst::take_over(owned);
                                    delete static_cast<SharedBytes*>(owned);
                                  });
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(unit.pts.count());
  GST_BUFFER_DTS(buffer) = static_cast<GstClockTime>(unit.dts.count());
  if (unit.after_gap) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  return buffer;
}

}  // namespace

void check_container(RecordingFormat format) {
  gst::start_gstreamer();
  const std::array<Needed, 3> needed{
      {{muxer_of(format), kGoodPlugins}, {"h264parse", kBadPlugins}, {"aacparse", kGoodPlugins}}};
  std::string missing;
  std::vector<PackageNames> packages;
  for (const Needed& one : needed) {
    if (gst::has_element(one.element)) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(one.element);
    const auto same = [&](const PackageNames& known) { return known.apt == one.package.apt; };
    if (std::ranges::none_of(packages, same)) packages.push_back(one.package);
  }
  if (missing.empty()) return;
  throw StartupError("cannot record as " + std::string(format == RecordingFormat::kMp4 ? ".mp4" : ".mkv") +
                         ": GStreamer lacks " + missing,
                     "install it: " + install_command(packages) + "; or record as .ts, which needs nothing");
}

bool can_hold(StreamType type) {
  return codec_of(type) != nullptr;
}

ContainerFile::ContainerFile(RecordingFormat format, const BeginFile& begin, GMainContext* context,
                             Handlers handlers)
    : goes_back_(handlers.goes_back && format == RecordingFormat::kMatroska),
      on_bytes_(std::move(handlers.on_bytes)),
      pipeline_(gst::parse_pipeline(launch_text(format, goes_back_, begin), muxer_of(format))) {
  if (goes_back_) let_go_back(pipeline_.get());
  for (std::size_t i = 0; i < begin.tracks.size(); ++i) {
    mend_input(pipeline_.get(), i);
    sources_.push_back(gst::element_of(pipeline_.get(), source_name(i).c_str()));
  }
  gst::take_samples(pipeline_.get(), gst::kSinkName, [this, is_whole = true](GstSample* sample) mutable {
    // Behind a hole nothing more is written: it would be read as what is missing.
    if (!is_whole) return;
    gst::take_over(this);
    is_whole = give(gst_sample_get_buffer(sample));
    gst::hand_over(this);
    if (!is_whole) gst::fail_pipeline(pipeline_.get(), "what the muxer made cannot be read");
  });
  watch_ = std::make_unique<gst::BusWatch>(pipeline_.get(), context, std::move(handlers.on_error));
  gst::start_pipeline(pipeline_.get(), muxer_of(format), "record as .ts, which needs nothing of GStreamer");
}

ContainerFile::~ContainerFile() {
  gst::stop_pipeline(pipeline_.get());
}

/// False: it cannot be read.
bool ContainerFile::give(GstBuffer* buffer) {
  GstMapInfo map{};
  if (buffer == nullptr || gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return false;
  if (goes_back_ && GST_BUFFER_OFFSET_IS_VALID(buffer))
    give_at({map.data, map.size}, GST_BUFFER_OFFSET(buffer));
  else
    on_bytes_({map.data, map.size}, std::nullopt);
  gst_buffer_unmap(buffer, &map);
  return true;
}

void ContainerFile::give_at(ByteView bytes, std::uint64_t at) {
  on_bytes_(bytes, at);
  const auto head = seek_head_.find(bytes, at);
  if (head) on_bytes_(seek_head_.hidden(), at + *head);
}

void ContainerFile::write(const WriteUnit& unit) {
  gst::push_buffer(pipeline_.get(), sources_[unit.track].get(), buffer_of(unit));
}

void ContainerFile::end_track(std::size_t track) {
  gst_app_src_end_of_stream(GST_APP_SRC(sources_[track].get()));
}

ContainerFile::End ContainerFile::finish(std::chrono::milliseconds at_most) {
  for (std::size_t i = 0; i < sources_.size(); ++i) end_track(i);
  const Owned<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  const auto either = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  const Owned<GstMessage> ended(gst_bus_timed_pop_filtered(
      bus.get(), static_cast<GstClockTime>(std::chrono::nanoseconds(at_most).count()), either));
  if (!ended) return End::kTooSlow;
  if (GST_MESSAGE_TYPE(ended.get()) != GST_MESSAGE_EOS) return End::kFailed;
  gst::take_over(this);
  if (const auto head = seek_head_.shown()) on_bytes_(head->bytes, head->at);
  return End::kWritten;
}

std::size_t ContainerFile::level() const {
  std::size_t bytes = 0;
  for (const auto& source : sources_) {
    GstAppSrc* waiting = GST_APP_SRC(source.get());
    bytes += gst_app_src_get_current_level_bytes(waiting) +
             gst_app_src_get_current_level_buffers(waiting) * RecordingPlan::kUnitOverhead;
  }
  return bytes;
}

}  // namespace pixelpass::playback
