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
  /// This machine's wall clock minus the host's, if the host has told its time.
  std::optional<std::chrono::seconds> clock_ahead{};
};
struct Described {
  StreamDescription stream;
};
/// One frame of a group; `frame.captured_at` is on our clock. Groups come newest first, the frames of each in
/// order.
struct MediaFrame {
  std::uint64_t group = 0;
  std::size_t index = 0;
  Frame frame;
};
/// The group has come completely (`complete`), or will never (`!complete`).
struct GroupEnded {
  std::uint64_t group = 0;
  bool complete = false;
};
/// Media has moved to another path, or will with the next group. Nothing is lost by that, except what was on
/// its way on a path that had died.
struct PathChanged {
  net::Path from;
  net::Path to;
};
/// Further addresses at which the host says that it may be reached: like the host side's `ViewerCandidates`.
struct HostCandidates {
  std::vector<Candidate> candidates;
  Bytes tag;
};
/// Why the host sends us less than others, or that it no longer does. May come as often as the host likes.
struct LeftBehind {
  wire::LeftBehind what;
};
/// The connection is silent or broken; it is dialled again automatically.
struct Reconnecting {
  int attempt = 1;
  std::string reason;
};
/// Final events; nothing follows one of these.
struct RefusedByHost {
  wire::RefusedReason reason{};
  std::optional<std::chrono::seconds> clock_ahead{};  ///< as in Connected
  /// The versions that the host speaks, where the reason is kVersion and the host has said so.
  std::optional<wire::VersionRange> versions{};
};
struct Unreachable {
  std::vector<net::Path> tried;
};
struct WrongHost {};  ///< something answers there, but not with the ticket's certificate
/// The connection was not regained within reconnect_timeout; or it was closed because of what one side sent
/// to the other, and is not dialled again.
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
/// and dials again when it falls silent. Meanwhile it tries paths that would be better (direct ones before
/// relayed ones; among equals, those with a clearly shorter round trip), moves the media there at a group's
/// boundary, and keeps a relayed connection as a spare, to which it falls back. Sans-IO. Thread: network.
class ViewerTunnel final : public net::DatagramCore {
 public:
  static constexpr std::size_t kMaxPaths = 2 * kMaxCandidates;

  /// `local`: the address that the socket is bound to. Dials with the first flush.
  ViewerTunnel(ViewerSettings settings, SocketAddress local, Random random, Instant now,
               WallClock wall_clock);
  ~ViewerTunnel() override;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  /// Adds another path to the host: one of the ticket's relay, a punched one, or one found later. It is
  /// dialled at once where it would be better than the one in use, and with the others when the host is
  /// looked for. A known path is tried again at once, however often it has failed. At most kMaxPaths are
  /// known; others are ignored.
  /// Here and below the local address matters only for a path over our own relay.
  void add_path(const net::Path& path);
  /// Removes a path. Media goes on over another one.
  void remove_path(const net::Path& path);
  /// Sets the length of the first search, counted from its beginning, instead of dial_timeout.
  void search_for(Duration whole);
  /// Tells the host where we may be reached (wire::Candidates), once it has let us in.
  void send_candidates(std::vector<Candidate> candidates, Bytes tag);

  /// Sends the report for the host's statistics, once a second.
  void report(const wire::Report& report);
  /// Gives up this group: the host need not send the rest.
  void abandon(std::uint64_t group);
  /// Asks for a keyframe soon, since a player begins. The host may have reasons not to make one.
  void request_keyframe();
  /// Says bye; the next flush sends it.
  void close(const std::string& reason, Instant now);

  std::optional<ViewerEvent> poll_event();
  [[nodiscard]] PathStats stats() const;
  /// All known paths: the ticket's first, then those that were added.
  [[nodiscard]] const std::vector<net::Path>& paths() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace pixelpass::tunnel
