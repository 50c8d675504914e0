#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::cli {

/// What libraries write to standard error by themselves, line by line, while something else is drawn on that
/// terminal. Whoever writes does not wait: what nobody has read yet is bounded (a pipe's 64 KiB), the rest is
/// lost. Where standard error is no terminal, it stays as it is. Thread: network.
class CapturedStderr {
 public:
  using OnLine = std::function<void(const std::string& line)>;

  CapturedStderr(boost::asio::io_context& io, OnLine on_line);
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
