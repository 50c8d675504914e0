#include "cli/tui/terminal_guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace pixelpass::cli {
namespace {

constexpr int kPatienceMs = 300;
constexpr char kArmed = 'a';
constexpr char kDisarmed = 'd';
/// CAN ends a sequence that was cut off; then: no mouse, no bracketed paste, line wrap, a cursor, no
/// attributes, the former screen.
constexpr std::string_view kLeave =
    "\x18\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l";

/// Ignores signals that end us, so that the guard outlives us.
void ignore_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU, SIGPIPE})
    signal(number, SIG_IGN);
}

/// Closes all other descriptors: a pipe or socket kept open here would not end for its reader.
void keep_open(std::array<int, 3> kept) {
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int fd : kept) {
    if (fd < 0) continue;
    const auto number = static_cast<unsigned>(fd);
    if (number > next) close_range(next, number - 1, 0);
    next = number + 1;
  }
  close_range(next, ~0U, 0);
}

bool waits_for_room(int terminal) {
  pollfd ready{terminal, POLLOUT, 0};
  return poll(&ready, 1, kPatienceMs) > 0 && (ready.revents & POLLOUT) != 0;
}

/// Passes on what was written last, such as an assertion's or a sanitizer's message.
void pass_on(int unread, int terminal) {
  std::array<char, 1024> bytes{};
  for (ssize_t got = 0; (got = read(unread, bytes.data(), bytes.size())) > 0;) {
    if (!waits_for_room(terminal)) return;
    const auto ignored = write(terminal, bytes.data(), static_cast<std::size_t>(got));
    static_cast<void>(ignored);
  }
}

bool is_same(const termios& a, const termios& b) {
  return a.c_iflag == b.c_iflag && a.c_lflag == b.c_lflag && std::ranges::equal(a.c_cc, b.c_cc);
}

/// Runs in the child: async-signal-safe calls only.
[[noreturn]] void watch(int terminal, int told, int unread, const TerminalModes& modes) {
  // Renamed, so that killing all processes of our name spares it.
  prctl(PR_SET_NAME, "terminal-guard");
  keep_open({terminal, told, unread});
  char last = kDisarmed;
  for (;;) {
    char said = 0;
    const ssize_t got = read(told, &said, 1);
    if (got == 1) last = said;
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  if (last == kArmed) {
    give_terminal_back(terminal, modes);
    pass_on(unread, terminal);
  }
  _exit(0);
}

}  // namespace

TerminalModes modes_of_view(const termios& before) {
  termios ours = before;
  ours.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  ours.c_cc[VMIN] = 1;
  ours.c_cc[VTIME] = 0;
  return {before, ours};
}

bool give_terminal_back(int terminal, const TerminalModes& modes) {
  // A terminal stopped by Ctrl-S is restarted; without the stop first, it would not notice.
  tcflow(terminal, TCOOFF);
  tcflow(terminal, TCOON);
  tcflush(terminal, TCOFLUSH);
  std::string_view left = kLeave;
  while (!left.empty() && waits_for_room(terminal)) {
    const ssize_t written = write(terminal, left.data(), left.size());
    if (written <= 0) break;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  termios now{};
  // A shell that was faster has set its own modes.
  if (tcgetattr(terminal, &now) == 0 && is_same(now, modes.ours)) tcsetattr(terminal, TCSANOW, &modes.before);
  return left.empty();
}

TerminalGuard::TerminalGuard(int terminal, const TerminalModes& modes, int unread) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  child_ = fork();
  if (child_ == 0) {
    ignore_signals();
    close(ends[1]);
    watch(terminal, ends[0], unread, modes);
  }
  close(ends[0]);
  told_ = ends[1];
}

TerminalGuard::~TerminalGuard() {
  if (told_ >= 0) close(told_);
  // A stopped child would not end.
  if (child_ > 0) kill(child_, SIGCONT);
  while (child_ > 0 && waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void TerminalGuard::set_armed(bool armed) const {
  const char said = armed ? kArmed : kDisarmed;
  const auto ignored = write(told_, &said, 1);
  static_cast<void>(ignored);
}

}  // namespace pixelpass::cli
