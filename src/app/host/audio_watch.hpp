#pragma once

#include "pixelpass/app/host/host_console.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>

namespace pixelpass::app {

/// Tells the console how loud the sound is, as often as a person can follow it, and when it has changed.
/// Thread: network.
class AudioWatch {
 public:
  static constexpr auto kInterval = std::chrono::milliseconds(125);

  /// Of what was shared since it was asked last.
  using Ask = std::function<std::optional<AudioLevel>()>;

  /// `console` outlives it.
  AudioWatch(const boost::asio::any_io_executor& network, HostConsole& console, Ask ask);

 private:
  void wait();
  void look();

  /// Blocks of sound may be held up for a moment; only this many looks at nothing mean that there is none.
  static constexpr int kPatience = 8;

  HostConsole& console_;
  const Ask ask_;
  boost::asio::steady_timer timer_;
  std::optional<AudioLevel> told_;
  int empty_ = 0;  ///< looks in a row
};

}  // namespace pixelpass::app
