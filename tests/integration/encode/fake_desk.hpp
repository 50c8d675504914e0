#pragma once

#include "pixelpass/encode/screen_source.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace pixelpass::encode::test {

using Film = std::vector<gst::Owned<GstSample>>;

/// A screen that shows what a test says. Thread: any. It outlives the source that captures it.
class FakeDesk {
 public:
  explicit FakeDesk(Size described = {}, int sources = 1) : size_(described), sources_(sources) {}

  MakeScreen make_screen() {
    return [this](capture::ScreenCallbacks callbacks) {
      const std::lock_guard lock(mutex_);
      callbacks_ = std::move(callbacks);
      return std::make_unique<Screen>(*this);
    };
  }
  /// As a capture does: only while it plays, and only what is new.
  void show(GstSample* picture, Instant captured_at = Clock::now()) {
    const std::lock_guard lock(mutex_);
    if (callbacks_ && playing_)
      callbacks_->on_picture(gst::Owned<GstSample>(gst_sample_ref(picture)), captured_at);
  }
  /// Shows one after the other, again and again, in step with the clock.
  void show_film(const Film& film, double hz) {
    film_ = std::jthread([this, &film, hz](const std::stop_token& stop) {
      const Instant begin = Clock::now();
      std::mutex mutex;
      std::condition_variable_any never;
      for (std::size_t i = 0; !stop.stop_requested(); ++i) {
        show(film[i % film.size()].get());
        const std::chrono::duration<double> due(static_cast<double>(i + 1) / hz);
        std::unique_lock lock(mutex);
        never.wait_until(lock, stop, begin + std::chrono::duration_cast<Duration>(due), [] { return false; });
      }
    });
  }
  void stop_film() { film_ = {}; }
  void end(Error error) {
    const std::lock_guard lock(mutex_);
    if (callbacks_) callbacks_->on_ended(std::move(error));
  }
  void hide(std::string reason) {
    const std::lock_guard lock(mutex_);
    if (callbacks_) callbacks_->on_hidden(std::move(reason));
  }
  void notice(Error error) {
    const std::lock_guard lock(mutex_);
    if (callbacks_) callbacks_->on_notice(std::move(error));
  }
  /// Its monitors have changed places, and the one that is shown alone has this number now.
  void rearrange(int sources, int shown) {
    const std::lock_guard lock(mutex_);
    sources_ = sources;
    shown_ = shown;
    if (callbacks_) callbacks_->on_sources();
  }
  /// What the source has said last; nullopt: nothing.
  std::optional<bool> dma_buf() const {
    const auto formats = dma_bufs();
    return formats ? std::optional(!formats->empty()) : std::nullopt;
  }
  std::optional<capture::DmaBufFormats> dma_bufs() const {
    const std::lock_guard lock(mutex_);
    return dma_bufs_;
  }
  /// So many pictures a second are of use; nullopt: nothing was said.
  std::optional<int> rate() const {
    const std::lock_guard lock(mutex_);
    return rate_;
  }
  bool wait_until_playing(bool playing, Duration patience = 30s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return playing_ == playing; });
  }

 private:
  class Screen final : public capture::ScreenCapture {
   public:
    explicit Screen(FakeDesk& desk) : desk_(desk) {}
    ~Screen() override {
      const std::lock_guard lock(desk_.mutex_);
      desk_.callbacks_.reset();
      desk_.playing_ = false;
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    void play() override { desk_.set_playing(true); }
    void pause() override { desk_.set_playing(false); }
    void allow_dma_bufs(const capture::DmaBufFormats& formats) override { desk_.set_dma_bufs(formats); }
    void limit_rate(int fps) override {
      const std::lock_guard lock(desk_.mutex_);
      desk_.rate_ = fps;
    }
    [[nodiscard]] capture::ScreenDescription describe() const override {
      const std::lock_guard lock(desk_.mutex_);
      return {"fake", desk_.size_.width, desk_.size_.height, std::nullopt, desk_.sources_, desk_.shown_};
    }

   private:
    FakeDesk& desk_;
  };

  void set_dma_bufs(const capture::DmaBufFormats& formats) {
    const std::lock_guard lock(mutex_);
    dma_bufs_ = formats;
    changed_.notify_all();
  }
  void set_playing(bool playing) {
    const std::lock_guard lock(mutex_);
    playing_ = playing;
    changed_.notify_all();
  }

  const Size size_;
  mutable std::mutex mutex_;  ///< guards all below but film_
  std::condition_variable changed_;
  std::optional<capture::ScreenCallbacks> callbacks_;
  int sources_;
  int shown_ = 0;
  bool playing_ = false;
  std::optional<capture::DmaBufFormats> dma_bufs_;
  std::optional<int> rate_;
  std::jthread film_;
};

}  // namespace pixelpass::encode::test
