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

/// What a line is worth when its reader is behind.
enum class LineValue : std::uint8_t {
  kStatistics,  ///< old a second later
  kOrdinary,
  kResult,  ///< what the program was run for: goes out before the others are thought of
};

/// Lines to a pipe or a terminal whose reader may sleep for ever: who writes never waits. A thread of its own
/// does; O_NONBLOCK would be set for every program that has the same pipe or terminal open. What the reader
/// has not taken is kept up to a bound; what is beyond is counted, and said as soon as there is room.
/// A disk that is full, or a file that may not grow, is such a reader, too: what waits is tried again.
/// write(), broken(), disk_is_full(), drain() and close(): any thread.
class LineWriter {
 public:
  /// `left_out`: the line, without its break, that says how many are not there.
  LineWriter(int fd, std::function<std::string(std::uint64_t)> left_out);
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// `text`: with its line break.
  void write(const std::string& text, LineValue value);
  /// The terminal's last line, without a break, that is written over: by the next one, and by every line of
  /// whoever writes, which it then follows again. Empty: there is none any more. Only where `fd` is a
  /// terminal on which a line can be written over.
  void set_status(const std::string& text);
  /// It is not to be written again, nor over: the terminal is somebody else's now.
  void forget_status();
  /// Whole lines go there from now on and not to `fd`, where that is a terminal which somebody else draws on;
  /// empty: to `fd` again. Called by whoever writes, one at a time; not any more when this has returned.
  void divert(std::function<void(const std::string&)> to);
  /// `tell` is called, on the writing thread, with the errno when the disk takes nothing more, once until it
  /// does again. Before the first line.
  void on_full(std::function<void(int)> tell) { tell_full_ = std::move(tell); }
  /// The reader has gone.
  [[nodiscard]] bool broken() const { return broken_; }
  /// The disk took nothing when it was last tried.
  [[nodiscard]] bool disk_is_full() const { return full_; }
  /// Waits until all has been taken, but not longer than until `deadline`; whether it has.
  bool drain(Instant deadline);
  /// For which the thread may not have come to write what there is room for: on a machine that is too busy.
  static constexpr Duration kBusyMachine = 10s;
  /// Drains, then drops what the reader has no room for. Nothing is written any more. The destructor closes
  /// at once. `busy_machine`: on top of `deadline`, for what waits for this thread and not for the reader.
  void close(Instant deadline, Duration busy_machine = kBusyMachine);

  static constexpr std::size_t kStatisticsBytes = 64 << 10;
  static constexpr std::size_t kOrdinaryBytes = 1 << 20;
  static constexpr std::size_t kResultBytes = 2 << 20;

 private:
  void run();
  void write_out(const std::string& text);
  void wait_for_space(int error);
  void append(const std::string& text, LineValue value);
  void put(const std::string& lines);
  void wake_writer();
  bool start_writer();
  void write_here();

  const int fd_;
  const std::function<std::string(std::uint64_t)> left_out_text_;
  std::function<void(int)> tell_full_;
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
  std::atomic<bool> full_ = false;  ///< the disk
  std::thread thread_;              ///< started by the first line
};

}  // namespace pixelpass::cli
