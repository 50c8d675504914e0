#pragma once

#include "pixelpass/app/host/host_console.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>

namespace pixelpass::app {

/// Tells the console the sound's level when it has changed, as often as a person can follow. Thread: network.
class AudioWatch {
 public:
  static constexpr auto kInterval = std::chrono::milliseconds(125);

  /// The level of the shared sound since the last call.
  using Ask = std::function<std::optional<AudioLevel>()>;

  /// `console` outlives it.
  AudioWatch(const boost::asio::any_io_executor& network, HostConsole& console, Ask ask);

 private:
  void wait();
  void look();

  /// How many looks in a row without sound mean that there is none; blocks of sound may be delayed for a
  /// moment.
  static constexpr int kPatience = 8;

  HostConsole& console_;
  const Ask ask_;
  boost::asio::steady_timer timer_;
  std::optional<AudioLevel> told_;
  int empty_ = 0;  ///< looks in a row
};

}  // namespace pixelpass::app
