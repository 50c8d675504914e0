#pragma once

#include "pixelpass/base/clock.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace pixelpass::cli {

/// How important a line is when its reader is behind.
enum class LineValue : std::uint8_t {
  kStatistics,  ///< old a second later
  kOrdinary,
  kResult,  ///< what the program was run for: goes out before the others are thought of
};

/// Writes lines to a pipe or a terminal whose reader may block for ever; the caller never waits. A thread of
/// its own does, since O_NONBLOCK would apply to every program that shares the pipe or terminal. Lines that
/// the reader has not taken are kept up to a limit; further ones are counted, and reported as soon as there
/// is room. A full disk, or a file that may not grow, counts as such a reader: its lines are retried.
/// write(), broken(), failure(), drain() and close(): any thread.
class LineWriter {
 public:
  /// `left_out`: makes the line, without its break, that reports how many lines are missing.
  LineWriter(int fd, std::function<std::string(std::uint64_t)> left_out);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `text`: with its line break.
  void write(const std::string& text, LineValue value);
  /// Sets the terminal's last line, without a break. It is overwritten by the next status, and by every
  /// written line, after which it is shown again. Empty: there is none any more. Only if `fd` is a terminal
  /// on which a line can be overwritten.
  void set_status(const std::string& text);
  /// Forgets the status without clearing or rewriting it: the terminal is in other hands now.
  void forget_status();
  /// Sends complete lines to `to` from now on instead of `fd`, if that is a terminal on which something else
  /// is drawn; empty: to `fd` again. Called by the writer, one line at a time, and not any more when this has
  /// returned.
  void divert(std::function<void(const std::string&)> to);
  /// `tell` is called on the thread that writes when failure() becomes an errno; once, until something is
  /// written again. It must not call this writer. To be set before the first line.
  void on_failure(std::function<void(int)> tell) { tell_failure_ = std::move(tell); }
  /// Whether nothing is written any more: the reader has gone, or the file does not work.
  [[nodiscard]] bool broken() const { return broken_; }
  /// The errno with which the last attempt failed; 0: it did not. A reader that has gone does not count.
  [[nodiscard]] int failure() const { return failure_; }
  /// Waits until all lines have been taken, or until `deadline`; returns whether they have.
  bool drain(Instant deadline);
  /// On a busy machine, how long the thread may take to write what there is room for.
  static constexpr Duration kBusyMachine = 10s;
  /// Drains, then drops what the reader has no room for. Nothing is written afterwards. The destructor closes
  /// at once. `busy_machine`: added to `deadline` for the delay of this thread, not of the reader.
  void close(Instant deadline, Duration busy_machine = kBusyMachine);

  static constexpr std::size_t kStatisticsBytes = 64 << 10;
  static constexpr std::size_t kOrdinaryBytes = 1 << 20;
  static constexpr std::size_t kResultBytes = 2 << 20;

 private:
  void run();
  void write_out(const std::string& text);
  void fail(int error);
  void wait_for_space();
  void append(const std::string& text, LineValue value);
  void put(const std::string& lines);
  void wake_writer();
  bool start_writer();
  void write_here();

  const int fd_;
  const std::function<std::string(std::uint64_t)> left_out_text_;
  std::function<void(int)> tell_failure_;
  std::mutex mutex_;  ///< of what follows up to the thread
  std::condition_variable changed_;
  std::function<void(const std::string&)> diversion_;
  std::string pending_;
  std::string status_;             ///< what the terminal's last line holds once `pending_` is written
  std::size_t being_written_ = 0;  ///< bytes
  std::uint64_t left_out_ = 0;     ///< lines
  bool closed_ = false;
  bool running_ = false;  ///< the thread
  std::atomic<bool> stop_ = false;
  std::atomic<bool> broken_ = false;
  std::atomic<int> failure_ = 0;  ///< errno
  std::thread thread_;            ///< started by the first line
};

/// Whether a write to `fd` that failed with `error` (errno) had no reader any more, or never had one.
bool has_no_reader(int fd, int error);
/// Whether there may be room later: a full disk, a quota, a file that may not grow.
bool may_have_room_later(int error);

}  // namespace pixelpass::cli
