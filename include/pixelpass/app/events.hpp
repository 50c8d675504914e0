#pragma once

#include "pixelpass/app/doctor/check.hpp"
#include "pixelpass/app/repair/leftovers.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/media/audio_level.hpp"
#include "pixelpass/media/stream_description.hpp"
#include "pixelpass/net/path.hpp"
#include "pixelpass/publish/line.hpp"
#include "pixelpass/traversal/nat_kind.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::app {

/// The events of a run, for people and scripts alike. Names and fields are a promise to scripts: add, never
/// rename.

using traversal::Reachability;

struct TicketReady {
  std::string ticket;  ///< a secret: shown to the user, never logged
  std::optional<UnixTime> expires_at;
  Reachability reachability = Reachability::kLan;
  std::string verdict = {};  ///< the same in words: how friends get here
  std::string hint = {};     ///< what would help; empty: nothing has to
};
/// The URLs where a browser shows what is shared, once there are some, and after each TicketReady: the page,
/// with the ticket behind its `#`. None: the page cannot be reached any more.
struct LinkReady {
  struct Link {
    std::string url;  ///< a secret, as the ticket in it is
    bool is_for_own_network = false;
    friend bool operator==(const Link&, const Link&) = default;
  };
  std::vector<Link> links;  ///< the one that most likely works for a friend first
};
/// Pictures are being made (again). A width, height, fps or bitrate of 0 is unknown: a stream passed through
/// from standard input.
struct Sharing {
  StreamDescription stream;
};
struct Paused {
  std::string reason;
};
struct ViewerJoined {
  std::uint32_t viewer = 0;
  std::string name;
  net::Path path;
};
struct ViewerLeft {
  std::uint32_t viewer = 0;
  std::string name;
  net::Path path;
  std::string reason;
};
/// Media goes over another path from the next group on. On the host: a viewer's; on the viewer: without a
/// number.
struct PathChanged {
  std::optional<std::uint32_t> viewer;
  net::Path from;
  net::Path to;
};

/// Events of the viewer's side from here on. All addresses of the ticket are dialled at once.
struct Connecting {
  std::vector<SocketAddress> addresses;
};
struct Connected {
  std::string host;
  net::Path path;
  Duration took{};
  /// This machine's wall clock minus the host's; JSON: `clock_ahead_ms`. None with an older host.
  std::optional<std::chrono::seconds> clock_ahead{};
};
struct EndpointReady {
  std::string url;
  std::vector<std::string> mpv;
  std::vector<std::string> vlc;
};
struct FirstFrame {
  Duration took{};  ///< since the command started
  Duration since_connect{};
};
struct Reconnecting {
  int attempt = 1;
  std::string reason;
};

/// Viewer's side: no address of the ticket answers, and there is no relay. The code has to be sent to the
/// host, over the chat by which the ticket came.
struct ReplyCodeReady {
  std::string code;
};
/// Host's side: a reply code was accepted, and its addresses are being tried.
struct ReplyCodeTaken {
  std::vector<SocketAddress> addresses;
};

/// Host's side: an engine (`--publish`) takes the stream from now on.
struct Publishing {
  std::string target;  ///< without what lets anybody in
};
/// An engine does not take the stream, or no longer; it is called again.
struct PublishFailed {
  std::string target;
  std::string what;
  std::string hint;
  Duration retry_in{};
};

