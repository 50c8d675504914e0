#pragma once

#include "pixelpass/capture/audio_capture.hpp"
#include "pixelpass/capture/screen_capture.hpp"
#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/media/size.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

namespace pixelpass::encode {

struct ScreenSourceSettings {
  /// `--size`: pictures are scaled to fit inside, keeping their aspect ratio; none: the screen's own size.
  std::optional<Size> box;
  int fps = 30;  ///< at most; a still screen is repeated at this rate
  std::int64_t bitrate_bps = 6'000'000;
  std::string encoder = "auto";  ///< what --encoder takes
  /// What this machine can encode with, if that is known already; none: it is probed.
  std::optional<EncoderFacts> encoder_facts = {};
  /// The time for a first picture, for all encoders that are tried together.
  std::chrono::milliseconds trials_within = 20s;
  /// Cancels the wait for the first picture.
  std::stop_token stop = {};
};

/// Make the captures, paused. make_screen_source() calls each once, on its caller's thread, and passes on
/// what they throw. All later calls of a capture come on one thread of the source's.
using MakeAudio = std::function<std::unique_ptr<capture::AudioCapture>(capture::AudioCallbacks)>;

/// A screen, with its sound if `make_audio` is not empty. The picture rate is capped, a still picture is
/// repeated, and both are encoded. The picture never waits for sound.
///
/// In this order: encoders are looked for, the captures are made (which may ask the user), and one dark
/// picture of the screen's described size is encoded. Throws StartupError where that fails: which encoders
/// were tried, and what to install; or, with kInterrupted, that `stop` was asked for. The source is then
/// paused until play().
///
/// The first picture after play() is the last known one, at once, as a keyframe: a newcomer sees something
/// before a still screen changes. `on_ended` comes when the screen capture ends or the encoders have failed
/// for good. `on_described` comes before pictures of another size or from another encoder.
std::unique_ptr<MediaSource> make_screen_source(const ScreenSourceSettings& settings,
                                                const MakeScreen& make_screen, const MakeAudio& make_audio,
                                                MediaCallbacks callbacks);

}  // namespace pixelpass::encode
