#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/playback/output.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pixelpass::playback {

/// Serves the stream on http://127.0.0.1:PORT/<random path> to any number of players, at once or in turn.
/// Each begins at the newest group, gets whole groups, and skips (with the discontinuity indicator) when it
/// is slow. Only programs of this user and of root are answered; when root runs us, everybody's. Thread:
/// network. `broadcast` outlives it.
class HttpEndpoint final : public Output {
 public:
  /// Binds. Throws StartupError when the port is in use or the address is not a loopback one.
  HttpEndpoint(boost::asio::io_context& io, const SocketAddress& listen, const Broadcast& broadcast,
               const Random& random);
  /// Disconnects all players.
  ~HttpEndpoint() override;

  [[nodiscard]] std::string url() const;
  /// False: the kernel does not tell who owns a client, so everybody who knows the path is served.
  [[nodiscard]] bool knows_users() const;
  /// `began` is called when a player begins to read; it returns true when a newer group is on its way: the
  /// player then waits for that, a moment at most, and so begins without old pictures.
  void on_player(std::function<bool()> began);
  /// Writes the new frame to every player that is waiting for one, in this very call.
  void on_broadcast() override;
  [[nodiscard]] bool in_use() const override { return counters().players > 0; }
  /// `delivered` is called for each frame and player when the frame's last byte has been handed to the
  /// kernel; within on_broadcast() for a player that keeps up. To be set before the first player comes; it
  /// must not destroy the endpoint.
  void on_delivered(std::function<void(const Frame&)> delivered);
  /// Accepts no more players, lets them read what is left (for half a second at most), then ends their
  /// responses. `closed` is called on `io` when the last has gone; not after destruction.
  void close(std::function<void()> closed = {});

  struct Counters {
    std::size_t players = 0;    ///< reading now
    std::uint64_t served = 0;   ///< responses begun
    std::uint64_t refused = 0;  ///< another user's, wrong path or Host, bad request, too slow, too many
    std::uint64_t skipped_groups = 0;  ///< by slow players
    std::size_t buffered_bytes = 0;    ///< the most that any player is behind
  };
  [[nodiscard]] Counters counters() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::playback
