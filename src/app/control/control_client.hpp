#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/own_file.hpp"

#include "app/control/control_message.hpp"

#include <filesystem>
#include <optional>

namespace pixelpass::app {

/// A connection to a running host. Waits for it where its thread has nothing else to do, never for ever.
class ControlClient {
 public:
  explicit ControlClient(const std::filesystem::path& socket);

  /// Nullopt: no answer within `patience`, or none that could be read.
  std::optional<boost::json::object> ask(const ControlRequest& request, Duration patience);
  /// Until the host has closed the connection, as it does when it ends. False: it has not, within `patience`.
  bool wait_for_end(Duration patience);

 private:
  bool send(std::string_view text, Instant deadline);
  /// False: no more comes, or not by then.
  bool receive(Instant deadline);

  Descriptor connection_;
  ControlLines lines_;
  bool is_closed_ = false;  ///< by the host
};

}  // namespace pixelpass::app
