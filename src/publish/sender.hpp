#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/publish/line.hpp"

#include <cstdint>
#include <functional>

namespace pixelpass::publish {

/// A connection to one address of an engine: made by the constructor, ended by the destructor. Thread:
/// network.
class Sender {
 public:
  /// Never called from within a call of the sender, nor after its destructor.
  struct Handlers {
    std::function<void()> on_open;               ///< it takes the stream, from the next keyframe on; once
    std::function<void(Error)> on_failed;        ///< once; nothing follows
    std::function<void(Error)> on_notice = {};   ///< what does not end it
    std::function<void(Error)> on_refused = {};  ///< UDP: nobody takes the datagrams, which go on; once
    std::function<void()> on_keyframe_wanted = {};
  };

  Sender() = default;
  virtual ~Sender() = default;
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// The broadcast has a new frame; for senders of MPEG-TS.
  virtual void on_broadcast() {}
  /// A new unit; for senders of access units.
  virtual void on_unit(const AccessUnit& /*unit*/) {}
  [[nodiscard]] virtual bool wants_opus() const { return false; }
  /// Ends in order: `done` is called when the engine has heard of it, or will not. Nothing else is called
  /// then.
  virtual void leave(const std::function<void()>& done) { done(); }
  [[nodiscard]] virtual std::uint64_t bytes_sent() const = 0;
  [[nodiscard]] virtual std::uint64_t skipped_groups() const = 0;
  /// The protocol's figures for its line.
  [[nodiscard]] virtual Line line() const { return {}; }
};

}  // namespace pixelpass::publish
