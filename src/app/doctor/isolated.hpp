#pragma once

#include "pixelpass/base/clock.hpp"

#include <sys/types.h>

#include <functional>
#include <string>

namespace pixelpass::app {

/// A question whose answer may never come, or crash who asks (a driver, a plugin, a server that hangs): asked
/// in a child process, without standard streams. Many can be asked at once.
/// Thread: the only one of this process, for the child has it alone.
class Isolated {
 public:
  /// Starts. `ask` runs in the child, and what it returns comes back; it must not throw.
  explicit Isolated(const std::function<std::string()>& ask);
  /// Ends the child if it still runs.
  ~Isolated();
  Isolated(const Isolated&) = delete;
  Isolated& operator=(const Isolated&) = delete;

  struct Answer {
    std::string text;
    std::string failure;  ///< in words: it did not come in time, it crashed; empty: there is an answer
  };
  /// Waits for it, until `deadline` at most. Once.
  Answer wait(Instant deadline);

 private:
  int end_child(bool kill_it);

  pid_t child_ = -1;
  int answer_ = -1;  ///< our end of a pipe
};

}  // namespace pixelpass::app
