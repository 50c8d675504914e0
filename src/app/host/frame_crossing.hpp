#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/media/media_unit.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace pixelpass::app {

/// The one place where media units, and events about them, cross from a source's threads to the network
/// thread: each is posted, up to a cap on the bytes in flight. Over the cap, units are dropped up to the next
/// keyframe, and counted; that keyframe is marked (`after_gap`).
class FrameCrossing {
 public:
  /// Two seconds at 64 Mbit/s: reached only when the network thread is stuck.
  static constexpr std::size_t kDefaultCapBytes = 16 << 20;

  /// All are called on the network thread. Nothing comes after on_ended.
  struct Handlers {
    std::function<void(MediaUnit)> on_unit;
    std::function<void(Error)> on_ended;
    /// A unit may be longer as a frame than viewers accept (wire::kMaxFrameBytes), and is dropped as if over
    /// the cap. Called once, for the first.
    std::function<void(Error)> on_too_long = [](const Error&) {};
  };

  FrameCrossing(boost::asio::any_io_executor network, Handlers handlers,
                std::size_t cap_bytes = kDefaultCapBytes);
  /// Thread: network. Drops what is still in flight; no handler is called any more.
  ~FrameCrossing();
  FrameCrossing(const FrameCrossing&) = delete;
  FrameCrossing& operator=(const FrameCrossing&) = delete;

  /// Any thread. Never waits for the network thread. A unit larger than the cap still passes when nothing is
  /// in flight.
  void push(MediaUnit unit);
  /// Any thread. Ends, after all units that were pushed before.
  void end(Error error);
  /// Any thread. Runs a function on the network thread, after all units that were pushed before.
  void post(std::function<void()> what);
  /// Any thread. The frames dropped since the start.
  [[nodiscard]] std::uint64_t dropped_frames() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with the posted handlers
};

}  // namespace pixelpass::app
