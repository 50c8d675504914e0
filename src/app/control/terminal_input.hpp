#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::app {

/// Lines that are typed or pasted at a terminal, without blanks at their ends. The
/// terminal stays as it is: its other programs share its modes. In the background, where a read would stop
/// the process, nothing is read. Ends when the terminal's input does. Thread: network.
class TerminalInput {
 public:
  /// `terminal` is not closed. Where it cannot be opened once more, nothing is read. `on_end`: its user has
  /// ended the input (Ctrl-D); nothing follows.
  TerminalInput(boost::asio::io_context& io, int terminal, std::function<void(const std::string&)> on_line,
                std::function<void()> on_end = {});
  ~TerminalInput();
  TerminalInput(const TerminalInput&) = delete;
  TerminalInput& operator=(const TerminalInput&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::app
