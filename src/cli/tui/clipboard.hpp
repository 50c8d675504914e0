#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// The facts that decide which clipboard is the user's.
struct ClipboardPlace {
  bool wayland = false;
  bool x11 = false;
  bool remote = false;  ///< over SSH: the displays here are not before the user's eyes
  bool tmux = false;    ///< which by default lets no program through to its terminal's clipboard
};
ClipboardPlace clipboard_place();

/// Programs that put their standard input into the clipboard, with their arguments, in the order in which
/// they are tried. Pure.
std::vector<std::vector<std::string>> clipboard_programs(const ClipboardPlace& place);

/// The control sequence that makes the terminal do so (xterm's OSC 52), wherever it runs. Pure.
std::string clipboard_sequence(const std::string& text);

/// Tries the programs one after the other, each for two seconds at most, without waiting. Thread: network.
class ClipboardCopy {
 public:
  /// `on_end`: called on the network thread, once, with the program that took the text, or nothing.
  using OnEnd = std::function<void(const std::string& program)>;

  ClipboardCopy(boost::asio::io_context& io, std::vector<std::vector<std::string>> programs, std::string text,
                OnEnd on_end);
  /// No callback comes after it.
  ~ClipboardCopy();
  ClipboardCopy(const ClipboardCopy&) = delete;
  ClipboardCopy& operator=(const ClipboardCopy&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::cli
