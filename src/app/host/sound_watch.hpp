#pragma once

#include "pixelpass/media/sound_level.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>

namespace pixelpass::app {

/// Tells how loud the sound is, as often as a person can follow it, and when it has changed. Thread: network.
class SoundWatch {
 public:
  static constexpr auto kInterval = std::chrono::milliseconds(125);

  struct Handlers {
    std::function<std::optional<SoundLevel>()> ask;  ///< since it was asked last
    std::function<void(const std::optional<SoundLevel>&)> tell;
  };

  SoundWatch(const boost::asio::any_io_executor& network, Handlers handlers);
  void start() { wait(); }

 private:
  void wait();
  void look();

  /// Blocks of sound may be held up for a moment; only this many looks at nothing mean that there is none.
  static constexpr int kPatience = 8;

  const Handlers handlers_;
  boost::asio::steady_timer timer_;
  std::optional<SoundLevel> told_;
  int empty_ = 0;  ///< looks in a row
};

}  // namespace pixelpass::app
