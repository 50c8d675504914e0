#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/capture/audio_capture.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::capture::test {

/// Nothing here takes this long unless it hangs.
constexpr auto kPatience = 20s;
/// A tone that is there is far above this, and one that is not far below: dB below full scale.
constexpr double kThere = -25;
constexpr double kAbsent = -60;

/// Level of one tone in 100 ms of one channel: dB below full scale.
double level_of(std::span<const float> samples, int tone);

/// Takes what a capture gives, and waits for what a test needs.
class Listener {
 public:
  enum Side : std::uint8_t { kLeft, kRight };
  struct Block {
    Instant captured_at;
    Instant came_at;
    std::size_t first_frame;
    std::size_t frames;
  };

  AudioCallbacks callbacks();

  /// Whether it is in the last 100 ms that came.
  bool wait_for_tone(int tone, Side side = kLeft);
  bool wait_for_no_tone(int tone, Side side = kLeft);
  /// For `length` more of sound to come.
  bool wait_for_more(Duration length);
  bool wait_for_notices(std::size_t count);

  /// In the last `length` of sound, by its middle 100 ms in order of loudness: one hiccup of a busy machine
  /// is a click, which is a bit of every tone.
  double level(int tone, Side side = kLeft, Duration length = 1s);
  std::vector<Error> notices();
  std::vector<Block> blocks();
  /// When the first sample of that size was played; waits for it.
  std::optional<Instant> wait_for_onset(float amplitude);
  std::size_t count();
  /// What came before does not count any more.
  void forget();

 private:
  static constexpr std::size_t kWindow = kAudioRate / 10;
  [[nodiscard]] std::span<const float> last(Side side, std::size_t frames) const;
  template <class Predicate>
  bool wait(Predicate predicate);

  std::mutex mutex_;  ///< guards all below
  std::condition_variable changed_;
  std::vector<float> samples_[2];
  std::vector<Block> blocks_;
  std::vector<Error> notices_;
};

}  // namespace pixelpass::capture::test
