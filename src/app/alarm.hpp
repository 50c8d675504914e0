#pragma once

#include "pixelpass/base/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <utility>

namespace pixelpass::app {

/// A timer that calls back once; setting it again forgets the former call. Never calls from within set().
/// Tests use one with a clock that stands still. Thread: network.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void set(Duration after, std::function<void()> what) = 0;
  virtual void cancel() = 0;
  /// The current time, by this timer's clock.
  [[nodiscard]] virtual Instant now() const = 0;
};

/// A timer by the program's clock. The io_context outlives it.
class TimerAlarm final : public Alarm {
 public:
  explicit TimerAlarm(boost::asio::io_context& io) : timer_(io) {}
  void set(Duration after, std::function<void()> what) override {
    timer_.expires_after(after);
    timer_.async_wait([what = std::move(what)](const auto& error) {
      if (!error) what();
    });
  }
  void cancel() override { timer_.cancel(); }
  [[nodiscard]] Instant now() const override { return Clock::now(); }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace pixelpass::app
