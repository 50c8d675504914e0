#include "pixelpass/encode/encoders.hpp"

#include "pixelpass/base/error.hpp"

#include <algorithm>
#include <array>

namespace pixelpass::encode {
namespace {

using capture::PictureMemory;

// Where properties are from: GStreamer's sources, gst-plugins-bad/sys/va/gstvah264enc.c (1.22 to 1.28),
// sys/nvcodec/gstnvbaseenc.c and gstnvh264enc.c (to 1.22), gstnvh264encoder.cpp (since).

// vah264enc ignores a buffer below half a second of bits and makes it two seconds. So half a second is the
// smallest, and the driver's rate control has to keep keyframes small within it.
constexpr auto kVaProperties = std::to_array<EncoderProperty>({
    {"rate-control", "cbr", true},
    {"b-frames", "0", true},
    {"b-pyramid", "false"},
    {"i-frames", "0"},  // more keyframes than were asked for
    {"ref-frames", "1"},
    {"target-usage", "6"},  // 1 is the best picture, 7 the fastest
    {"num-slices", "1"},
    {"min-qp", "1"},
    {"max-qp", "51"},
    {"aud", "true"},
});
constexpr std::array<RateProperty, 2> kVaRates{{{"bitrate", 1000, true}, {"cpb-size", 2000}}};

// Two generations of elements share this name. Properties that one of them lacks are left out; so are unknown
// presets, so that the last known one holds.
constexpr auto kNvencProperties = std::to_array<EncoderProperty>({
    {"preset", "low-latency-hq"},
    {"preset", "p3"},
    {"tune", "ultra-low-latency"},
    {"multi-pass", "disabled"},
    {"rc-mode", "cbr"},
    {"rate-control", "cbr"},
    {"zerolatency", "true"},
    {"zero-reorder-delay", "true"},
    {"bframes", "0"},
    {"b-frames", "0"},
    {"rc-lookahead", "0"},
    {"strict-gop", "true"},
    {"repeat-sequence-header", "true"},
    {"nonref-p", "false"},
    {"weighted-pred", "false"},
    {"i-adapt", "false"},
    {"b-adapt", "false"},
    {"spatial-aq", "false"},
    {"temporal-aq", "false"},
    {"qp-const", "-1"},
    {"const-quality", "0"},
    {"max-bitrate", "0"},
    {"aud", "true"},
});
constexpr std::array<RateProperty, 2> kNvencRates{{{"bitrate", 1000, true}, {"vbv-buffer-size", 10'000}}};

// Measured with GStreamer 1.22 on two cores, 1080p30 at 6 Mbit/s, a desktop with scrolling text and a video
// in a corner, a keyframe forced every two seconds:
// - vbv-buf-capacity=100: keyframes of 63 to 70 KB, 90 ms of the line, and 4.7 Mbit/s in all; 200: 131 to 136
//   KB; 600, the default: 219 to 237 KB, 300 ms.
// - threads=2: half the picture's time of threads=1 (median 4.6 against 8.8 ms, 95 % 7.6 against 12.4)
//   for the same CPU time and 0.2 dB. 4: no faster here, 0.5 dB. Left alone x264 takes one and a half a core:
//   at 16 slices it cannot keep to the buffer (pictures of 187 KB between keyframes) and loses 1.5 dB.
// - speed-preset=superfast: twice the CPU time. A look-ahead, even under zerolatency: 174 ms. Frame threads
//   instead of slices: a frame's time.
// What makes a picture better or dearer (ref, me, subme, trellis, analyse, cabac, dct8x8) is the preset's,
// which holds as long as none of these is set.
constexpr auto kX264Properties = std::to_array<EncoderProperty>({
    {"tune", "zerolatency", true},
    {"speed-preset", "ultrafast"},
    {"psy-tune", "none"},
    {"pass", "cbr", true},
    {"bframes", "0", true},
    {"b-adapt", "false"},
    {"b-pyramid", "false"},
    {"weightb", "false"},
    {"mb-tree", "false"},
    {"intra-refresh", "false", true},  // there would be no keyframe to begin with
    {"nal-hrd", "none"},               // no filler
    {"interlaced", "false"},
    {"noise-reduction", "0"},
    {"insert-vui", "true"},  // its stream tells its colours
    {"rc-lookahead", "0", true},
    {"sync-lookahead", "0"},
    {"sliced-threads", "true", true},
    {"threads", "2"},
    {"vbv-buf-capacity", "100", true},  // milliseconds, so it follows the bitrate by itself
    // Left alone it goes on refining a still picture with all the bits that it has (3 Mbit/s for minutes);
    // with this a page of text is as good as it gets after four seconds, and 7 kbit/s from then on.
    {"qp-min", "18"},
    {"qp-max", "51"},
    {"byte-stream", "true"},
    {"aud", "true"},
});
constexpr std::array<RateProperty, 1> kX264Rates{{{"bitrate", 1000, true}}};

// OpenH264 has no buffer to limit, and its keyframes are never coarser than a quantiser of 36, whatever the
// bitrate (also where the bitrate is lowered for a keyframe alone; max-bitrate and usage-type change nothing,
// rate-control=buffer makes 400 KB). Keyframes of a page of letters that scrolls beside a video, as the mean
// time in milliseconds that one takes on the line, at the step of the picture's ladder for that rate:
//                            x264   this, as set here   with qp-min=46
//   1080p30, 6 Mbit/s           72                 204               84
//   720p60, 2 Mbit/s            64                 246              107
//   540p60, 1 Mbit/s            64                 318              141
//   540p30, 0.6 Mbit/s         102                 478              209
// A qp-min of 40 or more makes keyframes smaller, but coarsens all pictures, which then stay blurred with
// more than half of the bits unused, and a running element takes no other. So this encoder is tried last.
// Threads gain nothing that could be measured.
// qp-min: with a value below 12 the library ignores both ends of the range, and stays at or below 42: at 300
// kbit/s a page of letters, 640x356, then took 448 kbit/s (346 as set here). multi-thread: GStreamer's 0
// means as many threads as processors, where the library's own default is one.
constexpr auto kOpenh264Properties = std::to_array<EncoderProperty>({
    {"usage-type", "camera"},
    {"complexity", "low"},
    {"rate-control", "bitrate", true},
    {"max-bitrate", "0"},
    {"qp-min", "12"},
    {"qp-max", "51"},
    {"multi-thread", "1"},
    {"slice-mode", "n-slices"},
    {"num-slices", "1"},
    {"deblocking", "on"},
    {"enable-denoise", "false"},
    {"background-detection", "true"},
    {"scene-change-detection", "false"},
    {"enable-frame-skip", "false"},
});
constexpr std::array<RateProperty, 1> kOpenh264Rates{{{"bitrate", 1, true}}};

constexpr std::array<EncoderInput, 2> kVaInputs{{
    {PictureMemory::kDmaBuf, "vapostproc", "video/x-raw(memory:VAMemory),format=NV12", "NV12"},
    {PictureMemory::kShared, "", "video/x-raw,format=NV12", "NV12"},
}};
constexpr std::array<EncoderInput, 1> kNv12Input{
    {{PictureMemory::kShared, "", "video/x-raw,format=NV12", "NV12"}}};
constexpr std::array<EncoderInput, 1> kI420Input{
    {{PictureMemory::kShared, "", "video/x-raw,format=I420", "I420"}}};

constexpr PackageNames kPluginsBad{"gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-free",
                                   "gst-plugins-bad", "gstreamer-plugins-bad"};
constexpr PackageNames kPluginVa{"gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-free", "gst-plugin-va",
                                 "gstreamer-plugins-bad"};
constexpr PackageNames kPluginsUgly{"gstreamer1.0-plugins-ugly", "gstreamer1-plugins-ugly",
                                    "gst-plugins-ugly", "gstreamer-plugins-ugly"};
constexpr PackageNames kPluginOpenh264{"gstreamer1.0-plugins-bad", "gstreamer1-plugin-openh264",
                                       "gst-plugins-bad", "gstreamer-plugin-openh264"};
constexpr PackageNames kPluginLibav{"gstreamer1.0-libav", "gstreamer1-plugin-libav", "gst-libav",
                                    "gstreamer-plugins-libav"};

constexpr std::array<VideoEncoder, 5> kVideoEncoders{{
    {"vaapi", "vah264enc", EncoderKind::kVa, kVaProperties, kVaRates, "key-int-max", kVaInputs, false,
     kPluginVa},
    {"vaapi", "vah264lpenc", EncoderKind::kVaLowPower, kVaProperties, kVaRates, "key-int-max", kVaInputs,
     false, kPluginVa},
    {"nvenc", "nvh264enc", EncoderKind::kNvenc, kNvencProperties, kNvencRates, "gop-size", kNv12Input, true,
     kPluginsBad},
    {"x264", "x264enc", EncoderKind::kSoftware, kX264Properties, kX264Rates, "key-int-max", kI420Input, true,
     kPluginsUgly},
    {"openh264", "openh264enc", EncoderKind::kSoftware, kOpenh264Properties, kOpenh264Rates, "gop-size",
     kI420Input, false, kPluginOpenh264},
}};

// perfect-timestamp, tolerance and hard-resync are GStreamer's base class's: our times are right, and it may
// not change them. bitrate: bits per second.
//
// avenc_aac: GStreamer's defaults are not FFmpeg's. Its aac-ms=true forces mid/side coding, where FFmpeg
// chooses for each band: 600 Hz on the left and 1000 Hz on the right came out 1 dB apart. Since 1.24 the
// property is a choice of auto, off and on; no word is valid for both kinds, but a number is. Intensity
// stereo gives both sides one shape at high frequencies, which only pays at bitrates below ours. FFmpeg 7 and
// 8 have removed some properties.
constexpr auto kAvencAacProperties = std::to_array<EncoderProperty>({
    {"bitrate", "128000", true},
    {"aac-coder", "twoloop"},
    {"aac-ms", "0"},
    {"aac-is", "false"},
    {"aac-pns", "true"},
    {"aac-tns", "true"},
    {"aac-ltp", "false"},
    {"aac-pred", "false"},
    {"aac-pce", "false"},
    {"cutoff", "0"},
    {"perfect-timestamp", "false"},
    {"hard-resync", "false"},
    {"tolerance", "40000000"},  // nanoseconds
});
constexpr auto kVoAacProperties = std::to_array<EncoderProperty>({
    {"bitrate", "128000", true},
    {"perfect-timestamp", "false"},
    {"hard-resync", "false"},
    {"tolerance", "40000000"},
});
constexpr auto kFdkAacProperties = std::to_array<EncoderProperty>({
    {"bitrate", "128000", true},
    {"rate-control", "cbr"},
    {"peak-bitrate", "0"},
    {"afterburner", "false"},
    {"perfect-timestamp", "false"},
    {"hard-resync", "false"},
    {"tolerance", "40000000"},
});

// fdkaacenc is the best of them, but no distribution has it in its main archive.
constexpr std::array<AudioEncoder, 3> kAudioEncoders{{
    {"fdkaacenc", kFdkAacProperties, "", {}},
    {"avenc_aac", kAvencAacProperties, "aacparse", kPluginLibav},
    {"voaacenc",
     kVoAacProperties,
     "",
     {"gstreamer1.0-plugins-bad", "gstreamer1-plugins-bad-freeworld", "gst-plugins-bad",
      "gstreamer-plugins-bad"}},
}};

// CELT alone has the least delay, and stereo at this bitrate is coded with it anyway.
constexpr auto kOpusProperties = std::to_array<EncoderProperty>({
    {"bitrate", "128000", true},
    {"bitrate-type", "constrained-vbr"},
    {"audio-type", "restricted-lowdelay"},
    {"bandwidth", "fullband"},
    {"frame-size", "10", true},
    {"complexity", "5"},
    {"inband-fec", "false"},
    {"packet-loss-percentage", "0"},
    {"dtx", "false"},
    {"max-payload-size", "1200"},
    {"perfect-timestamp", "false"},
    {"hard-resync", "false"},
    {"tolerance", "40000000"},
});
constexpr AudioEncoder kOpusEncoder{
    "opusenc",
    kOpusProperties,
    "",
    {"gstreamer1.0-plugins-base", "gstreamer1-plugins-base", "gst-plugins-base", "gstreamer-plugins-base"}};

/// A column of a table as a list, each name once: "x264, openh264".
template <class Rows>
std::string names(const Rows& rows, auto field) {
  std::string text;
  std::string_view last;
  for (const auto& row : rows) {
    if (row.*field == last) continue;
    text.append(text.empty() ? "" : ", ").append(row.*field);
    last = row.*field;
  }
  return text;
}

}  // namespace

std::span<const VideoEncoder> video_encoders() {
  return kVideoEncoders;
}
std::span<const AudioEncoder> audio_encoders() {
  return kAudioEncoders;
}

const AudioEncoder& opus_encoder() {
  return kOpusEncoder;
}

std::string launch_text(const AudioEncoder& encoder, std::string_view name) {
  std::string text(encoder.element);
  text.append(" name=").append(name);
  if (!encoder.parser.empty()) text.append(" ! ").append(encoder.parser);
  return text + " ! audio/mpeg,mpegversion=4,stream-format=adts";
}

const VideoEncoder& simplest_video_encoder() {
  const bool without_x264 = package_manager() == PackageManager::kDnf;
  return *std::ranges::find(kVideoEncoders, without_x264 ? "openh264" : "x264", &VideoEncoder::option);
}

void require_encoder_option(std::string_view option) {
  if (option == "auto") return;
  if (std::ranges::find(kVideoEncoders, option, &VideoEncoder::option) != kVideoEncoders.end()) return;
  throw StartupError("there is no encoder \"" + std::string(option) + "\"; there are auto, " +
                         names(kVideoEncoders, &VideoEncoder::option),
                     "leave --encoder out, or name one of these", ExitCode::kUsage);
}

const AudioEncoder& choose_audio_encoder(const HasElement& has) {
  const auto* found = std::ranges::find_if(kAudioEncoders, has, &AudioEncoder::element);
  if (found != kAudioEncoders.end()) return *found;
  const std::array<PackageNames, 1> package{kPluginLibav};
  throw StartupError("no AAC encoder found; tried " + names(kAudioEncoders, &AudioEncoder::element) +
                         ", any of which would do",
                     "install one: " + install_command(package) + ", or share without sound: --audio none");
}

const EncoderInput& encoder_input(const VideoEncoder& encoder, const HasElement& has) {
  const auto can = [&](const EncoderInput& input) { return input.converter.empty() || has(input.converter); };
  return *std::ranges::find_if(encoder.inputs, can);
}

}  // namespace pixelpass::encode
