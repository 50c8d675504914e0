#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::app {

/// Added to a signal's number to make a status, as shells do.
inline constexpr int kSignalled = 128;

/// Another run of this program, whose standard output is read line by line. It has its own process group
/// (Ctrl-C reaches it only through us), and gets SIGTERM whenever and however we die. The destructor ends it
/// (SIGTERM, SIGKILL after a second) and reaps it. Thread: network.
class ChildProcess {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;
  struct Handlers {
    std::function<void(const std::string& line)> on_line;
    std::function<void()> on_end;  ///< its standard output was closed; nothing follows
  };

  /// `command`: program and arguments. `extra`: on top of our own environment.
  /// Throws StartupError when it cannot be run.
  ChildProcess(boost::asio::io_context& io, const std::vector<std::string>& command, const Variables& extra,
               Handlers handlers);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Sends SIGTERM; its last lines still come. A stopped process is continued so that it can end.
  void terminate();
  /// Waits for the process to end, and kills it at the deadline. Blocks; no lines come.
  void end_by(Instant deadline);
  /// The status, as shells have it (128 and the signal's number). Nullopt: the process runs, or nobody has
  /// waited for it.
  [[nodiscard]] std::optional<int> status() const { return status_; }

 private:
  void read();
  /// Waits until the process has ended, without an io_context. False: it had not by the deadline.
  [[nodiscard]] bool reaped_before(Instant deadline);
  void reap();

  static constexpr std::size_t kMaxLineBytes = 1 << 20;

  Handlers handlers_;
  boost::asio::posix::stream_descriptor output_;
  std::string buffered_;
  pid_t id_ = -1;  ///< -1: reaped
  std::optional<int> status_;
  bool terminated_ = false;
};

}  // namespace pixelpass::app
