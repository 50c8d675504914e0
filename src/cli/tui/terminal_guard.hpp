#pragma once

#include <sys/types.h>
#include <termios.h>

namespace pixelpass::cli {

/// A terminal's, before and while it is ours.
struct TerminalModes {
  termios before;
  termios ours;
};
/// Keys one by one, not echoed; Ctrl-C and Ctrl-Z are signals as ever.
TerminalModes modes_of_view(const termios& before);

/// A child that outlives us by a moment: where we die without a word (SIGKILL, a crash, a second Ctrl-C), it
/// gives the terminal back as it was, and shows there what we last wrote to standard error. It holds nothing
/// else of ours. Without it (fork fails) the terminal is given back by those ends alone that we live to see.
class TerminalGuard {
 public:
  /// `terminal`: not closed here; does not block. `unread`: what was written to standard
  /// error and has not been shown, not closed either, does not block; -1: nothing is. Thread: any, before
  /// others use the terminal.
  TerminalGuard(int terminal, const TerminalModes& modes, int unread);
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

/// Writes what leaves the view's screen, in place of what the terminal has not taken yet, and sets the modes,
/// unless somebody else has set theirs. `terminal`: does not block; one that takes nothing is waited for for
/// a moment. False: it did not take it. Async-signal-safe.
bool give_terminal_back(int terminal, const TerminalModes& modes);

}  // namespace pixelpass::cli
