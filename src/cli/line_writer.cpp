#include "pixelpass/cli/event_sinks.hpp"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace pixelpass::cli {
namespace {

constexpr int kNoWait = 0;
constexpr int kLastWaitMs = 500;

}  // namespace

LineWriter::~LineWriter() {
  flush(kLastWaitMs);
}

void LineWriter::write(const std::string& line, bool droppable) {
  const std::size_t room = droppable ? kBehindBytes : kMaxPendingBytes;
  if (broken_ || pending_.size() + line.size() > room) return;
  pending_ += line;
  flush(kNoWait);
}

void LineWriter::flush(int wait_ms) {
  while (!broken_ && !pending_.empty()) {
    pollfd ready{fd_, POLLOUT, 0};
    if (poll(&ready, 1, wait_ms) <= 0) return;
    // A pipe that is ready takes PIPE_BUF bytes without blocking (pipe(7)).
    const ssize_t written = ::write(fd_, pending_.data(), std::min<std::size_t>(pending_.size(), PIPE_BUF));
    if (written > 0) {
      pending_.erase(0, static_cast<std::size_t>(written));
    } else if (errno != EAGAIN && errno != EINTR) {
      broken_ = true;
    }
  }
}

}  // namespace pixelpass::cli
