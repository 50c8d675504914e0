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

/// What a signal's number is added to in a status, as a shell has it.
inline constexpr int kSignalled = 128;

/// Another run of this program, whose standard output is read line by line. It gets a process group of its
/// own (Ctrl-C reaches it through us alone), and SIGTERM when we die in whatever way. The destructor ends it
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

  /// SIGTERM; its last lines still come. One that is stopped goes on to its end.
  void terminate();
  /// Waits for its end, and kills it at the deadline. Blocks; no lines come.
  void end_by(Instant deadline);
  /// How it ended, as a shell has it (128 and the signal's number). nullopt: it runs, or nobody waited for
  /// it.
  [[nodiscard]] std::optional<int> status() const { return status_; }

 private:
  void read();
  /// Waits for its end, without an io_context.
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
