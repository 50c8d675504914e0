#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/publish/line.hpp"
#include "pixelpass/publish/target.hpp"
#include "pixelpass/traversal/name_lookup.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace pixelpass::publish {

/// How an engine's name is looked up.
struct Lookup {
  traversal::NameLookup::Resolve resolve;  ///< empty: as the system does
  Duration again = 30s;                    ///< after which one whose addresses all refuse is looked up anew
};

/// Brings a broadcast to one engine: calls it, sends from a keyframe on, and calls again when it goes away or
/// refuses, with growing pauses (a second to half a minute). A slow engine loses whole groups over TCP or
/// WHIP; over SRT, the rest of a group that has lost packets on our side; over UDP, packets, which nobody
/// reports. Nothing else is affected. Thread: network. `broadcast` and the io_context outlive it.
class Publisher {
 public:
  enum class State : std::uint8_t {
    kConnecting,
    kPublishing,
    kWaiting,  ///< until it is called again
  };
  struct Counters {
    std::uint64_t bytes_sent = 0;      ///< since the start
    std::uint64_t skipped_groups = 0;  ///< since the start
  };
  /// Called from the io_context, never from within a call.
  struct Handlers {
    /// The engine takes the stream. For an engine that closed at once before, this is told only when it has
    /// kept the connection.
    std::function<void()> on_publishing;
    /// The engine does not take the stream, or no longer. A repeated failure is not told again.
    std::function<void(const Error&, Duration retry_in)> on_failed;
    std::function<void(const Error&)> on_notice;
    /// A library hangs in a connection's end. From now on the process may only end without destroying what
    /// that uses (_exit(2)).
    std::function<void(const Error&)> on_hung = [](const Error&) {};
    /// state() or wants_opus() is another one. An engine begins with the next keyframe, which is worth being
    /// asked for.
    std::function<void()> on_state = [] {};
    /// The engine reports a lost picture, or has a newcomer.
    std::function<void()> on_keyframe_wanted = [] {};
  };

  /// `has_audio`: units may be Opus, if somebody wants that.
  Publisher(boost::asio::io_context& io, Target target, const Broadcast& broadcast, Handlers handlers,
            bool has_audio = false, const Lookup& lookup = {});
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void start();
  /// The broadcast has a new frame.
  void on_broadcast();
  /// An encoder's unit: H.264 or Opus.
  void on_unit(const AccessUnit& unit);
  /// It is over: the engine is told so, where its protocol has a way to, and called no more. `done` comes
  /// within three seconds, also where a library hangs; nothing else does but on_hung.
  void stop(const std::function<void()>& done);

  [[nodiscard]] State state() const;
  [[nodiscard]] bool wants_opus() const;
  [[nodiscard]] const Target& target() const;
  [[nodiscard]] Counters counters() const;
  [[nodiscard]] Line line() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pixelpass::publish
