#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// Captures what libraries write to standard error, line by line, while something else is drawn on that
/// terminal. Writers never block: unread text is limited (a pipe's 64 KiB), the rest is lost. If standard
/// error is no terminal, it stays as it is. Thread: network.
class CapturedStderr {
 public:
  /// Called with all lines that have come at once.
  using OnLines = std::function<void(const std::vector<std::string>& lines)>;

  CapturedStderr(boost::asio::io_context& io, OnLines on_lines);
  /// Restores standard error; the last lines have come.
  ~CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// The descriptor with the unread text, for a process that outlives us. -1: nothing is captured.
  [[nodiscard]] int unread() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::cli
