#pragma once

#include "pixelpass/capture/audio_capture.hpp"

#include <memory>

namespace pixelpass::capture {

/// The sound of the test screen: a quiet tone of 440 Hz, without a gap. A block is handed over when its first
/// frame is due, as if it were played then.
std::unique_ptr<AudioCapture> make_test_audio(AudioCallbacks callbacks);

}  // namespace pixelpass::capture
