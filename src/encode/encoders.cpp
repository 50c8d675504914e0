#include "pixelpass/encode/encoders.hpp"

#include "pixelpass/base/error.hpp"

#include <algorithm>
#include <array>

namespace pixelpass::encode {
namespace {

// Measured with x264enc: keyframes of 48 KB at 6 Mbit/s with a buffer of 100 ms, 79 to 168 KB without;
// zerolatency with a look-ahead is 174 ms late, and with frame threads (no slices) one frame.
constexpr std::array<VideoEncoder, 2> kVideoEncoders{{
    {"x264",
     "x264enc",
     "tune=zerolatency speed-preset=ultrafast bframes=0 rc-lookahead=0 sync-lookahead=0 sliced-threads=true "
     "vbv-buf-capacity=100 byte-stream=true aud=true",
     "key-int-max",
     "bitrate",
     1000,
     {"gstreamer1.0-plugins-ugly", "gstreamer1-plugins-ugly", "gst-plugins-ugly", "gstreamer-plugins-ugly"}},
    {"openh264",
     "openh264enc",
     "complexity=low rate-control=bitrate scene-change-detection=false enable-frame-skip=false",
     "gop-size",
     "bitrate",
     1,
     {"gstreamer1.0-plugins-bad", "gstreamer1-plugin-openh264", "gst-plugins-bad",
      "gstreamer-plugin-openh264"}},
}};

constexpr std::array<AudioEncoder, 3> kAudioEncoders{{
    {"fdkaacenc", "fdkaacenc bitrate=128000"},
    {"avenc_aac", "avenc_aac bitrate=128000 ! aacparse"},
    {"voaacenc", "voaacenc bitrate=128000"},
}};

constexpr std::array<PackageNames, 1> kAudioPackages{
    {{"gstreamer1.0-libav", "gstreamer1-plugin-libav", "gst-libav", "gstreamer-plugins-libav"}}};

template <class Table>
std::string names(const Table& table, std::string_view (*name)(const typename Table::value_type&)) {
  std::string text;
  for (const auto& row : table) text.append(text.empty() ? "" : ", ").append(name(row));
  return text;
}

std::string element_names() {
  return names(kVideoEncoders, [](const VideoEncoder& encoder) { return encoder.element; });
}

[[noreturn]] void throw_none_found() {
  const std::array<PackageNames, 1> first{kVideoEncoders.front().package};
  throw StartupError("no H.264 encoder found; tried " + element_names() + ", any of which would do",
                     "install one: " + install_command(first));
}

[[noreturn]] void throw_not_there(const VideoEncoder& encoder) {
  const std::array<PackageNames, 1> package{encoder.package};
  throw StartupError(
      "no H.264 encoder " + std::string(encoder.element) + " found; " + element_names() + " would do",
      "install it: " + install_command(package) + ", or use --encoder auto");
}

}  // namespace

const VideoEncoder& choose_video_encoder(std::string_view option, const HasElement& has) {
  if (option == "auto") {
    const auto found = std::ranges::find_if(kVideoEncoders, has, &VideoEncoder::element);
    if (found == kVideoEncoders.end()) throw_none_found();
    return *found;
  }
  const auto found = std::ranges::find(kVideoEncoders, option, &VideoEncoder::option);
  if (found == kVideoEncoders.end()) {
    const auto known = names(kVideoEncoders, [](const VideoEncoder& encoder) { return encoder.option; });
    throw StartupError("there is no encoder \"" + std::string(option) + "\"; there are auto, " + known,
                       "leave --encoder out, or name one of these", ExitCode::kUsage);
  }
  if (!has(found->element)) throw_not_there(*found);
  return *found;
}

const AudioEncoder& choose_audio_encoder(const HasElement& has) {
  const auto found = std::ranges::find_if(kAudioEncoders, has, &AudioEncoder::element);
  if (found != kAudioEncoders.end()) return *found;
  const auto tried = names(kAudioEncoders, [](const AudioEncoder& encoder) { return encoder.element; });
  throw StartupError(
      "no AAC encoder found; tried " + tried + ", any of which would do",
      "install one: " + install_command(kAudioPackages) + ", or share without sound: --audio none");
}

std::string launch_text(const VideoEncoder& encoder, std::string_view name, int frames_per_group,
                        std::int64_t bits_per_second) {
  const auto set = [](std::string_view property, std::int64_t value) {
    return std::string(" ").append(property).append("=").append(std::to_string(value));
  };
  return std::string(encoder.element).append(" name=").append(name).append(" ").append(encoder.properties) +
         set(encoder.group_property, frames_per_group) +
         set(encoder.bitrate_property, bits_per_second / encoder.bitrate_unit);
}

}  // namespace pixelpass::encode
