#include "pixelpass/cli/line_writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <system_error>
#include <utility>

namespace pixelpass::cli {
namespace {

/// The signal that ends a blocked write of the writing thread; ignored by default, and used by nobody else.
constexpr int kWake = SIGURG;
/// The interval at which it is sent: one that comes just before the write begins does not end that.
constexpr Duration kWakeInterval = 5ms;
/// The interval at which a full disk is tried again: several times during a program's end.
constexpr Duration kFullInterval = 100ms;
/// Goes to the line's start and clears it.
constexpr const char* kClearLine = "\r\033[K";

void catch_wake() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigaction(kWake, &action, nullptr);  // without SA_RESTART: the write ends with EINTR
}

/// Starts a thread with all signals blocked, since they are for the network thread.
std::thread start_without_signals(auto&& body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigdelset(&all, kWake);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread thread(body);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
  } catch (const std::system_error&) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
}

/// Waits until writing is possible. It may fail with EAGAIN because another program has set O_NONBLOCK on the
/// shared descriptor.
void wait_for_room(int fd) {
  constexpr int kLookAgainMs = 1000;
  pollfd ready{fd, POLLOUT, 0};
  poll(&ready, 1, kLookAgainMs);
}

bool has_room(int fd) {
  pollfd ready{fd, POLLOUT, 0};
  return poll(&ready, 1, 0) > 0 && (ready.revents & POLLOUT) != 0;
}

std::size_t room_for(LineValue value) {
  if (value == LineValue::kStatistics) return LineWriter::kStatisticsBytes;
  return value == LineValue::kOrdinary ? LineWriter::kOrdinaryBytes : LineWriter::kResultBytes;
}

}  // namespace

LineWriter::LineWriter(int fd, std::function<std::string(std::uint64_t)> left_out)
    : fd_(fd), left_out_text_(std::move(left_out)) {}

LineWriter::~LineWriter() {
  close(Clock::now());
}

void LineWriter::write(const std::string& text, LineValue value) {
  const std::lock_guard lock(mutex_);
  if (closed_ || broken_) return;
  if (diversion_) return diversion_(text);
  append(text, value);
  wake_writer();
}

void LineWriter::set_status(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (closed_ || broken_ || diversion_ || (status_.empty() && text.empty())) return;
  // A line's end is never left out, or the next line would be glued to it.
  if (!text.empty() && pending_.size() + being_written_ + text.size() > kStatisticsBytes) return;
  if (!status_.empty()) pending_ += kClearLine;
  pending_ += text;
  status_ = text;
  wake_writer();
}

void LineWriter::forget_status() {
  const std::lock_guard lock(mutex_);
  status_.clear();
}

void LineWriter::wake_writer() {
  if (!running_ && !start_writer()) return write_here();
  changed_.notify_all();
}

bool LineWriter::start_writer() try {
  catch_wake();
  thread_ = start_without_signals([this] { run(); });
  return running_ = true;
} catch (const std::system_error&) {
  return false;
}

/// Writes on the caller's thread, where no thread can be started. What does not fit is tried again with the
/// next line.
void LineWriter::write_here() {
  while (!pending_.empty() && !broken_ && has_room(fd_)) {
    const ssize_t written = ::write(fd_, pending_.data(), std::min<std::size_t>(pending_.size(), PIPE_BUF));
    const int error = errno;
    if (written > 0) {
      pending_.erase(0, static_cast<std::size_t>(written));
      failure_ = 0;
    } else if (error != EINTR) {
      fail(error);
      if (!broken_) return;
    }
  }
}

void LineWriter::divert(std::function<void(const std::string&)> to) {
  const std::lock_guard lock(mutex_);
  // A terminal that was hung up is none any more.
  if (!to || isatty(fd_) == 1) diversion_ = std::move(to);
}

/// Appends a line, after a report of lines that were left out. After one such report the reader first gets
/// the time to catch up; otherwise each line that happens to fit would come with a report.
void LineWriter::append(const std::string& text, LineValue value) {
  const std::size_t held = pending_.size() + being_written_;
  const bool catches_up = left_out_ > 0 && held > kOrdinaryBytes / 2 && value != LineValue::kResult;
  if (catches_up || held + text.size() > room_for(value)) {
    left_out_ += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
    return;
  }
  if (left_out_ > 0) put(left_out_text_(std::exchange(left_out_, 0)) + "\n");
  put(text);
}

void LineWriter::put(const std::string& lines) {
  if (!status_.empty()) pending_ += kClearLine;
  pending_ += lines + status_;
}

void LineWriter::run() {
  std::unique_lock lock(mutex_);
  while (!stop_ && !broken_) {
    if (pending_.empty() && left_out_ > 0) put(left_out_text_(std::exchange(left_out_, 0)) + "\n");
    if (pending_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const std::string text = std::exchange(pending_, {});
    being_written_ = text.size();
    lock.unlock();
    write_out(text);
    lock.lock();
    being_written_ = 0;
    changed_.notify_all();
  }
  running_ = false;
  changed_.notify_all();
}

void LineWriter::write_out(const std::string& text) {
  std::size_t done = 0;
  while (done < text.size() && !stop_ && !broken_) {
    const ssize_t written = ::write(fd_, text.data() + done, text.size() - done);
    const int error = errno;
    if (written > 0) {
      done += static_cast<std::size_t>(written);
      failure_ = 0;
    } else if (error == EAGAIN) {
      wait_for_room(fd_);
    } else if (error != EINTR) {
      fail(error);
      if (!broken_) wait_for_space();
    }
  }
}

void LineWriter::fail(int error) {
  broken_ = !may_have_room_later(error);
  if (has_no_reader(fd_, error)) return;
  if (failure_.exchange(error) == 0 && tell_failure_) tell_failure_(error);
}

/// poll() says of any file that it can be written.
void LineWriter::wait_for_space() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kFullInterval, [this] { return stop_.load(); });
}

bool LineWriter::drain(Instant deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] {
    return broken_ || !running_ || (pending_.empty() && being_written_ == 0 && left_out_ == 0);
  });
}

void LineWriter::close(Instant deadline, Duration busy_machine) {
  const Instant last = Clock::now() + busy_machine;
  while (!drain(deadline) && failure_ == 0 && has_room(fd_) && deadline < last)
    deadline = std::max(deadline, Clock::now()) + kWakeInterval;
  std::unique_lock lock(mutex_);
  closed_ = true;
  stop_ = true;
  changed_.notify_all();
  while (running_) {
    pthread_kill(thread_.native_handle(), kWake);
    changed_.wait_for(lock, kWakeInterval);
  }
  lock.unlock();
  if (thread_.joinable()) thread_.join();
}

bool has_no_reader(int fd, int error) {
  if (error == EPIPE || error == ECONNRESET || error == EBADF) return true;
  struct stat about {};
  const bool terminal = ::fstat(fd, &about) == 0 && S_ISCHR(about.st_mode);
  return terminal && error == EIO;  // it was hung up
}

bool may_have_room_later(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

}  // namespace pixelpass::cli
