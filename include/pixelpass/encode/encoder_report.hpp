#pragma once

#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/encode/va_probe.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::encode {

/// What decides which encoders work here.
struct EncoderFacts {
  HasElement has_element;
  HasElement has_plugin;
  VaReport va = {};
  bool nvidia_gpu = false;
  std::string nvidia_driver = {};  ///< version of NVIDIA's own kernel driver; empty: it is not loaded
};

/// Asked of this machine: GStreamer's registry (start_gstreamer() first), libva, the kernel. Of the GPUs only
/// where what --encoder says may be one of theirs.
EncoderFacts encoder_facts(std::string_view option = "auto");

/// One encoder as people are told about it.
struct EncoderReport {
  std::string name;    ///< GStreamer's element
  std::string option;  ///< what --encoder calls it; empty for sound
  bool usable = false;
  std::string why;   ///< usable: what it runs on; otherwise what is missing
  std::string hint;  ///< not usable: what to type, where something can be done; else empty
};

/// All of the table, in the order in which they are tried. Nothing is encoded: one that is usable may still
/// fail at its start.
std::vector<EncoderReport> report_video_encoders(const EncoderFacts& facts);
std::vector<EncoderReport> report_video_encoders();
std::vector<EncoderReport> report_audio_encoders(const HasElement& has);
std::vector<EncoderReport> report_audio_encoders();

/// Those worth trying, in order, for what --encoder says (auto, vaapi, nvenc, x264, openh264); at least one,
/// and rows of the table, so they live for ever. Throws StartupError: nothing remains (every reason, and the
/// command that helps), the one that was asked for cannot work, or there is no such option (usage).
std::vector<const VideoEncoder*> video_encoder_candidates(std::string_view option, const EncoderFacts& facts);

}  // namespace pixelpass::encode
