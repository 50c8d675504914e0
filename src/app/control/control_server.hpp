#pragma once

#include "pixelpass/base/clock.hpp"

#include "app/control/control_message.hpp"
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>

namespace pixelpass::app {

/// The socket over which a running host is spoken with, by programs of its own user (and root's) alone: its
/// folder and the socket are theirs, and the kernel is asked who connects. A request a line, an answer a
/// line, in that order. Nobody keeps the host waiting: a client that does not read its answers is not read
/// from, one that writes no request or too many goes. Thread: network.
class ControlServer {
 public:
  static constexpr std::size_t kMaxClients = 16;  ///< one more, and the oldest goes
  static constexpr Duration kMaxSilence = 60s;    ///< of a client
  static constexpr double kRequestBurst = 40;     ///< of one client
  static constexpr double kRequestsPerSecond = 20;

  /// Called on the network thread for each request; the fields of the answer, or what stands in the way.
  using Answerer = std::function<Result<boost::json::object>(const ControlRequest&)>;

  /// Listens in `folder`, which is made where it is not there; what killed hosts have left there is removed.
  /// Throws StartupError.
  ControlServer(boost::asio::io_context& io, const std::filesystem::path& folder, HostName host,
                Answerer answer);
  /// The socket is gone afterwards.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::app
