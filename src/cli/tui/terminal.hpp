#pragma once

#include "cli/tui/keys.hpp"
#include "cli/tui/live_screen.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::cli {

/// A terminal that is all ours for a while: its other screen, keys one by one, nothing echoed. However this
/// ends, the terminal is as it was before (TerminalGuard); while the job is stopped (Ctrl-Z) or in the
/// background it is its shell's. Ctrl-C is SIGINT, as ever.
/// A thread of its own draws and reads: who shows something waits for no terminal, and what a terminal is too
/// slow for is replaced by what is newer. One at a time in a process: it has SIGTSTP, SIGCONT and SIGWINCH.
class Terminal {
 public:
  /// What is on the screen, made on the terminal's thread; of what show() gave last.
  using Painter = std::function<std::string(ScreenSize)>;
  using OnKey = std::function<void(const Key&)>;

  /// Standard input's. Null: it cannot be had (another user's, as after su; a job in the background).
  /// `on_key`: called on the terminal's thread. `unread`: see TerminalGuard.
  static std::unique_ptr<Terminal> open(OnKey on_key, int unread);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Any thread. Never waits.
  void show(Painter painter);
  /// A control sequence that shows nothing (OSC 52), between two pictures. Any thread. Never waits.
  void send(std::string sequence);

 private:
  class Impl;
  explicit Terminal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pixelpass::cli
