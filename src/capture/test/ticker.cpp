#include "capture/test/ticker.hpp"

#include <utility>

namespace pixelpass::capture {

Ticker::Ticker(SteadyPace pace, Callbacks callbacks)
    : callbacks_(std::move(callbacks)),
      pace_(pace),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Ticker::~Ticker() = default;

void Ticker::play() {
  const std::lock_guard lock(mutex_);
  if (playing_) return;
  playing_ = true;
  ++plays_;
  changed_.notify_all();
}

void Ticker::pause() {
  const std::lock_guard lock(mutex_);
  playing_ = false;
  changed_.notify_all();
}

void Ticker::run(const std::stop_token& stop) {
  Lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, stop, [this] { return playing_; });
    if (stop.stop_requested()) return;
    tick_until_paused(lock, stop);
  }
}

void Ticker::tick_until_paused(Lock& lock, const std::stop_token& stop) {
  const unsigned play = plays_;
  const auto over = [this, play] { return !playing_ || plays_ != play; };
  pace_.start(Clock::now());
  for (;;) {
    const Instant at = pace_.next();
    lock.unlock();
    callbacks_.prepare(at);
    lock.lock();
    if (changed_.wait_until(lock, stop, at, over) || stop.stop_requested()) return;
    callbacks_.deliver(at);
    pace_.advance(Clock::now());
  }
}

}  // namespace pixelpass::capture
