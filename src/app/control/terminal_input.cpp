#include "app/control/terminal_input.hpp"

#include "pixelpass/base/clock.hpp"

#include "app/control/control_message.hpp"
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>

namespace pixelpass::app {
namespace {

using boost::system::error_code;

/// Like read(2), but returns EIO where a background process would be stopped: its SIGTTIN is blocked
/// meanwhile (termios(3)).
ssize_t read_unstopped(int terminal, char* into, std::size_t size) {
  sigset_t stop;
  sigset_t before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTTIN);
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  const ssize_t got = ::read(terminal, into, size);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return got;
}

/// The terminal, opened again: we make it non-blocking, and a duplicate would share that with every other
/// user of it. -1: another user's terminal (after su).
int opened_anew(int terminal) {
  const std::string path = "/proc/self/fd/" + std::to_string(terminal);
  return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

bool is_in_background(int terminal) {
  const pid_t in_front = ::tcgetpgrp(terminal);
  return in_front > 0 && in_front != ::getpgrp();
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto begin = line.find_first_not_of(kBlanks);
  if (begin == line.npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

class TerminalInput::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, int terminal, std::function<void(const std::string&)> on_line,
       std::function<void()> on_end)
      : descriptor_(io), again_(io), on_line_(std::move(on_line)), on_end_(std::move(on_end)) {
    const int own = opened_anew(terminal);
    error_code error;
    if (own >= 0) descriptor_.assign(own, error);
    if (own >= 0 && error) ::close(own);
  }

  void wait() {
    if (!descriptor_.is_open()) return;
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](error_code error) {
                             if (!error) self->read();
                           });
  }

  void end() {
    error_code ignored;
    descriptor_.close(ignored);
    again_.cancel();
  }

 private:
  void read() {
    std::array<char, 4096> bytes{};
    const ssize_t got = read_unstopped(descriptor_.native_handle(), bytes.data(), bytes.size());
    if (got > 0) {
      take({bytes.data(), static_cast<std::size_t>(got)});
      return wait();
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
    if (got < 0 && errno == EIO && is_in_background(descriptor_.native_handle()))
      return wait_for_foreground();
    // A terminal that was hung up is no terminal any more.
    const bool by_user = got == 0 && ::isatty(descriptor_.native_handle()) == 1;
    end();
    if (by_user && on_end_) on_end_();
  }

  void wait_for_foreground() {
    constexpr Duration kLook = 1s;
    again_.expires_after(kLook);
    again_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->wait();
    });
  }

  void take(std::string_view bytes) {
    // A line that is too long cannot be a code: it is dropped, and reading goes on with the next one.
    if (!lines_.feed(bytes)) lines_ = ControlLines();
    while (const auto line = lines_.next()) on_line_(std::string(trimmed(*line)));
  }

  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer again_;
  const std::function<void(const std::string&)> on_line_;
  const std::function<void()> on_end_;
  ControlLines lines_;
};

TerminalInput::TerminalInput(boost::asio::io_context& io, int terminal,
                             std::function<void(const std::string&)> on_line, std::function<void()> on_end)
    : impl_(std::make_shared<Impl>(io, terminal, std::move(on_line), std::move(on_end))) {
  impl_->wait();
}

TerminalInput::~TerminalInput() {
  impl_->end();
}

}  // namespace pixelpass::app
