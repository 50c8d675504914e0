#pragma once

#include "capture/test/steady_pace.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace pixelpass::capture {

/// The thread of a generated capture: at each moment of a steady pace it delivers what was prepared before.
/// Made paused.
/// Thread: any. The destructor stops and joins.
class Ticker {
 public:
  /// Called on the ticker's thread, with the moment that they are for. They must not call the ticker.
  struct Callbacks {
    std::function<void(Instant at)> prepare;  ///< as early as possible; may never be delivered
    std::function<void(Instant at)> deliver;  ///< not before `at`
  };

  Ticker(SteadyPace pace, Callbacks callbacks);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  /// The first moment is now. Idempotent.
  void play();
  /// Stops: nothing is delivered after this has returned. Idempotent.
  void pause();

 private:
  using Lock = std::unique_lock<std::mutex>;

  void run(const std::stop_token& stop);
  void tick_until_paused(Lock& lock, const std::stop_token& stop);

  const Callbacks callbacks_;
  std::mutex mutex_;  ///< guards the next two, and is held while something is delivered
  bool playing_ = false;
  unsigned plays_ = 0;  ///< calls of play(): what was prepared before the last one is not delivered
  std::condition_variable_any changed_;
  SteadyPace pace_;      ///< the thread's
  std::jthread thread_;  ///< last: uses all above
};

}  // namespace pixelpass::capture
