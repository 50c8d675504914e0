#include "pixelpass/capture/test/test_audio.hpp"

#include "capture/test/ticker.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace pixelpass::capture {
namespace {

/// The frames in a block, as PipeWire usually hands over at once, and as in an AAC frame.
constexpr int kBlockFrames = 1024;
constexpr int kToneHz = 440;
constexpr double kLoudness = 0.05;  ///< of the loudest there is
/// The length of a wave table: a tone of a multiple of 40 Hz fits into it in whole periods.
constexpr std::size_t kWaveFrames = kAudioRate / 40;
static_assert(kToneHz % 40 == 0);
/// Blocks that are later than this are left out.
constexpr Duration kMostLate = 100ms;

std::vector<float> wave() {
  std::vector<float> frames;
  for (std::size_t i = 0; i < kWaveFrames; ++i) {
    const double turns = static_cast<double>(i) * kToneHz / kAudioRate;
    frames.push_back(static_cast<float>(kLoudness * std::sin(2 * std::numbers::pi * turns)));
  }
  return frames;
}

class TestAudio final : public AudioCapture {
 public:
  explicit TestAudio(AudioCallbacks callbacks)
      : callbacks_(std::move(callbacks)),
        ticker_(
            SteadyPace(kAudioRate, kBlockFrames * 1s, kMostLate),
            {[this](Instant /*at*/) { fill(); }, [this](Instant at) { callbacks_.on_audio(block_, at); }}) {}

  void play() override { ticker_.play(); }
  void pause() override { ticker_.pause(); }
  [[nodiscard]] std::string describe() const override { return "test"; }

 private:
  void fill();

  const AudioCallbacks callbacks_;
  const std::vector<float> wave_ = wave();

  // The ticker's thread's.
  std::vector<float> block_ = std::vector<float>(std::size_t{kBlockFrames} * kAudioChannels);
  std::size_t at_ = 0;  ///< in wave_: the next frame
  Ticker ticker_;       ///< last: uses all above
};

void TestAudio::fill() {
  for (std::size_t i = 0; i < block_.size(); i += kAudioChannels) {
    for (std::size_t channel = 0; channel < kAudioChannels; ++channel) block_[i + channel] = wave_[at_];
    at_ = (at_ + 1) % wave_.size();
  }
}

}  // namespace

std::unique_ptr<AudioCapture> make_test_audio(AudioCallbacks callbacks) {
  return std::make_unique<TestAudio>(std::move(callbacks));
}

}  // namespace pixelpass::capture
