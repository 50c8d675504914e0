#include "encode/audio_timeline.hpp"

#include <algorithm>
#include <cmath>

namespace pixelpass::encode {
namespace {

/// PipeWire's usual 1024 frames arrive 21 ms after the first of them, and a block may begin with their last.
constexpr Duration kLateness = 30ms;
constexpr Duration kMostLateness = 120ms;
/// How long the first block waits for the capture after the start. A block then begins where the sound
/// begins, so that each of PipeWire's buffers fills one block: up to 10 ms sooner than if they were out of
/// step.
constexpr Duration kFirstLateness = 100ms;
/// A capture time that is off by this much is a jump, not jitter. In frames.
constexpr double kJump = 0.1 * AudioTimeline::kRate;
/// A mean error of this much is no jitter either: some frames are missing. In frames.
constexpr double kShift = 0.01 * AudioTimeline::kRate;
/// An error that is left alone: half a millisecond, in frames.
constexpr double kTolerance = 0.0005 * AudioTimeline::kRate;
/// The weight of a new value in the running mean.
constexpr double kMeanPart = 1.0 / 64;
/// A capture time further ahead than this is not believed: it comes from another clock. In frames.
constexpr double kMostAhead = 1.0 * AudioTimeline::kRate;

}  // namespace

void AudioTimeline::start(Instant now) {
  begin_ = now;
  given_ = 0;
  lateness_ = kLateness;
  anchor(0);
  in_run_ = false;
}

double AudioTimeline::frames_until(Instant at) const {
  return std::chrono::duration<double>(at - begin_).count() * kRate;
}

Instant AudioTimeline::time_of(Frames frame) const {
  return begin_ + std::chrono::nanoseconds(frame * 1'000'000'000 / kRate);
}

bool AudioTimeline::is_unused() const {
  return given_ == 0 && !in_run_;
}

/// Keeps the sound that is there, and puts what comes next at `at`.
void AudioTimeline::anchor(Frames at) {
  at = std::max(at, given_);
  samples_.resize(static_cast<std::size_t>(at - given_) * kChannels, 0.0F);
  end_ = at;
  error_ = 0;
}

bool AudioTimeline::is_new_run(double error) const {
  return !in_run_ || end_ < given_ || std::abs(error) > kJump || std::abs(error_) > kShift;
}

void AudioTimeline::push(std::span<const float> interleaved, Instant captured_at) {
  const auto count = static_cast<Frames>(interleaved.size() / kChannels);
  if (count > 0 && is_unused() && std::chrono::abs(captured_at - begin_) < kFirstLateness)
    begin_ = captured_at;
  const double place = frames_until(captured_at);
  if (count == 0 || place > static_cast<double>(given_) + kMostAhead) return;
  const double error = place - static_cast<double>(end_);
  error_ += (error - error_) * kMeanPart;
  if (is_new_run(error)) {
    const auto begins = static_cast<Frames>(std::llround(place));
    if (begins < given_) {  // too late, in part or in all
      lateness_ = std::min(lateness_ + (time_of(given_) - time_of(begins)), kMostLateness);
      const Frames lost = std::min(given_ - begins, count);
      interleaved = interleaved.subspan(static_cast<std::size_t>(lost) * kChannels);
    }
    anchor(begins);
    in_run_ = true;
  }
  const auto frames = static_cast<Frames>(interleaved.size() / kChannels);
  const Frames stretch = error_ > kTolerance ? 1 : error_ < -kTolerance ? -1 : 0;
  error_ -= static_cast<double>(stretch);
  append(interleaved, frames + stretch);
}

void AudioTimeline::silence() {
  std::ranges::fill(samples_, 0.0F);
}

/// Appends `count` frames made from these, which are as many or one more or less: by linear interpolation.
void AudioTimeline::append(std::span<const float> interleaved, Frames count) {
  const auto frames = static_cast<Frames>(interleaved.size() / kChannels);
  if (count == frames || frames < 2) {
    samples_.insert(samples_.end(), interleaved.begin(), interleaved.end());
    end_ += frames;
    return;
  }
  const double step = static_cast<double>(frames - 1) / static_cast<double>(count - 1);
  for (Frames i = 0; i < count; ++i) {
    const double place = static_cast<double>(i) * step;
    const auto left = std::min(static_cast<std::size_t>(place), static_cast<std::size_t>(frames - 2));
    const auto right_share = static_cast<float>(place - static_cast<double>(left));
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      const float a = interleaved[left * kChannels + channel];
      const float b = interleaved[(left + 1) * kChannels + channel];
      samples_.push_back(a + (b - a) * right_share);
    }
  }
  end_ += count;
}

std::optional<AudioTimeline::Block> AudioTimeline::next(Instant now) {
  constexpr auto kSamples = kBlockFrames * kChannels;
  constexpr auto kFrames = static_cast<Frames>(kBlockFrames);
  if (end_ < given_ + kFrames && now < next_timeout()) return std::nullopt;
  Block block{.interleaved = {}, .at = time_of(given_), .silent = true};
  const auto there = static_cast<std::ptrdiff_t>(std::min(kSamples, samples_.size()));
  block.interleaved.assign(samples_.begin(), samples_.begin() + there);
  block.interleaved.resize(kSamples, 0.0F);
  samples_.erase(samples_.begin(), samples_.begin() + there);
  block.silent = std::ranges::all_of(block.interleaved, [](float sample) { return sample == 0.0F; });
  given_ += kFrames;
  return block;
}

Instant AudioTimeline::next_timeout() const {
  return time_of(given_ + static_cast<Frames>(kBlockFrames)) + (is_unused() ? kFirstLateness : lateness_);
}

}  // namespace pixelpass::encode
