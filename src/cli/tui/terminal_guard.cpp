#include "cli/tui/terminal_guard.hpp"

#include <fcntl.h>
#include <poll.h>
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
/// CAN ends a sequence that was cut off; then: no bracketed paste, lines wrap, a cursor, no attributes, the
/// screen that was there before.
constexpr std::string_view kLeave = "\x18\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l";

/// What ends us is not to end it first.
void ignore_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU, SIGPIPE})
    signal(number, SIG_IGN);
}

/// A pipe or a socket that we had open would not end for its reader.
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

/// Last words: an assertion's, a sanitizer's.
void pass_on(int unread, int terminal) {
  std::array<char, 1024> bytes{};
  for (ssize_t got = 0; (got = read(unread, bytes.data(), bytes.size())) > 0;) {
    if (!waits_for_room(terminal)) return;
    const auto ignored = write(terminal, bytes.data(), static_cast<std::size_t>(got));
    static_cast<void>(ignored);
  }
}

/// In the child: async-signal-safe calls only.
[[noreturn]] void watch(int terminal, int told, int unread, const termios& before) {
  ignore_signals();
  keep_open({terminal, told, unread});
  char last = kDisarmed;
  for (;;) {
    char said = 0;
    const ssize_t got = read(told, &said, 1);
    if (got == 1) last = said;
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  if (last == kArmed) {
    give_terminal_back(terminal, before);
    pass_on(unread, terminal);
  }
  _exit(0);
}

}  // namespace

void give_terminal_back(int terminal, const termios& before) {
  waits_for_room(terminal);
  const auto ignored = write(terminal, kLeave.data(), kLeave.size());
  static_cast<void>(ignored);
  tcsetattr(terminal, TCSANOW, &before);
}

TerminalGuard::TerminalGuard(int terminal, const termios& before, int unread) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return;
  child_ = fork();
  if (child_ == 0) {
    close(ends[1]);
    watch(terminal, ends[0], unread, before);
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
