#pragma once

#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/encode/va_probe.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::encode {

/// The facts that decide which encoders work here.
struct EncoderFacts {
  HasElement has_element;
  HasElement has_plugin;
  VaReport va = {};
  bool nvidia_gpu = false;
  std::string nvidia_driver = {};  ///< version of NVIDIA's own kernel driver; empty: it is not loaded
};

/// Asks this machine: GStreamer's registry (start_gstreamer() first), libva, the kernel. GPUs are asked only
/// where `option` may mean one of their encoders.
EncoderFacts encoder_facts(std::string_view option = "auto");

/// One encoder, as people are told of it.
struct EncoderReport {
  std::string name;    ///< GStreamer's element
  std::string option;  ///< what --encoder calls it; empty for sound
  bool usable = false;
  std::string why;   ///< usable: what it runs on; otherwise what is missing
  std::string hint;  ///< not usable: what to type, where something can be done; else empty
};

/// A report for each encoder of the table, in the order in which they are tried. Nothing is encoded: an
/// encoder that is reported usable may still fail at its start.
std::vector<EncoderReport> report_video_encoders(const EncoderFacts& facts);
std::vector<EncoderReport> report_video_encoders();
std::vector<EncoderReport> report_audio_encoders(const HasElement& has);
std::vector<EncoderReport> report_audio_encoders();

/// The encoders worth trying, in order, for this value of --encoder (auto, vaapi, nvenc, x264, openh264): at
/// least one. They are rows of the table, so they live for ever. Throws StartupError: no encoder remains
/// (with every reason, and the command that helps), the named one cannot work, or there is no such value
/// (usage).
std::vector<const VideoEncoder*> video_encoder_candidates(std::string_view option, const EncoderFacts& facts);

}  // namespace pixelpass::encode
