#pragma once

#include "pixelpass/encode/screen_source.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace pixelpass::encode::test {

/// A machine whose speakers play what a test says, in step with the clock, in blocks of 10 ms. Thread: any.
/// It outlives the source that captures it.
class FakeAudio {
 public:
  /// The sample that is played at a moment; nullopt: nothing plays, so nothing comes.
  using Wave = std::function<std::optional<float>(Instant at)>;

  explicit FakeAudio(Wave wave) : wave_(std::move(wave)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  MakeAudio make_audio() {
    return [this](capture::AudioCallbacks callbacks) {
      const std::lock_guard lock(mutex_);
      callbacks_ = std::move(callbacks);
      return std::make_unique<Audio>(*this);
    };
  }
  /// From now on sound comes although the source has paused the capture: what is on its way, without end.
  void ignore_pauses() {
    const std::lock_guard lock(mutex_);
    ignores_pauses_ = true;
  }
  /// Whether the source captures.
  bool wait_until_playing(bool playing) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return playing_ == playing; });
  }

 private:
  class Audio final : public capture::AudioCapture {
   public:
    explicit Audio(FakeAudio& fake) : fake_(fake) {}
    ~Audio() override {
      const std::lock_guard lock(fake_.mutex_);
      fake_.callbacks_.reset();
      fake_.playing_ = false;
    }
    Audio(const Audio&) = delete;
    Audio& operator=(const Audio&) = delete;

    void play() override { set(true); }
    void pause() override { set(false); }
    [[nodiscard]] std::string describe() const override { return "fake"; }

   private:
    void set(bool playing) {
      const std::lock_guard lock(fake_.mutex_);
      fake_.playing_ = playing;
      fake_.changed_.notify_all();
    }

    FakeAudio& fake_;
  };

  void run(const std::stop_token& stop) {
    constexpr int kFrames = capture::kAudioRate / 100;
    const Instant begin = Clock::now();
    std::condition_variable_any never;
    for (int i = 0; !stop.stop_requested(); ++i) {
      const Instant at = begin + i * 10ms;
      std::unique_lock lock(mutex_);
      never.wait_until(lock, stop, at + 10ms, [] { return false; });
      std::vector<float> block;
      for (int frame = 0; frame < kFrames; ++frame) {
        const auto sample = wave_(at + frame * 1'000'000'000ns / capture::kAudioRate);
        if (sample) block.insert(block.end(), 2, *sample);
      }
      const bool whole = block.size() == std::size_t{kFrames} * 2;
      if (whole && (playing_ || ignores_pauses_) && callbacks_) callbacks_->on_audio(block, at);
    }
  }

  const Wave wave_;
  std::mutex mutex_;  ///< guards all below
  std::optional<capture::AudioCallbacks> callbacks_;
  bool playing_ = false;
  bool ignores_pauses_ = false;
  std::condition_variable changed_;
  std::jthread thread_;
};

}  // namespace pixelpass::encode::test
