#pragma once

#include <sys/types.h>
#include <termios.h>

namespace pixelpass::cli {

/// A child that outlives us by a moment: where we die without a word (SIGKILL, a crash, a second Ctrl-C), it
/// gives the terminal back as it was, and shows there what we last wrote to standard error. It holds nothing
/// else of ours. Without it (fork fails) the terminal is given back by those ends alone that we live to see.
class TerminalGuard {
 public:
  /// `terminal`: not closed here; does not block. `before`: its modes. `unread`: what was written to standard
  /// error and has not been shown, not closed either, does not block; -1: nothing is. Thread: any, before
  /// others use the terminal.
  TerminalGuard(int terminal, const termios& before, int unread);
  /// It ends and is reaped.
  ~TerminalGuard();
  TerminalGuard(const TerminalGuard&) = delete;
  TerminalGuard& operator=(const TerminalGuard&) = delete;

  /// Whether the terminal is ours now, and to be given back.
  void set_armed(bool armed) const;

 private:
  int told_ = -1;  ///< our end of the pipe
  pid_t child_ = -1;
};

/// Writes what leaves the view's screen, and sets the modes. `terminal`: does not block; one that takes
/// nothing is waited for for a moment. Async-signal-safe.
void give_terminal_back(int terminal, const termios& before);

}  // namespace pixelpass::cli
