#include "cli/tui/captured_stderr.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

namespace pixelpass::cli {
namespace {

/// Longer lines come in parts.
constexpr std::size_t kMaxCapturedLine = 1024;
/// Reads at the end: more than a pipe holds.
constexpr int kMostReadsAtEnd = 32;

}  // namespace

class CapturedStderr::Impl final : public std::enable_shared_from_this<Impl> {
 public:
  Impl(boost::asio::io_context& io, OnLines on_lines) : on_lines_(std::move(on_lines)), unread_(io) {
    std::array<int, 2> ends{};
    if (::isatty(STDERR_FILENO) != 1 || ::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    unread_.assign(ends[0]);
    before_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (before_ >= 0) ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  }

  void wait() {
    if (before_ < 0) return;
    unread_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         if (error || self->before_ < 0) return;
                         self->read();
                         self->wait();
                       });
  }

  void end() {
    if (before_ < 0) return;
    std::fflush(stderr);
    ::dup2(before_, STDERR_FILENO);
    ::close(std::exchange(before_, -1));
    for (int left = kMostReadsAtEnd; left > 0 && read(); --left) {
    }
    if (!line_.empty()) on_lines_({line_});
    boost::system::error_code ignored;
    unread_.close(ignored);
  }

  [[nodiscard]] int unread() { return before_ >= 0 ? unread_.native_handle() : -1; }

 private:
  /// Reads once, so that an endless writer does not block the thread. False: there was nothing.
  bool read() {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(unread_.native_handle(), bytes.data(), bytes.size());
    if (got <= 0) return false;
    std::vector<std::string> lines;
    for (const char c : std::string_view(bytes.data(), static_cast<std::size_t>(got))) take(c, lines);
    if (!lines.empty()) on_lines_(lines);
    return true;
  }

  void take(char c, std::vector<std::string>& lines) {
    if (c != '\n') line_ += c;
    if (c != '\n' && line_.size() < kMaxCapturedLine) return;
    lines.push_back(std::exchange(line_, {}));
  }

  const OnLines on_lines_;
  boost::asio::posix::stream_descriptor unread_;
  int before_ = -1;  ///< standard error as it was; -1: as it is
  std::string line_;
};

CapturedStderr::CapturedStderr(boost::asio::io_context& io, OnLines on_lines)
    : impl_(std::make_shared<Impl>(io, std::move(on_lines))) {
  impl_->wait();
}

CapturedStderr::~CapturedStderr() {
  impl_->end();
}

int CapturedStderr::unread() const {
  return impl_->unread();
}

}  // namespace pixelpass::cli
