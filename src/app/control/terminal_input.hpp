#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::app {

/// Reads lines that are typed or pasted at a terminal, without blanks at their ends. The terminal's modes are
/// not changed, since other programs share them. Nothing is read in the background, where a read would stop
/// the process. Ends with the terminal's input. Thread: network.
class TerminalInput {
 public:
  /// `terminal` is not closed. If it cannot be opened again, nothing is read. `on_end`: the user has ended
  /// the input (Ctrl-D); nothing follows.
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
