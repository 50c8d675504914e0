#pragma once

#include "pixelpass/base/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <utility>

namespace pixelpass::app {

/// Calls once, after a while; whoever sets it anew has what it was set for before forgotten. Never calls from
/// within set(). Tests have one of their own, with a clock that stands still. Thread: network.
class Alarm {
 public:
  virtual ~Alarm() = default;
  virtual void set(Duration after, std::function<void()> what) = 0;
  virtual void cancel() = 0;
  /// The time that it goes by.
  [[nodiscard]] virtual Instant now() const = 0;
};

/// By the program's clock. The io_context outlives it.
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
