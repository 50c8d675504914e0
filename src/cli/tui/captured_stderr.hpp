#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// What libraries write to standard error by themselves, line by line, while something else is drawn on that
/// terminal. Whoever writes does not wait: what nobody has read yet is bounded (a pipe's 64 KiB), the rest is
/// lost. Where standard error is no terminal, it stays as it is. Thread: network.
class CapturedStderr {
 public:
  /// All that have come at once.
  using OnLines = std::function<void(const std::vector<std::string>& lines)>;

  CapturedStderr(boost::asio::io_context& io, OnLines on_lines);
  /// Standard error is what it was; the last lines have come.
  ~CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// Where it can be read: for who is there when we are not any more. -1: nothing is captured.
  [[nodiscard]] int unread() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::cli
