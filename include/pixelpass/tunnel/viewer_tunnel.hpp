#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/media/frame.hpp"
#include "pixelpass/media/stream_description.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/wire/control.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::tunnel {

struct ViewerSettings {
  Ticket ticket;                           ///< its candidates are direct paths
  bool more_paths = false;                 ///< add_path may follow: none now is no end of the search
  std::string name;                        ///< shown to the host
  std::chrono::milliseconds latency{200};  ///< see wire::Hello
  Duration dial_timeout = 8s;              ///< for the first connection; then Unreachable
  Duration reconnect_timeout = 60s;        ///< after a loss; then Lost
};

/// The host has let us in, on the path that answered first.
struct Connected {
  std::string host_name;
  net::Path path;
  Duration took{};     ///< since the dial began
  bool again = false;  ///< a reconnection
  /// This machine's wall clock minus the host's, where the host has told it.
  std::optional<std::chrono::seconds> clock_ahead{};
};
struct Described {
  StreamDescription stream;
};
/// One frame of a group; `frame.captured_at` is on our clock. Groups come newest first, frames within one in
/// order.
struct MediaFrame {
  std::uint64_t group = 0;
  std::size_t index = 0;
  Frame frame;
};
/// The group has come whole (`complete`), or will never (`!complete`).
struct GroupEnded {
  std::uint64_t group = 0;
  bool complete = false;
};
/// Media has moved to another path, or does from the next group on; nothing of it is lost by that, but for
/// what was on its way on a path that had died.
struct PathChanged {
  net::Path from;
  net::Path to;
};
/// Where the host may be reached besides, as it says itself: as `ViewerCandidates` of the host's side.
struct HostCandidates {
  std::vector<Candidate> candidates;
  Bytes tag;
};
/// Why the host sends us less than others, or that it no longer does: as often as it likes to say so.
struct LeftBehind {
  wire::LeftBehind what;
};
/// The connection has been silent or broke; we dial again by ourselves.
struct Reconnecting {
  int attempt = 1;
  std::string reason;
};
/// Final events; nothing follows one of these.
struct RefusedByHost {
  wire::RefusedReason reason{};
  std::optional<std::chrono::seconds> clock_ahead{};  ///< as in Connected
  /// That the host speaks: kVersion, where it has said so.
  std::optional<wire::VersionRange> versions{};
};
struct Unreachable {
  std::vector<net::Path> tried;
};
struct WrongHost {};  ///< something answers there, but not with the ticket's certificate
/// Not regained within reconnect_timeout, or broken off for what one side sent the other: then it is not
/// dialled again.
struct Lost {
  std::string reason;
  bool broken_off = false;
};
struct HostLeft {
  std::string reason;
};  ///< the host said bye

using ViewerEvent =
    std::variant<Connected, Described, MediaFrame, GroupEnded, PathChanged, HostCandidates, LeftBehind,
                 Reconnecting, RefusedByHost, Unreachable, WrongHost, Lost, HostLeft>;

struct PathStats {
  Duration rtt{};
  std::uint64_t lost_packets = 0;
  std::int64_t bytes_received = 0;  ///< media payload, all connections
  net::Path path;
};

/// The viewer's half of the tunnel: dials all paths at once, keeps the first over which the host lets us in,
/// and dials again when it falls silent. Meanwhile it tries the paths that would be better (direct ones
/// before relayed ones, among equals those with clearly shorter round trips), moves the media there at a
/// group's boundary, and keeps a relayed connection as a spare, to which it falls back. Sans-IO. Thread:
/// network.
class ViewerTunnel final : public net::DatagramCore {
 public:
  static constexpr std::size_t kMaxPaths = 2 * kMaxCandidates;

  /// `local`: what the socket is bound to. Dials with the first flush.
  ViewerTunnel(ViewerSettings settings, SocketAddress local, Random random, Instant now,
               WallClock wall_clock);
  ~ViewerTunnel() override;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  /// Another way to the host: of the ticket's relay, punched, found later. Dialled at once where it would be
  /// better than the one in use, and with the others when the host is looked for. Known already: it is tried
  /// at once again, however often it was in vain. At most kMaxPaths are known; others are ignored.
  /// Here and below the local address counts for a path over our own relay alone.
  void add_path(const net::Path& path);
  /// A way is gone. Media goes on over another one.
  void remove_path(const net::Path& path);
  /// The first search goes on until so long after it began, instead of dial_timeout.
  void search_for(Duration whole);
  /// The host is told where we may be reached (wire::Candidates), once it has let us in.
  void send_candidates(std::vector<Candidate> candidates, Bytes tag);

  /// For the host's statistics, once a second.
  void report(const wire::Report& report);
  /// We have given up on this group: the host need not send the rest.
  void abandon(std::uint64_t group);
  /// A player begins: a keyframe soon would help. The host may have reasons not to make one.
  void request_keyframe();
  /// Says bye; the next flush sends it.
  void close(const std::string& reason, Instant now);

  std::optional<ViewerEvent> poll_event();
  [[nodiscard]] PathStats stats() const;
  /// All that are known: the ticket's first, then those that were added.
  [[nodiscard]] const std::vector<net::Path>& paths() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace pixelpass::tunnel
