#include "cli/tui/clipboard.hpp"

#include "pixelpass/base/clock.hpp"

#include "cli/tui/spawned_tool.hpp"
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/detail/base64.hpp>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <utility>

namespace pixelpass::cli {
namespace {

/// How long a program may take: one that succeeds leaves a process behind, which serves the clipboard, and
/// ends.
constexpr Duration kProgramTime = 2s;

using Programs = std::vector<std::vector<std::string>>;

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// Starts the program with the text on its standard input; a pipe holds all of it.
pid_t spawn_with(const std::vector<std::string>& command, const std::string& text) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const bool written = ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(ends[1]);
  const pid_t child = written ? spawn_tool(command, ends[0], -1) : -1;
  ::close(ends[0]);
  return child;
}

}  // namespace

ClipboardPlace clipboard_place() {
  return {is_set("WAYLAND_DISPLAY"), is_set("DISPLAY"), is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
          is_set("TMUX")};
}

std::vector<std::vector<std::string>> clipboard_programs(const ClipboardPlace& place) {
  Programs programs;
  if (place.wayland && !place.remote) programs.push_back({"wl-copy"});
  if (place.x11 && !place.remote) {
    programs.push_back({"xclip", "-selection", "clipboard"});
    programs.push_back({"xsel", "--clipboard", "--input"});
  }
  if (place.tmux) programs.push_back({"tmux", "load-buffer", "-w", "-"});
  return programs;
}

std::string clipboard_sequence(const std::string& text) {
  namespace base64 = boost::beast::detail::base64;
  std::string encoded(base64::encoded_size(text.size()), '\0');
  encoded.resize(base64::encode(encoded.data(), text.data(), text.size()));
  return "\x1b]52;c;" + encoded + "\x07";
}

class ClipboardCopy::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, Programs programs, std::string text, OnEnd on_end)
      : io_(io),
        programs_(std::make_move_iterator(programs.begin()), std::make_move_iterator(programs.end())),
        text_(std::move(text)),
        on_end_(std::move(on_end)),
        ended_(io),
        patience_(io) {}

  void try_next() {
    if (programs_.empty()) return tell("");
    name_ = programs_.front().front();
    child_ = spawn_with(programs_.front(), text_);
    programs_.pop_front();
    if (child_ < 0) return try_next();
    // The kernel expects an int, syscall() a long.
    boost::system::error_code error;
    ended_.assign(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)), error);
    if (error) return on_time_over();
    ended_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& why) {
                        if (!why) self->on_child_ended();
                      });
    patience_.expires_after(kProgramTime);
    patience_.async_wait([self = shared_from_this()](const boost::system::error_code& why) {
      if (!why) self->on_time_over();
    });
  }

  void give_up() {
    on_end_ = nullptr;
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    static_cast<void>(reap());
  }

 private:
  [[nodiscard]] int reap() {
    int status = -1;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
    boost::system::error_code ignored;
    ended_.close(ignored);
    patience_.cancel();
    return status;
  }

  void on_child_ended() {
    if (child_ <= 0) return;
    if (reap() == 0) return tell(name_);
    try_next();
  }

  void on_time_over() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    static_cast<void>(reap());
    try_next();
  }

  void tell(const std::string& program) {
    boost::asio::post(io_, [self = shared_from_this(), program] {
      if (const auto told = std::exchange(self->on_end_, nullptr)) told(program);
    });
  }

  boost::asio::io_context& io_;
  std::deque<std::vector<std::string>> programs_;
  const std::string text_;
  OnEnd on_end_;
  std::string name_;
  pid_t child_ = -1;
  boost::asio::posix::stream_descriptor ended_;  ///< a pidfd
  boost::asio::steady_timer patience_;
};

ClipboardCopy::ClipboardCopy(boost::asio::io_context& io, std::vector<std::vector<std::string>> programs,
                             std::string text, OnEnd on_end)
    : impl_(std::make_shared<Impl>(io, std::move(programs), std::move(text), std::move(on_end))) {
  impl_->try_next();
}

ClipboardCopy::~ClipboardCopy() {
  impl_->give_up();
}

}  // namespace pixelpass::cli
