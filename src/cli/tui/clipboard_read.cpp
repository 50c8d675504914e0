#include "cli/tui/clipboard_read.hpp"

#include "pixelpass/base/clock.hpp"

#include "cli/tui/spawned_tool.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <deque>
#include <utility>

namespace pixelpass::cli {
namespace {

constexpr Duration kReaderTime = 1s;

}  // namespace

std::vector<std::vector<std::string>> clipboard_readers(const ClipboardPlace& place) {
  std::vector<std::vector<std::string>> programs;
  if (place.wayland && !place.remote) programs.push_back({"wl-paste", "--no-newline"});
  if (place.x11 && !place.remote) {
    programs.push_back({"xclip", "-selection", "clipboard", "-o"});
    programs.push_back({"xsel", "--clipboard", "--output"});
  }
  return programs;
}

class ClipboardRead::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, std::vector<std::vector<std::string>> programs, OnText on_text)
      : programs_(std::make_move_iterator(programs.begin()), std::make_move_iterator(programs.end())),
        on_text_(std::move(on_text)),
        output_(io),
        patience_(io) {}

  void try_next() {
    while (!programs_.empty() && !start()) {
    }
  }

  void give_up() {
    on_text_ = nullptr;
    programs_.clear();
    end_program();
  }

 private:
  /// Starts the program. False: it is not there.
  bool start() {
    const auto command = std::move(programs_.front());
    programs_.pop_front();
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    child_ = spawn_tool(command, -1, ends[1]);
    ::close(ends[1]);
    boost::system::error_code error;
    if (child_ > 0) output_.assign(ends[0], error);
    if (child_ <= 0 || error) {
      ::close(ends[0]);
      end_program();
      return false;
    }
    text_.clear();
    patience_.expires_after(kReaderTime);
    patience_.async_wait([self = shared_from_this()](const boost::system::error_code& why) {
      if (why) return;
      self->text_.clear();  // half a text is none
      self->on_end();
    });
    read();
    return true;
  }

  void read() {
    output_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](const boost::system::error_code& why, std::size_t got) {
          if (why == boost::asio::error::operation_aborted) return;
          self->text_.append(self->buffer_.data(), got);
          if (why || self->text_.size() >= kMaxBytes) return self->on_end();
          self->read();
        });
  }

  void on_end() {
    if (child_ <= 0) return;
    end_program();
    const auto on_text = on_text_;  // who is told may end us
    if (on_text && !text_.empty() && on_text(text_)) return give_up();
    try_next();
  }

  /// Kills the program, which has nothing more to say and must not keep us waiting.
  void end_program() {
    boost::system::error_code ignored;
    output_.close(ignored);
    patience_.cancel();
    if (child_ <= 0) return;
    ::kill(-child_, SIGKILL);  // with what it started: it has a group of its own
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
    }
    child_ = -1;
  }

  std::deque<std::vector<std::string>> programs_;
  OnText on_text_;
  boost::asio::posix::stream_descriptor output_;
  boost::asio::steady_timer patience_;
  pid_t child_ = -1;
  std::array<char, 4096> buffer_{};
  std::string text_;
};

ClipboardRead::ClipboardRead(boost::asio::io_context& io, std::vector<std::vector<std::string>> programs,
                             OnText on_text)
    : impl_(std::make_shared<Impl>(io, std::move(programs), std::move(on_text))) {
  impl_->try_next();
}

ClipboardRead::~ClipboardRead() {
  impl_->give_up();
}

}  // namespace pixelpass::cli