/// Statistics once a second, about the last second.
struct HostStats {
  struct Viewer {
    std::uint32_t viewer = 0;
    net::Path path;
    std::int64_t bitrate_bps = 0;
    Duration rtt{};
    Duration lag{};
    std::uint64_t skipped_groups = 0;  ///< since it joined
    std::uint64_t lost_packets = 0;    ///< since it joined
    /// The part of the picture's bitrate that the viewer's line carries, as far as known, up to the cap; 0:
    /// unknown.
    std::int64_t line_bps = 0;
    bool is_player_slow = false;  ///< it does not show the pictures in time
    bool is_left_behind = false;  ///< its line carries less than the picture has: groups are left out
  };
  std::vector<Viewer> viewers;
  struct Publish {
    std::string target;
    std::string state;  ///< "connecting", "publishing" or "waiting" (to be called again)
    std::int64_t bitrate_bps = 0;
    std::uint64_t skipped_groups = 0;  ///< since the start
    publish::Line line{};              ///< SRT's own figures
  };
  std::vector<Publish> publishes{};
  double encode_fps = 0;
  Duration encode_p50{}, encode_p95{};
  std::int64_t bitrate_bps = 0;  ///< of all that is sent to a viewer
  /// Of that, as encoders made them, without what carries them; 0 of standard input, which is not looked
  /// into.
  std::int64_t picture_bps = 0, audio_bps = 0;
  double cpu_percent = 0;  ///< of one core
  std::size_t rss = 0;
  std::uint64_t dropped_frames = 0;  ///< between the source and the network, since the start
  std::int64_t target_bps = 0;       ///< what the encoder is told; 0: not known
  /// What limits the target: "cap" (what the user allows), "line of viewer 2", "player of viewer 2", "fixed"
  /// (no line limits it).
  std::string limited_by = "fixed";
  std::optional<AudioLevel> audio{};  ///< what viewers hear of; none: no sound is shared, or nobody watches
};
/// What the picture is encoded at from now on. Told when it changes, once a second at most.
struct PictureTarget {
  std::int64_t bitrate_bps = 0;
  int fps = 0;
  int width = 0, height = 0;
  std::string limited_by{};               ///< "cap" (what the user allows), "line", "player", "encoder"
  std::optional<std::uint32_t> viewer{};  ///< whose line or player it is
  friend bool operator==(const PictureTarget&, const PictureTarget&) = default;
};
struct ReceiveStats {
  std::int64_t bitrate_bps = 0;
  Duration rtt{};
  Duration lag_p50{}, lag_p95{};     ///< capture to local endpoint
  std::uint64_t skipped_groups = 0;  ///< since the start
  double fps = 0;
  net::Path path;
  double cpu_percent = 0;  ///< of one core
  std::size_t rss = 0;
  /// The time from the local endpoint to the shown picture, and the player's speed: for the player that we
  /// opened and keep at the live edge, once it has answered.
  std::optional<Duration> player_lag;
  std::optional<double> player_speed;
};

struct Ended {
  std::string reason;
  Duration elapsed{};
  std::uint64_t bytes = 0;  ///< media; host: made while somebody watched, viewer: received
  /// Viewer's side: over the whole run.
  struct Lag {
    Duration p50{}, p95{};
  };
  std::optional<Lag> lag;
};

/// Something that the user has to know, but that does not end the run.
struct Notice {
  std::string what;
  std::string hint;
  bool is_question = false;   ///< it waits for an answer: nothing is to be drawn over what is typed
  bool is_of_player = false;  ///< none is open: it could not be opened, or has failed
};
struct Failed {
  Error error;
  bool ticket_is_useless = false;  ///< viewer's side: this host lets nobody in with it any more
};

/// `demo`: its progress, and its result.
struct DemoProgress {
  int second = 0;
  int of_seconds = 0;
  double fps = 0;
  std::int64_t bitrate_bps = 0;
  Duration lag_p50{};
  std::uint64_t decoded_pictures = 0;
};
struct DemoResult {
  StreamDescription stream;
  double fps = 0;  ///< pictures a second at the viewer
  std::int64_t bitrate_bps = 0;
  Duration connect{};
  Duration first_picture{};  ///< since the viewer's command started
  Duration lag_p50{}, lag_p95{};
  double host_cpu_percent = 0;
  double viewer_cpu_percent = 0;
  std::uint64_t skipped_groups = 0;
  std::string decoder;  ///< "mpv", "avdec_h264", …; empty: nothing here could decode
  std::uint64_t decoded_pictures = 0;
  std::uint64_t decode_errors = 0;
};

/// `repair`: what became of each thing with a pixelpass tag.
struct Removed {
  Leftover what;
};
struct Left {
  Leftover what;
  std::string reason;
};
struct RepairResult {
  bool dry_run = false;
  std::size_t removed = 0;
  std::size_t left = 0;
  std::size_t failed = 0;  ///< of those left: should have gone, and did not
};

/// A running host's answer to `status`, `kick` and the like: "event" and all other fields that scripts get.
struct Answer {
  boost::json::object fields;
};

using Event =
    std::variant<TicketReady, LinkReady, Sharing, Paused, ViewerJoined, ViewerLeft, PathChanged, Connecting,
                 Connected, EndpointReady, FirstFrame, HostStats, PictureTarget, ReceiveStats, Reconnecting,
                 Ended, Notice, Failed, DemoProgress, DemoResult, Removed, Left, RepairResult, Check,
                 DoctorResult, ReplyCodeReady, ReplyCodeTaken, Publishing, PublishFailed, Answer>;

/// The destination of events. Thread: network.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event) = 0;
  /// Whether statistics are wanted.
  [[nodiscard]] virtual bool wants_stats() const { return true; }
  /// Whether the reader has gone, so that going on is pointless.
  [[nodiscard]] virtual bool broken() const { return false; }
};

}  // namespace pixelpass::app
