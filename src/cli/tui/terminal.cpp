#include "cli/tui/terminal.hpp"

#include "pixelpass/base/clock.hpp"

#include "cli/tui/terminal_guard.hpp"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace pixelpass::cli {
namespace {

/// Switches to the alternate screen, without cursor and line wrap, with bracketed paste.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h";
constexpr std::string_view kHome = "\x1b[H";
/// How soon after an escape character the rest of a sequence comes.
constexpr Duration kKeyPause = 50ms;
/// The longest pause within a paste, on a slow line.
constexpr Duration kPastePause = 2s;
/// The least time between two pictures.
constexpr Duration kLeastTime = 40ms;

/// The eventfd for signal handlers: the one Terminal's, or none.
std::atomic<int> woken_by_signal{-1};
std::atomic<bool> stop_wanted{false};
std::atomic<bool> went_on{false};
static_assert(std::atomic<int>::is_always_lock_free);

void wake_up(int event) {
  const std::uint64_t one = 1;
  const auto ignored = ::write(event, &one, sizeof one);
  static_cast<void>(ignored);
}

void on_terminal_signal(int number) {
  const int error = errno;
  if (number == SIGTSTP) stop_wanted = true;
  if (number == SIGCONT) went_on = true;
  if (const int event = woken_by_signal; event >= 0) wake_up(event);
  errno = error;
}

constexpr std::array<int, 3> kSignals = {SIGTSTP, SIGCONT, SIGWINCH};

void handle(int number, void (*handler)(int), struct sigaction* before = nullptr) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, before);
}

bool is_in_front(int terminal) {
  return ::tcgetpgrp(terminal) == ::getpgrp();
}

