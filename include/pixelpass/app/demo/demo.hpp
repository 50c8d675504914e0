#pragma once

#include "pixelpass/app/host/host.hpp"

namespace pixelpass::app {

struct DemoOptions {
  PictureOptions picture;
  bool audio = true;
  std::chrono::seconds duration{10};  ///< counted from the first picture
  std::string log_level = "warn";     ///< of both sides: one of the command line's names
};

/// Runs host and viewer as two processes of this program on this machine, over the real tunnel. Runs `io` on
/// this thread. Both have ended when it returns. Throws StartupError.
ExitCode run_demo(boost::asio::io_context& io, const DemoOptions& options, EventSink& events);

}  // namespace pixelpass::app
