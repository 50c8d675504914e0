#pragma once

#include "pixelpass/base/own_file.hpp"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pixelpass::capture::test {

/// A way to an X server over which bytes pass and descriptors get lost, as through what brings a display into
/// a container or over a network. The server takes its clients for local ones. Thread: one of its own for
/// each direction of each connection.
class XForwarder {
 public:
  /// `server`: its display, ":7". Throws std::runtime_error.
  explicit XForwarder(const std::string& server);
  ~XForwarder();
  XForwarder(const XForwarder&) = delete;
  XForwarder& operator=(const XForwarder&) = delete;

  /// Where clients connect to.
  [[nodiscard]] const std::string& display() const { return display_; }

 private:
  void accept_all();

  const std::string server_;
  const std::string display_;
  Descriptor listener_;
  std::mutex mutex_;  ///< guards the next two
  std::vector<Descriptor> ends_;
  std::vector<std::jthread> pumps_;
  std::jthread acceptor_;
};

}  // namespace pixelpass::capture::test
