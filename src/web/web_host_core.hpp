#pragma once

#include "pixelpass/web/web_host.hpp"

#include "web/handshake_rate.hpp"
#include "web/session.hpp"
#include "web/session_index.hpp"

#include <deque>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pixelpass::web {

/// What WebHost is made of, kept out of its header: `web_host.cpp` is whose a datagram is and who has
/// something to send, `web_host_viewers.cpp` who may watch. Sans-IO. Thread: network.
class WebHost::Core {
 public:
  Core(const tunnel::Identity& identity, tunnel::Admission& admission, Random random, Instant now,
       WallClock wall_clock);

  void on_datagram(const net::Path& path, ByteView bytes, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return deadlines_.next(); }
  bool flush(net::DatagramSink& sink, Instant now);
  void on_unit(const AccessUnit& unit, Instant now);
  [[nodiscard]] bool awaits_first_picture(std::uint32_t viewer) const;
  void begin_with(std::uint32_t viewer, std::span<const AccessUnit> units, bool is_all, Instant now);
  void set_bitrate(std::int64_t bits_per_second);
  void set_limits(std::span<const LineLimit> limits);
  void tell_left_behind(std::uint32_t viewer, bool is_left_behind);
  void kick(std::uint32_t viewer, Instant now);
  void renew_secret(const Secret& secret);
  void close(const std::string& reason, Instant now);
  void set_has_h264(bool has_h264, Instant now);
  std::optional<tunnel::TransportEvent> poll_event();
  [[nodiscard]] std::vector<tunnel::ViewerStatus> viewers() const;
  [[nodiscard]] std::size_t viewer_count() const { return audience_.viewers; }
  [[nodiscard]] bool wants_opus() const { return audience_.listeners > 0; }
  [[nodiscard]] const WebHostCounters& counters() const { return counters_; }

 private:
  /// What is counted for a viewer, over all of its sessions.
  struct Totals {
    std::int64_t bytes = 0;  ///< media payload
    std::uint64_t skipped_groups = 0;
    std::uint64_t lost_packets = 0;

    void add(const Session& session);
  };
  /// Whoever has this certificate's key.
  struct Viewer {
    std::uint32_t number = 0;
    Secret secret{};  ///< that it came in with last
    std::string name;
    net::Path path;
    bool is_left_behind = false;  ///< as it was told
    Session* session = nullptr;   ///< null while it is away
    Totals before;                ///< of sessions that are over
  };

  /// Those whose viewers are here.
  struct Audience {
    std::size_t viewers = 0;
    std::size_t listeners = 0;  ///< of those, who take Opus

    void add(const Session& session);
    void remove(const Session& session);
  };

  // Datagrams. Each returns whether it was of any use.
  bool on_check(const net::Path& path, ByteView datagram);
  bool on_dtls(const net::Path& path, ByteView datagram);
  bool on_rtcp(const net::Path& path, ByteView datagram);
  bool is_signed(const UnprovenCheck& unproven, const IceLite& ice);
  /// That a newcomer has signed with; nullopt: with none that is good for it, or it may not begin.
  std::optional<IceLite> newcomers_key(const UnprovenCheck& unproven);
  Session* find_session(std::string_view user_name);
  Session& begin_session(const Check& check, const IceLite& ice);
  /// Of those who shake hands, the one whose check has come over this path last.
  Session* newest_proving(const net::Path& path);
  void make_room();
  void dismiss(Session& session);

  /// What has become of a session is looked at, and it is flushed by and by.
  void settle(Session& session);
  void touch(Session& session);
  void note_state(Session& session);
  void destroy(Session& session);

  // Viewers.
  void decide(Session& session);
  void admit(Session& session, std::uint32_t number);
  void leave(Session& session, const std::string& reason);
  void send_away(Session& session, ByeReason reason, const std::string& words);
  void note_path(Session& session);
  void note_keyframe(Session& session);
  Viewer* viewer_of(const Session& session);
  /// Null: it is away from now on. Returns the one before.
  Session* attach(Viewer& viewer, Session* session);
  [[nodiscard]] wire::SessionId id_of(const CertificateHash& certificate) const;
  void forget_old_viewers();

  tunnel::Admission& admission_;
  Random random_;
  WallClock wall_clock_;
  DtlsContext context_;
  HandshakeRate handshake_rate_;
  IceLite newest_;   ///< ticket's
  Secret id_key_{};  ///< what viewers' ids are made with: of this process
  Instant now_;
  std::int64_t bits_per_second_ = 0;                     ///< 0: not told yet
  std::unordered_map<std::uint32_t, LineLimit> limits_;  ///< by viewer
  bool has_begun_ = false;                               ///< somebody watches who was told none of these
  bool closed_ = false;
  bool has_h264_ = true;
  std::map<CertificateHash, Viewer> viewers_;
  std::deque<std::string> ended_;  ///< names of sessions whose checks are not answered any more
  std::deque<tunnel::TransportEvent> events_;
  WebHostCounters counters_;
  Audience audience_;
  std::list<Session> sessions_;  ///< the oldest first
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, Session*> proving_;  ///< of those, by number
  std::map<std::uint64_t, Session*> ending_;   ///< of those, who are told why or told goodbye; by number
  SessionIndex index_;                         ///< of all of them
  DeadlineQueue<Session> deadlines_;
  std::deque<Session*> touched_;
};

}  // namespace pixelpass::web
