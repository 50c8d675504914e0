#pragma once

#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/wire/control.hpp"

#include "tunnel/connection.hpp"
#include "tunnel/loss_guard.hpp"
#include "tunnel/mtu_guard.hpp"

#include <cstdint>
#include <list>
#include <optional>

namespace pixelpass::tunnel {

/// Sends one viewer the broadcast: a stream a group, the newest first. A group that is not out when a newer
/// one has been there for `latency` is reset: the viewer goes on at the newer one. What is not sent yet stays
/// in the broadcast alone, so a slow viewer costs no memory. Sans-IO. Thread: network.
class GroupSender {
 public:
  struct Counters {
    std::int64_t bytes = 0;            ///< media payload handed to streams
    std::uint64_t groups = 0;          ///< begun
    std::uint64_t skipped_groups = 0;  ///< reset, or never begun
  };

  GroupSender(const Broadcast& broadcast, Duration latency) : broadcast_(broadcast), latency_(latency) {}

  /// Begins with `first_group`, or with the newest one at the time if that is later.
  void start(Connection& connection, std::uint64_t first_group);
  /// After stop_before: goes on, with `first_group` or the newest one at the time if that is later. A group
  /// is not begun twice.
  void resume(std::uint64_t first_group);
  /// The rest of what was begun comes over another connection.
  void drop_begun();
  /// Sends no group from `group` on: another connection does.
  void stop_before(std::uint64_t group) { end_group_ = group; }
  /// After stop_before: all that was begun is sent and acknowledged.
  [[nodiscard]] bool is_finished() const;

  /// Opens streams for new groups, gives up late ones. Call before sending and when a timer fires.
  void update(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  /// See Connection::Protocol: takes frames from the broadcast onto the stream, and gives up a group whose
  /// frames are gone from there.
  SendStream* prepare_next();
  [[nodiscard]] bool wants_to_send() const;
  void on_stream_closed(const SendStream& send);
  void on_stop_sending(SendStream& send);
  /// How far the media is that this viewer is sent; nullopt when it waits for a group that has not begun.
  [[nodiscard]] std::optional<wire::MediaPosition> newest_media() const;
  /// Some of it was acknowledged lately, or there is nothing to acknowledge.
  [[nodiscard]] bool gets_through(Instant now, Duration lately) const;
  [[nodiscard]] bool has_begun(std::uint64_t group) const { return begun_ && *begun_ >= group; }
  /// Of media, since the start.
  [[nodiscard]] std::uint64_t acknowledged_bytes() const;
  /// Of media, there for this viewer and not sent yet.
  [[nodiscard]] std::size_t waiting_bytes() const;
  /// Of media that waits, or that is not acknowledged.
  [[nodiscard]] std::size_t undelivered_bytes() const;
  /// Of what was begun and is wanted, something is not acknowledged.
  [[nodiscard]] bool owes_rest() const;
  /// The viewer has acknowledged all there is for it: what it is not sent any more does not count.
  [[nodiscard]] bool has_delivered() const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Group {
    std::uint64_t number = 0;
    std::size_t next_frame = 0;
    std::size_t read_bytes = 0;  ///< payload of the frames before that
    bool ended = false;          ///< nothing more will be appended
    SendStream stream;
  };

  /// So much is in flight that nothing may follow for now.
  [[nodiscard]] bool is_held_back() const;
  [[nodiscard]] bool wants_to_send(const Group& group) const;
  void begin_new_groups();
  void top_up(Group& group);
  void drop_late(Instant now);
  void watch_losses(Instant now);
  void give_up(Group& group);
  [[nodiscard]] std::size_t unread_bytes(const Group& group) const;
  [[nodiscard]] std::optional<Instant> deadline(const Group& group) const;

  const Broadcast& broadcast_;
  Duration latency_;
  Connection* connection_ = nullptr;
  std::uint64_t next_group_ = 0;
  std::optional<std::uint64_t> begun_;  // the newest one
  std::optional<std::uint64_t> end_group_;
  std::list<Group> groups_;                // newest first; streams must not move
  std::uint64_t acknowledged_before_ = 0;  // on streams that are closed
  LossGuard guard_;
  MtuGuard mtu_guard_;
  std::uint64_t acknowledged_ = 0;  // bytes
  Instant acknowledged_at_{};       // when that grew
  Counters counters_;
};

}  // namespace pixelpass::tunnel
