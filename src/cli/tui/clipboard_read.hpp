#pragma once

#include "cli/tui/clipboard.hpp"

namespace pixelpass::cli {

/// Programs that write what is in the clipboard to their standard output, in the order in which they are
/// tried. Pure.
std::vector<std::vector<std::string>> clipboard_readers(const ClipboardPlace& place);

/// Tries the programs one after the other, each for a second at most, without waiting. Thread: network.
class ClipboardRead {
 public:
  /// Called on the network thread for each text that a program has found, until it returns true.
  using OnText = std::function<bool(const std::string& text)>;

  ClipboardRead(boost::asio::io_context& io, std::vector<std::vector<std::string>> programs, OnText on_text);
  /// No callback comes after it; a program that still runs is killed.
  ~ClipboardRead();
  ClipboardRead(const ClipboardRead&) = delete;
  ClipboardRead& operator=(const ClipboardRead&) = delete;

  /// The most that is read: more than a chat's lines around a ticket.
  static constexpr std::size_t kMaxBytes = 16 << 10;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::cli