/// The terminal, opened again: ours is non-blocking, and a duplicate would share that with every other user
/// of it.
int opened_terminal() {
  return ::open("/proc/self/fd/0", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

class Terminal::Impl {
 public:
  Impl(int terminal, const termios& before, OnKey on_key, int unread)
      : terminal_(terminal),
        modes_(modes_of_view(before)),
        on_key_(std::move(on_key)),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        guard_(terminal, modes_, unread) {
    woken_by_signal = wake_;
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      handle(kSignals.at(i), on_terminal_signal, &handlers_.at(i));
    thread_ = start();
  }

  ~Impl() {
    ended_ = true;
    wake_up(wake_);
    thread_.join();
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals.at(i), &handlers_.at(i), nullptr);
    woken_by_signal = -1;
    ::close(wake_);
    ::close(terminal_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void show(Painter painter) {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(painter);
    wake_up(wake_);
  }

  void send(std::string sequence) {
    const std::lock_guard lock(mutex_);
    sequences_ += sequence;
    wake_up(wake_);
  }

 private:
  /// Starts the thread with all signals blocked, except those raised by itself.
  std::thread start() {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
  }

  void run() {
    enter();
    while (!ended_) {
      wait();
      if (stop_wanted.exchange(false)) suspend();
      // After a stop (also by SIGSTOP) another program has used the terminal meanwhile.
      if (went_on.exchange(false)) lose();
      if (!is_ours_) enter();
      if (!is_ours_) continue;
      read();
      write();
      draw();
      write();
    }
    leave();
  }

  void wait() {
    std::array<pollfd, 2> ready{{{wake_, POLLIN, 0}, {terminal_, POLLIN, 0}}};
    if (!out_.empty()) ready[1].events |= POLLOUT;
    // While the terminal is another program's, that one reads from it.
    ::poll(ready.data(), is_ours_ && !is_gone_ ? 2 : 1, patience());
    std::uint64_t count = 0;
    const auto ignored = ::read(wake_, &count, sizeof count);
    static_cast<void>(ignored);
    if ((ready[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) is_gone_ = true;
  }

  /// The timeout in milliseconds; -1: none.
  [[nodiscard]] int patience() const {
    if (is_gone_) return -1;
    std::optional<Duration> until;
    if (keys_.is_pasting()) until = kPastePause;
    if (keys_.is_waiting()) until = kKeyPause;
    if (painter_ && out_.empty()) until = kLeastTime;
    return until ? static_cast<int>(to_ms(*until)) : -1;
  }

  /// Draws nothing while the terminal is another program's.
  void enter() {
    if (!is_in_front(terminal_)) return;
    guard_.set_armed(true);
    ::tcsetattr(terminal_, TCSANOW, &modes_.ours);
    is_ours_ = true;
    keys_ = {};
    out_ = kEnter;
    if (!painter_) painter_ = drawn_;
  }

  void lose() {
    is_ours_ = false;
    if (!is_in_front(terminal_)) guard_.set_armed(false);
  }

  void leave() {
    if (!is_ours_) return;
    is_ours_ = false;
    out_.clear();
    // If the terminal took nothing, the guard tries once more when we have gone.
    if (give_terminal_back(terminal_, modes_)) guard_.set_armed(false);
  }

  /// Stops the job; returns when it goes on, or at once if nobody could continue it.
  void suspend() {
    if (handlers_[0].sa_handler == SIG_IGN) return;  // who started us wants that
    leave();
    handle(SIGTSTP, SIG_DFL);
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
    ::raise(SIGTSTP);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);
    handle(SIGTSTP, on_terminal_signal);
  }

  void read() {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(terminal_, bytes.data(), bytes.size());
    if (got > 0)
      keys_.feed({bytes.data(), static_cast<std::size_t>(got)});
    else if (keys_.is_waiting() && Clock::now() - read_at_ >= kKeyPause)
      keys_.pause();
    else if (keys_.is_pasting() && Clock::now() - read_at_ >= kPastePause)
      keys_.give_up_paste();
    if (got > 0) read_at_ = Clock::now();
    while (const auto key = keys_.next()) on_key_(*key);
  }

  /// Makes a picture once the former one has been written: a slow terminal gets fewer.
  void draw() {
    {
      const std::lock_guard lock(mutex_);
      if (newest_) painter_ = std::exchange(newest_, nullptr);
      if (out_.empty()) out_ += std::exchange(sequences_, {});
    }
    const ScreenSize size = measure();
    if (size != size_ && !painter_) painter_ = drawn_;
    const Instant now = Clock::now();
    if (!painter_ || !out_.empty() || now - drawn_at_ < kLeastTime) return;
    drawn_ = std::exchange(painter_, nullptr);
    drawn_at_ = now;
    size_ = size;
    out_ += kHome;
    out_ += drawn_(size);
  }

  [[nodiscard]] ScreenSize measure() const {
    winsize window{};
    if (::ioctl(terminal_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
      return {80, 24};
    constexpr int kMost = 500;
    return {std::min<int>(window.ws_col, kMost), std::min<int>(window.ws_row, kMost)};
  }

  void write() {
    while (!out_.empty()) {
      const ssize_t written = ::write(terminal_, out_.data(), out_.size());
      if (written > 0)
        out_.erase(0, static_cast<std::size_t>(written));
      else if (errno != EINTR)
        return;
    }
  }

  const int terminal_;
  const TerminalModes modes_;
  const OnKey on_key_;
  const int wake_;
  TerminalGuard guard_;
  std::array<struct sigaction, kSignals.size()> handlers_{};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;  ///< of the next two
  Painter newest_;
  std::string sequences_;
  // The thread's own:
  bool is_ours_ = false;
  bool is_gone_ = false;  ///< hung up
  KeyParser keys_;
  Instant read_at_{};
  Painter painter_;  ///< still to be drawn
  Painter drawn_;    ///< on the screen
  Instant drawn_at_{};
  ScreenSize size_;
  std::string out_;  ///< not written yet
  std::thread thread_;
};

std::unique_ptr<Terminal> Terminal::open(OnKey on_key, int unread) {
  const int terminal = opened_terminal();
  termios before{};
  if (terminal < 0) return nullptr;
  if (::tcgetattr(terminal, &before) != 0 || !is_in_front(terminal)) {
    ::close(terminal);
    return nullptr;
  }
  return std::unique_ptr<Terminal>(
      new Terminal(std::make_unique<Impl>(terminal, before, std::move(on_key), unread)));
}

Terminal::Terminal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Terminal::~Terminal() = default;

void Terminal::show(Painter painter) {
  impl_->show(std::move(painter));
}

void Terminal::send(std::string sequence) {
  impl_->send(std::move(sequence));
}

}  // namespace pixelpass::cli
