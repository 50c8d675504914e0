#pragma once

#include <sys/types.h>
#include <termios.h>

namespace pixelpass::cli {

/// A terminal's modes, before and while we use it.
struct TerminalModes {
  termios before;
  termios ours;
};
/// Single keys without echo; Ctrl-C and Ctrl-Z still make signals.
TerminalModes modes_of_view(const termios& before);

/// A child process that outlives us by a moment: if we die without clean-up (SIGKILL, a crash, a second
/// Ctrl-C), it restores the terminal, and shows there what we last wrote to standard error. It keeps nothing
/// else open. Without it (fork fails) the terminal is restored only if we can do that ourselves.
class TerminalGuard {
 public:
  /// `terminal`: non-blocking; not closed here. `unread`: standard error's text that was not shown yet;
  /// non-blocking; not closed here; -1: none. Thread: any, before others use the terminal.
  TerminalGuard(int terminal, const TerminalModes& modes, int unread);
  /// Ends the child and reaps it.
  ~TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;

  /// Sets whether the terminal has to be restored if we die.
  void set_armed(bool armed) const;

 private:
  int told_ = -1;  ///< our end of the pipe
  pid_t child_ = -1;
};

/// Writes the sequence that leaves the view's screen, instead of output that the terminal has not taken, and
/// restores the modes, unless another program has set its own. `terminal`: non-blocking; one that takes
/// nothing is waited for for a moment. False: it took nothing. Async-signal-safe.
bool give_terminal_back(int terminal, const TerminalModes& modes);

}  // namespace pixelpass::cli
