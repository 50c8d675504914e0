#pragma once

#include "pixelpass/base/distribution.hpp"
#include "pixelpass/capture/screen_capture.hpp"
#include "pixelpass/gst/gst.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pixelpass::encode {

using EncoderProperty = gst::ElementProperty;

/// A property that is set from the bitrate, also while the encoder runs.
struct RateProperty {
  std::string_view name;
  std::int64_t unit;  ///< bits per second that a 1 there stands for
  bool required = false;
};

/// One kind of input that an encoder takes.
struct EncoderInput {
  capture::PictureMemory memory;  ///< what the capture should ask for: DMA-BUF only where it is taken
  /// The element that makes `caps` from captured pictures, whatever their memory, format and size. Empty:
  /// none does, and they are converted in main memory.
  std::string_view converter;
  std::string_view caps;    ///< what goes into the encoder: memory and format, in GStreamer's words
  std::string_view format;  ///< the one in `caps`: "NV12" or "I420". Left alone some pick 4:4:4
};

enum class EncoderKind : std::uint8_t { kSoftware, kVa, kVaLowPower, kNvenc };

/// One H.264 encoder of GStreamer's, with what makes it fast and steady: no B-frames, no look-ahead, one
/// frame in, one frame out; a constant bitrate with a buffer so small that a keyframe does not clog the line.
struct VideoEncoder {
  std::string_view option;   ///< its name on our command line; two may share one
  std::string_view element;  ///< GStreamer's name
  EncoderKind kind;
  std::span<const EncoderProperty> properties;
  std::span<const RateProperty> rates;
  /// The encoder's own longest distance between keyframes, in frames. Ours come sooner: they are forced.
  std::string_view group_property;
  std::span<const EncoderInput> inputs;  ///< best first; the last needs no converter
  /// Whether the stream says how RGB became YUV. Where it does not, players guess by the picture's size.
  bool tells_colours;
  PackageNames package;
};

/// One audio encoder.
struct AudioEncoder {
  std::string_view element;
  std::span<const EncoderProperty> properties;
  std::string_view parser;  ///< the element that turns its output into ADTS; empty: it gives ADTS itself
  PackageNames package;     ///< empty: hard to come by
};

/// Asks whether GStreamer has an element (or a plugin) of this name.
using HasElement = std::function<bool(std::string_view element)>;

/// Launch text: an AAC encoder under this name, which configure_encoder() has yet to configure, up to ADTS.
std::string launch_text(const AudioEncoder& encoder, std::string_view name);

/// All encoders that we can use, in the order in which they are tried.
std::span<const VideoEncoder> video_encoders();
std::span<const AudioEncoder> audio_encoders();  ///< AAC
/// The Opus encoder for browsers: stereo at 128 kbit/s, 10 ms a packet.
const AudioEncoder& opus_encoder();

/// The encoder to install where there is none: it needs no hardware and no further package source (Fedora has
/// no x264).
const VideoEncoder& simplest_video_encoder();

/// Throws StartupError (usage) when --encoder does not take this.
void require_encoder_option(std::string_view option);

/// The first encoder that is there. Throws StartupError when none is: what was tried, and the command that
/// installs one. For video see video_encoder_candidates().
const AudioEncoder& choose_audio_encoder(const HasElement& has);

/// The best of the encoder's inputs whose converter this machine has.
const EncoderInput& encoder_input(const VideoEncoder& encoder, const HasElement& has);

}  // namespace pixelpass::encode
