#pragma once

#include "cli/tui/keys.hpp"
#include "cli/tui/live_screen.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::cli {

/// Takes over a terminal for a while: alternate screen, single keys, no echo. However this ends, the terminal
/// is restored (TerminalGuard); while the job is stopped (Ctrl-Z) or in the background it is the shell's.
/// Ctrl-C is SIGINT, as usual.
/// A thread of its own draws and reads: callers never wait for the terminal, and pictures for which it is too
/// slow are replaced by newer ones. One at a time in a process: it handles SIGTSTP, SIGCONT and SIGWINCH.
class Terminal {
 public:
  /// Makes the screen's content, on the terminal's thread, by what show() was given last.
  using Painter = std::function<std::string(ScreenSize)>;
  using OnKey = std::function<void(const Key&)>;

  /// Opens standard input's terminal. Null: it cannot be used (another user's, as after su; a job in the
  /// background). `on_key`: called on the terminal's thread. `unread`: see TerminalGuard.
  static std::unique_ptr<Terminal> open(OnKey on_key, int unread);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Shows a new picture. Any thread. Never waits.
  void show(Painter painter);
  /// Sends an invisible control sequence (OSC 52) between two pictures. Any thread. Never waits.
  void send(std::string sequence);

 private:
  class Impl;
  explicit Terminal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pixelpass::cli
