#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/broadcast/broadcast.hpp"
#include "pixelpass/media/stream_description.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/tunnel/admission.hpp"
#include "pixelpass/tunnel/identity.hpp"
#include "pixelpass/wire/control.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::tunnel {

struct HostSettings {
  Identity identity;  ///< its secret is the first ticket's
  std::string name;   ///< shown to viewers
  StreamDescription stream;
};

struct SessionOpened {
  std::uint32_t viewer = 0;  ///< number, as `Admission` gave it
  std::string name;
  net::Path path;
};
struct SessionClosed {
  std::uint32_t viewer = 0;
  std::string name;
  net::Path path;
  std::string reason;
};
/// A keyframe would help a viewer: the group with which it begins is this old, or, without an age, it begins
/// with the next one; or its player asks. Comes as often as viewers like: others decide what to do about it.
struct KeyframeWanted {
  std::uint32_t viewer = 0;
  std::optional<Duration> group_age;
};

/// A viewer's media has moved to another path, or will with the next group.
struct ViewerMoved {
  std::uint32_t viewer = 0;
  net::Path from;
  net::Path to;
};
/// Addresses at which a viewer says that it may be reached: at most kMaxCandidates, each a valid destination;
/// and at a limited rate.
struct ViewerCandidates {
  std::uint32_t viewer = 0;
  std::vector<Candidate> candidates;
  Bytes tag;       ///< as wire::Candidates
  net::Path path;  ///< that this came over
  Secret secret;   ///< of the ticket that it came in with
};

/// No event comes before its viewer has proven that it has the ticket's secret.
using TransportEvent =
    std::variant<SessionOpened, SessionClosed, KeyframeWanted, ViewerMoved, ViewerCandidates>;

/// The state of the line under the connection that carries a viewer's media. Totals are that connection's:
/// they begin anew with another one.
struct LineStatus {
  std::uint64_t acknowledged_bytes = 0;  ///< of packets, headers and all
  std::uint64_t in_flight_bytes = 0;     ///< of packets that are neither acknowledged nor lost
  std::uint64_t sent_packets = 0;
  std::uint64_t lost_packets = 0;
  std::size_t waiting_bytes = 0;  ///< of media that is there and not sent yet
  /// Of media, that wait or that nobody has acknowledged; a gap counts with what has come behind it. Nullopt:
  /// nobody counts them.
  std::optional<std::size_t> undelivered_bytes{};
  Duration latest_rtt{};  ///< with the viewer's delay in acknowledging; as is the lowest one
  Duration min_rtt{};     ///< zero: none yet
  /// Where the other side only reports now and then: when it last did. Nullopt: it acknowledges what comes as
  /// it comes.
  std::optional<Instant> reported_at{};
  bool has_audio = true;  ///< the sound track's bytes are among the acknowledged ones, where there is one
};

/// One viewer's figures. Counters cover all of its connections, and never fall.
struct ViewerStatus {
  std::uint32_t viewer = 0;
  std::string name;
  net::Path path;
  std::int64_t bytes_sent = 0;  ///< since it first joined, media payload
  Duration rtt{};
  Duration lag{};                    ///< as the viewer last reported
  std::uint64_t skipped_groups = 0;  ///< dropped by us before they were sent whole, and by the viewer
  std::uint64_t lost_packets = 0;
  bool is_player_slow = false;  ///< as the viewer last reported
  LineStatus line{};
};

struct HostCounters {
  std::uint64_t datagrams_in = 0;
  std::uint64_t datagrams_dropped = 0;  ///< noise: no connection and no valid knock
  std::uint64_t connections = 0;        ///< accepted so far
};

/// The host's half of the tunnel: answers those who know the secret, asks whether they may watch, and sends
/// each viewer the broadcast. A viewer is known by its session id, so that it keeps its place over a change
/// of connection. The id is 16 random bytes that only the viewer and the host ever see: it goes over the wire
/// encrypted, and into no event.
/// Sans-IO: no socket, no clock, no thread inside. Thread: network. `broadcast` and `admission` outlive it.
class HostTunnel final : public net::DatagramCore {
 public:
  /// `wall_clock`: the time that viewers are told.
  HostTunnel(HostSettings settings, const Broadcast& broadcast, Admission& admission, Random random,
             Instant now, WallClock wall_clock);
  ~HostTunnel() override;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  /// The broadcast has a new frame; the next flush sends it.
  void on_broadcast();
  /// Tells viewers the new description.
  void describe(const StreamDescription& stream);
  /// Tells a viewer where this host may be reached (wire::Candidates). Does nothing when it is not here.
  void send_candidates(std::uint32_t viewer, std::vector<Candidate> candidates, Bytes tag);
  /// Tells a viewer why it gets less than the others. Does nothing when it is not here.
  void tell(std::uint32_t viewer, const wire::LeftBehind& left);
  /// Whether every viewer that is here has acknowledged all that it is to get.
  [[nodiscard]] bool has_delivered() const;
  /// Tells the viewer that it is kicked, and sends it nothing more; it counts as having left. Does nothing
  /// when it is not here. `admission` has to keep it from coming back.
  void kick(std::uint32_t viewer, Instant now);
  /// Replaces the ticket's secret. Nobody new comes in with an earlier one; a viewer that came in with it may
  /// return, as its session shows. Viewers that are here stay.
  void renew_secret(const Secret& secret);
  /// Says bye to all viewers; the next flush sends it. Nothing is accepted afterwards, and media that was not
  /// delivered is lost.
  void close(const std::string& reason, Instant now);

  std::optional<TransportEvent> poll_event();
  [[nodiscard]] std::vector<ViewerStatus> viewers() const;
  [[nodiscard]] const HostCounters& counters() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace pixelpass::tunnel
