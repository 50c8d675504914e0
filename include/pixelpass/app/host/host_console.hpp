#pragma once

#include "pixelpass/app/control/control_request.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/media/audio_level.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>

namespace pixelpass::app {

/// Somebody who sits at a running host, such as its live view: has the say that others have over its control
/// socket, and no other. Thread: network.
class HostConsole {
 public:
  /// What the control socket answers to the same request.
  using Ask = std::function<Result<boost::json::object>(const ControlRequest&)>;

  virtual ~HostConsole() = default;
  /// The host can be asked from now on, but not in this call; empty: not any more.
  virtual void attach(Ask ask) = 0;
  /// How loud the sound is that viewers hear, some eight times a second at most, when it changes; nullopt:
  /// none is shared for now.
  virtual void on_audio_level(const std::optional<AudioLevel>& level) = 0;
};

}  // namespace pixelpass::app
