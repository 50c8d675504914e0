#pragma once

#include "pixelpass/base/error.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/types.h>

#include <functional>

namespace pixelpass::app {

/// Handles SIGINT, SIGTERM, and SIGHUP unless it is ignored (nohup). The first one calls `on_first` on the
/// network thread. A second SIGINT or SIGTERM ends the process at once with kInterrupted, whatever any thread
/// is doing; so does the first one while there is no Interrupts. One object at a time.
class Interrupts {
 public:
  /// To be called once, first thing in main.
  static void install();
  /// Ends the process at once, as a second signal does.
  [[noreturn]] static void leave(ExitCode code = ExitCode::kInterrupted);
  /// Notes that a thread that hangs in a library is left behind: once all else is finished, main has to end
  /// with leave(), since what that thread uses must not be destroyed. Thread: network.
  static void leave_at_end();
  /// Whether only Ctrl-C (SIGINT) has come, which ends what a menu has started, but not the menu. The next
  /// signal then counts as a first one again. Thread: network, without an Interrupts.
  [[nodiscard]] static bool take_key();
  [[nodiscard]] static bool leaves_at_end();

  Interrupts(boost::asio::io_context& io, std::function<void()> on_first);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Adds a process that is killed when this one ends at once, even if it is stopped at that time. Remove it
  /// before it is reaped: afterwards its id may be another process's.
  static void add_dependent(pid_t id);
  static void remove_dependent(pid_t id);

 private:
  boost::asio::posix::stream_descriptor signalled_;
};

}  // namespace pixelpass::app
