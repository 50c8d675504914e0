#pragma once

#include "pixelpass/base/clock.hpp"

#include "app/control/control_message.hpp"
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

namespace pixelpass::app {

/// The socket over which programs of the same user (and root's) control a running host: the folder and the
/// socket belong to the user, and the kernel tells who connects. Each line is a request, and gets an answer
/// on a line, in order. No client can delay the host: one that does not read its answers is not read from,
/// and one that sends no requests, or too many, is disconnected. Thread: network.
class ControlServer {
 public:
  static constexpr std::size_t kMaxClients = 16;  ///< one more, and the oldest goes
  static constexpr Duration kMaxSilence = 60s;    ///< of a client
  static constexpr double kRequestBurst = 40;     ///< of one client
  static constexpr double kRequestsPerSecond = 20;

  /// Called on the network thread for each request. Its answer may come later: the client's next request
  /// waits for it, other clients' do not.
  using Answerer = std::function<void(const ControlRequest&, const ControlReply&)>;

  /// Listens in `folder`, which is created if needed; sockets of killed hosts are removed from it. Throws
  /// StartupError.
  ControlServer(boost::asio::io_context& io, const std::filesystem::path& folder, HostName host,
                Answerer answer);
  /// Removes the socket.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::app
