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
  /// What this machine can encode with, as far as it is known already; none: it is asked.
  std::optional<EncoderFacts> encoder_facts = {};
  /// For the first picture of all encoders that are tried.
  std::chrono::milliseconds trials_within = 20s;
  /// Gives up while the first picture is waited for.
  std::stop_token stop = {};
};

/// Make the captures, paused; called once each, by make_screen_source() on its caller's thread. What they
/// throw passes through. All later calls of a capture are made on one thread of the source's.
using MakeAudio = std::function<std::unique_ptr<capture::AudioCapture>(capture::AudioCallbacks)>;

/// A screen, and the sound that goes with it if `make_audio` is not empty: the rate of pictures is capped, a
/// still one is repeated, and both are encoded. The picture never waits for sound.
///
/// In this order: the encoders are looked for, the captures are made (which may ask the user), and one
/// picture is encoded, dark and of the screen's described size. Throws StartupError where that fails: which
/// encoders were tried, what to install; or, with kInterrupted, that `stop` was asked for. Then all rests
/// until play().
///
/// The first picture after play() is the last one that is known, at once, as a keyframe: who joins sees
/// something before a still screen changes. `on_ended` is the screen capture's, or an encoder's that has
/// failed for good. Before on_frame gives pictures of another size or another encoder, `on_described` says
/// so.
std::unique_ptr<MediaSource> make_screen_source(const ScreenSourceSettings& settings,
                                                const MakeScreen& make_screen, const MakeAudio& make_audio,
                                                MediaCallbacks callbacks);

}  // namespace pixelpass::encode
