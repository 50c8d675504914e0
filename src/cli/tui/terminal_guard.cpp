#include "cli/tui/terminal_guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace pixelpass::cli {
namespace {

constexpr char kArmed = 'a';
constexpr char kDisarmed = 'd';
/// CAN ends a sequence that was cut off; then: no bracketed paste, lines wrap, a cursor, no attributes, the
/// screen that was there before.
constexpr std::string_view kLeave = "\x18\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l";

/// What ends us is not to end it first.
void ignore_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU, SIGPIPE})
    signal(number, SIG_IGN);
}

/// A pipe or a socket that we had open would not end for its reader.
void keep_open(int terminal, int told) {
  const long most = sysconf(_SC_OPEN_MAX);
  const int low = terminal < told ? terminal : told;
  const int high = terminal < told ? told : terminal;
  close_range(0, static_cast<unsigned>(low) - 1, 0);
  if (low + 1 < high) close_range(static_cast<unsigned>(low) + 1, static_cast<unsigned>(high) - 1, 0);
  close_range(static_cast<unsigned>(high) + 1, most > 0 ? static_cast<unsigned>(most) : ~0U, 0);
}

/// In the child: async-signal-safe calls only.
[[noreturn]] void watch(int terminal, int told, const termios& before) {
  ignore_signals();
  keep_open(terminal, told);
  char last = kDisarmed;
  for (;;) {
    char said = 0;
    const ssize_t got = read(told, &said, 1);
    if (got == 1) last = said;
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  if (last == kArmed) give_terminal_back(terminal, before);
  _exit(0);
}

}  // namespace

void give_terminal_back(int terminal, const termios& before) {
  constexpr int kPatienceMs = 300;
  pollfd ready{terminal, POLLOUT, 0};
  poll(&ready, 1, kPatienceMs);
  const auto ignored = write(terminal, kLeave.data(), kLeave.size());
  static_cast<void>(ignored);
  tcsetattr(terminal, TCSANOW, &before);
}

TerminalGuard::TerminalGuard(int terminal, const termios& before) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  child_ = fork();
  if (child_ == 0) {
    close(ends[1]);
    watch(terminal, ends[0], before);
  }
  close(ends[0]);
  told_ = ends[1];
}

TerminalGuard::~TerminalGuard() {
  if (told_ >= 0) close(told_);
  while (child_ > 0 && waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void TerminalGuard::set_armed(bool armed) const {
  const char said = armed ? kArmed : kDisarmed;
  const auto ignored = write(told_, &said, 1);
  static_cast<void>(ignored);
}

}  // namespace pixelpass::cli
