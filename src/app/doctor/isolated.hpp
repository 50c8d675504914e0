#pragma once

#include "pixelpass/base/clock.hpp"

#include <sys/types.h>

#include <functional>
#include <string>

namespace pixelpass::app {

/// A question whose answer may never come, or that may crash the process (a driver, a plugin, a server that
/// hangs): asked in a child process, without standard streams. Several can run at once.
/// Thread: the only one of this process, since fork keeps only that.
class Isolated {
 public:
  /// Starts. `ask` runs in the child, and what it returns comes back; it must not throw.
  explicit Isolated(const std::function<std::string()>& ask);
  /// Kills the child if it still runs.
  ~Isolated();
  Isolated(const Isolated&) = delete;
  Isolated& operator=(const Isolated&) = delete;

  struct Answer {
    std::string text;
    std::string failure;  ///< in words: it did not come in time, it crashed; empty: there is an answer
  };
  /// Waits for the answer, until `deadline` at most. To be called once.
  Answer wait(Instant deadline);

 private:
  int end_child(bool kill_it);

  pid_t child_ = -1;
  int answer_ = -1;  ///< our end of a pipe
};

}  // namespace pixelpass::app
