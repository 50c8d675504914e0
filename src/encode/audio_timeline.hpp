#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace pixelpass::encode {

/// Makes one unbroken run of sound from what a capture gives: in blocks as long as AAC wants them, with
/// silence where nothing came. Sound is placed by its capture time, so that it stays with the picture:
/// - jitter of those times is averaged away, and a sound card whose clock differs a little from ours is
///   followed by stretching blocks by one frame, which is inaudible;
/// - sound after a gap, or after a jump of the times, begins where its time says;
/// - sound that comes after its block was given out is lost, and the next blocks wait a little longer.
/// A block is given out as soon as it is full, or `lateness` after its end if it is not.
/// Interleaved stereo at 48 kHz; a frame is one sample of each channel. Sans-IO.
class AudioTimeline {
 public:
  static constexpr std::size_t kBlockFrames = 1024;
  static constexpr int kRate = 48'000;
  static constexpr std::size_t kChannels = 2;

  struct Block {
    std::vector<float> interleaved;  ///< kBlockFrames of them
    Instant at;                      ///< of its first frame
    bool silent = false;             ///< nothing came, or nothing but zeros
  };

  /// Begins anew: the first block begins at `now`, or where the first sound begins, if that comes soon.
  void start(Instant now);
  /// `captured_at`: of the first frame.
  void push(std::span<const float> interleaved, Instant captured_at);
  /// Replaces the sound that was not given out yet by silence.
  void silence();
  /// The next block, if it is time for it.
  std::optional<Block> next(Instant now);
  /// When the next block is given out even if it is not full.
  [[nodiscard]] Instant next_timeout() const;

 private:
  using Frames = std::int64_t;  ///< from begin_ on

  [[nodiscard]] double frames_until(Instant at) const;
  [[nodiscard]] Instant time_of(Frames frame) const;
  /// Whether nothing has come yet, and nothing was given out.
  [[nodiscard]] bool is_unused() const;
  [[nodiscard]] bool is_new_run(double error) const;
  void append(std::span<const float> interleaved, Frames count);
  void anchor(Frames at);

  Instant begin_;
  Frames given_ = 0;     ///< up to here blocks were given out
  Frames end_ = 0;       ///< up to here there is sound: samples_ are the frames from given_ to end_
  bool in_run_ = false;  ///< what comes next follows what came last
  double error_ = 0;     ///< how far behind its times the sound is, averaged, in frames
  Duration lateness_{};
  std::vector<float> samples_;
};

}  // namespace pixelpass::encode
