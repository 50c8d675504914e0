#pragma once

#include "pixelpass/app/control/control_request.hpp"
#include "pixelpass/media/audio_level.hpp"

#include <functional>
#include <optional>

namespace pixelpass::app {

/// A user interface of the running host, such as its live view. It can do what the control socket can, and no
/// more. Thread: network.
class HostConsole {
 public:
  /// Sends a request, as over the control socket. What waits for nobody is answered before it returns; the
  /// rest later, or never, where the host ends.
  using Ask = std::function<void(const ControlRequest&, const ControlReply&)>;

  virtual ~HostConsole() = default;
  /// Requests are possible from now on, but not during this call; empty: not any more.
  virtual void attach(Ask ask) = 0;
  /// The level of the sound that viewers hear, when it changes, up to some eight times a second; nullopt: no
  /// sound is shared at present.
  virtual void on_audio_level(const std::optional<AudioLevel>& level) = 0;
};

}  // namespace pixelpass::app
