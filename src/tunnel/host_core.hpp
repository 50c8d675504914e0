#pragma once

#include "pixelpass/tunnel/host_tunnel.hpp"

#include "tunnel/connection_set.hpp"
#include "tunnel/host_link.hpp"
#include "tunnel/ticket_secrets.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pixelpass::tunnel {

/// The host's tunnel, kept out of its header: `host_tunnel.cpp` accepts connections and has the public calls,
/// `host_sessions.cpp` finds the viewer of each connection, `host_moves.cpp` decides which of a viewer's
/// connections carries its media. Sans-IO. Thread: network.
class HostTunnel::Core final : public HostLink::Listener {
 public:
  Core(HostSettings settings, const Broadcast& broadcast, Admission& admission, Random random, Instant now,
       WallClock wall_clock)
      : settings_(std::move(settings)),
        broadcast_(broadcast),
        admission_(admission),
        random_(std::move(random)),
        tls_(TlsContext::host(settings_.identity)),
        secrets_(settings_.identity.secret()),
        now_(now),
        wall_clock_(std::move(wall_clock)) {}

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return set_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now);
  void on_broadcast() { media_changed_ = true; }
  void describe(const StreamDescription& stream);
  void send_candidates(std::uint32_t viewer, const wire::Candidates& candidates);
  void tell(std::uint32_t viewer, const wire::LeftBehind& left);
  [[nodiscard]] bool has_delivered() const;
  void kick(std::uint32_t viewer, Instant now);
  void renew_secret(const Secret& secret);
  void close(const std::string& reason, Instant now);
  std::optional<TransportEvent> poll_event();
  [[nodiscard]] std::vector<ViewerStatus> viewers() const;
  [[nodiscard]] const HostCounters& counters() const { return counters_; }

  [[nodiscard]] Instant now() const override { return now_; }
  void on_keyframe_request(HostLink& link) override;
  void on_candidates(HostLink& link, const wire::Candidates& candidates) override;
  void on_hello(HostLink& link, const wire::Hello& hello) override;
  void on_move(HostLink& link, const wire::MoveMedia& move) override;
  void on_link_closed(HostLink& link, const CloseInfo& info) override;

 private:
  /// A viewer's counters, over all of its connections.
  struct Totals {
    std::int64_t bytes = 0;  ///< media payload
    std::uint64_t skipped_groups = 0;
    std::uint64_t lost_packets = 0;

    void add(const HostLink& link) {
      lost_packets += link.connection().stats().lost_packets;
      if (!link.sender()) return;
      bytes += link.sender()->counters().bytes;
      skipped_groups += link.sender()->counters().skipped_groups;
    }
  };

  struct Session {
    std::uint32_t number = 0;
    Secret secret{};  ///< that it proved last
    std::string name;
    net::Path path;
    HostLink* link = nullptr;       ///< carries its media; null while it is away
    std::deque<HostLink*> standby;  ///< beside it; the oldest first
    HostLink* next = nullptr;       ///< of those, the one that is to take over once it is warm
    std::deque<HostLink*> ending;   ///< replaced, and not closed yet; the oldest first
    Totals before;                  ///< of connections that are closed

    [[nodiscard]] Totals totals() const {
      auto all = before;
      for (const auto* one : ending) all.add(*one);
      for (const auto* one : standby) all.add(*one);
      if (link) all.add(*link);
      return all;
    }
  };

  /// The session that the link's hello was for, whatever it does there now; null: there is none yet.
  [[nodiscard]] Session* owner_of(const HostLink& link) const;
  /// The session whose media this link carries, or null.
  [[nodiscard]] Session* session_of(const HostLink& link) const;
  /// The viewer of this number; null: it is not here.
  [[nodiscard]] Session* find_viewer(std::uint32_t viewer) const;
  Connection* accept(const net::Path& path, ByteView datagram, net::Ecn ecn, ByteView destination);
  struct Newcomer {
    std::unique_ptr<Connection> connection{};
    HostLink* link = nullptr;
  };
  Newcomer newcomer(const net::Path& path, ByteView datagram, net::Ecn ecn, ByteView destination);
  /// The secret that the hello proves, if it is one that lets its viewer in. Throws std::bad_alloc.
  [[nodiscard]] const Secret* proven_by(const HostLink& link, const wire::Hello& hello) const;
  void make_room();
  [[nodiscard]] std::uint64_t first_group_for(const wire::Hello& hello, const Session& session);
  [[nodiscard]] wire::Welcome welcome() const {
    return {.host_name = settings_.name, .stream = settings_.stream, .host_time = wall_clock_()};
  }
  void admit(HostLink& link, const wire::Hello& hello, std::uint32_t viewer, const Secret& secret);
  std::uint64_t take_over(Session& session, HostLink& old, std::uint64_t first_group);
  /// The session for which this link stands by, or null.
  [[nodiscard]] Session* session_beside(const HostLink& link) const;
  void stand_by(Session& session, HostLink& link, const wire::Hello& hello);
  void begin_move(Session& session, HostLink& to);
  void give_up_move(Session& session);
  void finish_move(const Connection& to);
  void move(Session& session, HostLink& to);
  void move_at_once(Session& session, HostLink& to);
  void on_moved(Session& session, HostLink& to, std::optional<Duration> group_age);
  void put_aside(Session& session, HostLink& link);
  void on_media_link_closed(Session& session, const CloseInfo& info);
  void let_go(HostLink& link, CloseCode code);
  void send_away(Session& session);
  void forget_old_sessions();

  HostSettings settings_;
  const Broadcast& broadcast_;
  Admission& admission_;
  Random random_;
  TlsContext tls_;
  TicketSecrets secrets_;
  Instant now_;
  WallClock wall_clock_;
  std::vector<HostLink*> links_;  // owned by their connections; the oldest first
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, HostLink*> unproven_;  ///< of those, by number
  std::map<wire::SessionId, Session> sessions_;
  std::unordered_map<std::uint32_t, Session*> by_number_;  ///< each of them
  std::unordered_map<const HostLink*, Session*> owners_;   ///< of links that are not closed
  std::deque<TransportEvent> events_;
  HostCounters counters_;
  std::unordered_map<const Connection*, Session*> moving_;  ///< those with a `next`, by its connection
  bool media_changed_ = false;
  bool closed_ = false;
  ConnectionSet set_;  // last: its connections call back into the rest while they die
};

}  // namespace pixelpass::tunnel
