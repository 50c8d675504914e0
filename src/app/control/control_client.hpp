#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/own_file.hpp"

#include "app/control/control_message.hpp"

#include <filesystem>
#include <optional>

namespace pixelpass::app {

/// A connection to a running host. Blocks its thread while it waits for the host, but never for ever.
class ControlClient {
 public:
  explicit ControlClient(const std::filesystem::path& socket);

  /// The answer; nullopt: none came within `patience`, or it could not be read.
  std::optional<boost::json::object> ask(const ControlRequest& request, Duration patience);
  /// Waits until the host closes the connection, as it does when it ends. False: it has not within
  /// `patience`.
  bool wait_for_end(Duration patience);

 private:
  bool send(std::string_view text, Instant deadline);
  /// False: no more comes, or nothing came by the deadline.
  bool receive(Instant deadline);

  Descriptor connection_;
  ControlLines lines_;
  bool is_closed_ = false;  ///< by the host
};

}  // namespace pixelpass::app
