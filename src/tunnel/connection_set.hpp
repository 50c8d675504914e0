#pragma once

#include "pixelpass/base/deadline_queue.hpp"

#include "tunnel/connection.hpp"
#include "tunnel/connection_ids.hpp"
#include "tunnel/outbox.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>

namespace pixelpass::tunnel {

struct Connection::Place final : DeadlineQueue<Place>::Element {
  std::unique_ptr<Connection> connection;
  std::list<Place>::iterator at;
  std::uint64_t number = 0;  ///< later ones have higher ones
  bool touched = false;      ///< it waits to be flushed
};

/// All connections of one socket: routing, timers, and the list of those with something to send. Work for one
/// connection does not grow with the number of the others. Sans-IO. Thread: network.
class ConnectionSet {
 public:
  ConnectionIds& ids() { return ids_; }
  Connection& add(std::unique_ptr<Connection> connection);
  /// The connection that a datagram is for, or null. `destination` gets its connection id (empty: not QUIC).
  Connection* route(ByteView datagram, ByteView& destination) const;
  /// Marks a connection that has something to send, or another timeout; called by whoever changed it, or will
  /// before the next flush.
  void touch(Connection& connection);

  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return deadlines_.next(); }
  /// Sends what is to be sent. False: the sink is full. Destroys the connections that are over.
  bool flush(net::DatagramSink& sink, Instant now);
  /// Destroys the oldest of the connections that only linger to repeat their close, until `most` are left.
  /// Those that were closed have been touched since.
  void limit_closing(std::size_t most);
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  using Member = Connection::Place;
  using Members = std::list<Member>;

  void touch(Member& member);
  /// When its time comes, and whether it lingers.
  void note(Member& member);
  void destroy(Member& member);

  ConnectionIds ids_;
  Outbox outbox_;
  Members members_;  // the oldest first
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, Member*> lingering_;  // only to repeat their close; by number
  DeadlineQueue<Member> deadlines_;
  std::deque<Member*> touched_;
};

}  // namespace pixelpass::tunnel
