#include "listener.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>

namespace pixelpass::capture::test {

/// Goertzel's question to one frequency, asked through a Hann window: what else is there does not leak in.
double level_of(std::span<const float> samples, int tone) {
  using std::numbers::pi;
  const auto count = static_cast<double>(samples.size());
  std::complex<double> sum;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto at = static_cast<double>(i);
    const double window = 0.5 - 0.5 * std::cos(2 * pi * at / count);
    sum += window * static_cast<double>(samples[i]) * std::polar(1.0, -2 * pi * tone * at / kAudioRate);
  }
  const double amplitude = 4 * std::abs(sum) / count;
  return 20 * std::log10(std::max(amplitude, 1e-9));
}

AudioCallbacks Listener::callbacks() {
  return {[this](std::span<const float> interleaved, Instant captured_at) {
            const std::lock_guard lock(mutex_);
            blocks_.push_back({captured_at, Clock::now(), samples_[0].size(), interleaved.size() / 2});
            for (std::size_t i = 0; i + 1 < interleaved.size(); i += 2) {
              samples_[kLeft].push_back(interleaved[i]);
              samples_[kRight].push_back(interleaved[i + 1]);
            }
            changed_.notify_all();
          },
          [this](const Error& notice) {
            const std::lock_guard lock(mutex_);
            notices_.push_back(notice);
            changed_.notify_all();
          }};
}

template <class Predicate>
bool Listener::wait(Predicate predicate) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, predicate);
}

std::span<const float> Listener::last(Side side, std::size_t frames) const {
  const auto& all = samples_[side];
  return std::span(all).last(std::min(frames, all.size()));
}

bool Listener::wait_for_tone(int tone, Side side) {
  return wait([&] {
    const auto window = last(side, kWindow);
    return window.size() == kWindow && level_of(window, tone) > kThere;
  });
}

bool Listener::wait_for_no_tone(int tone, Side side) {
  return wait([&] {
    const auto window = last(side, kWindow);
    return window.size() == kWindow && level_of(window, tone) < kAbsent;
  });
}

bool Listener::wait_for_more(Duration length) {
  const auto until = count() + static_cast<std::size_t>(length / 1ms) * kAudioRate / 1000;
  return wait([&] { return samples_[0].size() >= until; });
}

bool Listener::wait_for_notices(std::size_t count) {
  return wait([&] { return notices_.size() >= count; });
}

double Listener::level(int tone, Side side, Duration length) {
  const std::lock_guard lock(mutex_);
  const auto samples = last(side, static_cast<std::size_t>(length / 1ms) * kAudioRate / 1000);
  std::vector<double> levels;
  for (std::size_t at = 0; at + kWindow <= samples.size(); at += kWindow)
    levels.push_back(level_of(samples.subspan(at, kWindow), tone));
  if (levels.empty()) return 0;
  std::ranges::sort(levels);
  return levels[levels.size() / 2];
}

std::vector<Error> Listener::notices() {
  const std::lock_guard lock(mutex_);
  return notices_;
}

std::vector<Listener::Block> Listener::blocks() {
  const std::lock_guard lock(mutex_);
  return blocks_;
}

std::optional<Instant> Listener::wait_for_onset(float amplitude) {
  std::optional<Instant> onset;
  wait([&] {
    const auto& samples = samples_[kLeft];
    const auto found =
        std::ranges::find_if(samples, [&](float sample) { return std::abs(sample) >= amplitude; });
    if (found == samples.end()) return false;
    const auto frame = static_cast<std::size_t>(found - samples.begin());
    const auto block =
        std::ranges::find_if(blocks_, [&](const Block& one) { return frame < one.first_frame + one.frames; });
    onset = block->captured_at +
            std::chrono::nanoseconds((frame - block->first_frame) * 1'000'000'000 / kAudioRate);
    return true;
  });
  return onset;
}

std::size_t Listener::count() {
  const std::lock_guard lock(mutex_);
  return samples_[0].size();
}

void Listener::forget() {
  const std::lock_guard lock(mutex_);
  for (auto& side : samples_) side.clear();
  blocks_.clear();
  notices_.clear();
}

}  // namespace pixelpass::capture::test
