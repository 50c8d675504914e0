#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/view/view.hpp"
#include "pixelpass/base/random.hpp"
#include "pixelpass/base/token_bucket.hpp"
#include "pixelpass/playback/player_pace.hpp"
#include "pixelpass/playback/receiver.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "app/meters.hpp"
#include "app/view/failures.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace pixelpass::app {

/// The events of a viewer's session.
using ViewEvent = std::variant<Notice, Connecting, Connected, PathChanged, EndpointReady, FirstFrame,
                               Reconnecting, ReceiveStats, Failed>;

/// What the session wants of the owner of the outputs.
enum class ViewCommand : std::uint8_t {
  kOpenPlayer,    ///< the stream is there, or the user wants the player back
  kAskUser,       ///< question(); answers are for on_answer()
  kDrainOutputs,  ///< nothing more comes: players may read the rest, then on_drained() is to be called
  kEnd,           ///< close(), close the outputs, tell ended(); once, and nothing follows
};

/// The outputs' and the process's part of the statistics, since the last call.
struct ViewLoad {
  std::size_t buffered_bytes = 0;  ///< the most that any player is behind
  double cpu_percent = 0;          ///< of one core
  std::size_t rss = 0;             ///< bytes
  std::optional<Duration> player_lag;
  std::optional<double> player_speed;
  std::uint64_t player_dropped = 0;  ///< pictures, too late to be shown
};

/// The facts that are told once the stream is there.
struct ViewPlace {
  EndpointReady endpoint;
  std::vector<Notice> notices;
};

struct ViewerSessionSettings {
  tunnel::ViewerSettings tunnel;
  Instant started_at{};              ///< when the command began
  std::optional<Duration> duration;  ///< stops by itself, so long after start()
  /// Whether statistics are told, except while the user is asked something; the host is told in any case.
  bool wants_stats = true;
  std::function<ViewLoad()> load;  ///< asked once a second
  PlayerEnd player_end = PlayerEnd::kUsual;
  /// net::why_nothing_is_sent, asked if no host has answered; none: unknown.
  std::function<std::optional<int>(const std::vector<net::Path>&)> why_unsent;
  /// net::narrow_line, asked when the host does not answer, at first or any more; none: unknown.
  std::function<std::optional<net::NarrowLine>(const std::vector<net::Path>&)> narrow_line;
};

/// One run of a viewer: how it connects, its events and statistics, and what ends it. Its receiver gives the
/// stream to the outputs, which others own. Driven like its tunnel, to which it passes datagrams and timers;
/// advance() handles what has come. After each call, poll_event() and then poll_command() are to be drained.
/// Sans-IO. Thread: network. Owns: tunnel and receiver.
class ViewerSession final : public net::DatagramCore {
 public:
  /// The most notices at once about a thin line; a host's further ones are dropped.
  static constexpr double kLeftBehindBurst = 4;
  static constexpr double kLeftBehindPerSecond = 0.1;
  /// After this long without an answer a viewer that nobody watches ends.
  static constexpr Duration kAnswerTime = 1min;
  /// A first picture that takes longer is told of.
  static constexpr Duration kPictureWithin = 5s;
  /// The answer that ends the view.
  static constexpr const char* kNoMore = "q";

  /// `local`: the address that the socket is bound to. Dials with the first flush.
  ViewerSession(ViewerSessionSettings settings, SocketAddress local, Random random, Instant now,
                WallClock wall_clock);

  void start(ViewPlace place, Instant now);
  /// Handles the result of datagrams and timeouts, and delivers media; to be called once for each batch.
  void advance(Instant now);

  // Reports of an output, once it has been removed from the receiver, and of the player that was opened. The
  // stream goes on while any output takes it.
  void on_recording_failed(const Error& error, std::uint64_t saved_bytes);
  /// The recording has something to tell, and goes on.
  void on_recording_notice(Notice notice) { tell(std::move(notice)); }
  /// `why` with ExitCode::kDone: its reader has gone.
  void on_pipe_ended(const Error& why);
  void on_player_opened() { player_watches_ = true; }
  void on_player_not_opened(const Error& why, Instant now);
  /// `status`: as PlayerProcess has it.
  void on_player_exit(int status, Instant now);
  /// The question after kAskUser: what became of the player, and whether it is to be opened again.
  [[nodiscard]] Notice question() const;
  /// A line typed after that: an empty one opens the player again, kNoMore ends; others are ignored.
  void on_answer(const std::string& line);
  /// A player begins to read. True: it would get old pictures, and a newer group was asked for.
  bool on_player_begins(Instant now);
  void on_drained();

  /// The facts to tell if the host is not reached.
  void on_code_tried(bool is_shown, traversal::NatKind nat) {
    ways_tried_.code = is_shown;
    ways_tried_.nat = nat;
  }
  /// Nullopt: the relay works.
  void on_relay_tried(std::optional<Error> failure) { ways_tried_.relay = std::move(failure); }
  /// Ends the run; the first reason counts.
  void stop(const std::string& reason, ExitCode code);
  /// Says bye to the host with the next flush.
  void close(Instant now);
  /// After close(): the end of the recording could not be written, so the run must not count as a success.
  void on_recording_cut_short(const Error& failure);
  /// The last event, after close().
  [[nodiscard]] Ended ended(Instant now) const;
  /// The exit code; nullopt: the run goes on.
  [[nodiscard]] std::optional<ExitCode> exit_code() const { return exit_code_; }

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override;
  [[nodiscard]] std::optional<Instant> next_timeout() const override;
  bool flush(net::DatagramSink& sink, Instant now) override;

  std::optional<ViewEvent> poll_event();
  std::optional<ViewCommand> poll_command();
  /// Further addresses of the host, as it says, for whoever punches holes.
  std::optional<tunnel::HostCandidates> poll_candidates() { return std::exchange(candidates_, std::nullopt); }
  /// The tunnel, for whoever finds more paths to the host.
  [[nodiscard]] tunnel::ViewerTunnel& tunnel() { return tunnel_; }
  /// The path over which the host has let us in, and media comes or will come.
  [[nodiscard]] const std::optional<net::Path>& path() const { return path_; }
  [[nodiscard]] playback::Receiver& receiver() { return receiver_; }

 private:
  void handle(const tunnel::Connected& connected, Instant now);
  void handle(const tunnel::RefusedByHost& refused);
  void handle(const tunnel::Described& described);
  void handle(const tunnel::MediaFrame& media, Instant now);
  void handle(const tunnel::GroupEnded& ended, Instant now);
  /// What the statistics show of it is enough.
  void handle(const tunnel::PathChanged& changed);
  void handle(const tunnel::HostCandidates& candidates);
  void handle(const tunnel::LeftBehind& left, Instant now);
  void handle(const tunnel::Reconnecting& reconnecting);
  void handle(const tunnel::HostLeft& left);
  void handle(const tunnel::Unreachable& unreachable);
  void handle(const tunnel::Lost& lost);
  template <class FinalFailure>
  void handle(const FinalFailure& failure);

  void deliver(Instant now);
  void announce();
  void tell(ViewEvent event);
  void tell_of_refusal(mpegts::MediaFilter::Refusal why);
  /// Ends the run after several connections in a row that brought only refused media.
  void judge_lost_connection();
  void take_stats(Instant now);
  void look_for_picture(Instant now);
  void judge_player(const ViewLoad& load, double pictures);
  void on_time_up();
  void on_unreachable(const tunnel::Unreachable& unreachable);
  [[nodiscard]] std::optional<net::NarrowLine> narrow(const std::vector<net::Path>& paths) const;
  void on_player_gone(const Error& why, Instant now);
  void on_no_answer(Instant now);
  void fail(const Error& error);
  [[nodiscard]] bool is_watched() const { return player_watches_ || receiver_.in_use(); }
  [[nodiscard]] std::vector<SocketAddress> addresses() const;

  const ViewerSessionSettings settings_;
  const WallClock wall_clock_;
  tunnel::ViewerTunnel tunnel_;
  playback::Receiver receiver_;
  Rate received_;
  playback::PlayerPace player_pace_;
  ViewPlace place_;
  std::deque<ViewEvent> events_;
  std::deque<ViewCommand> commands_;
  std::optional<tunnel::HostCandidates> candidates_;  ///< the newest
  std::optional<net::Path> path_;
  std::vector<net::Path> last_path_;  ///< on which the host was lost; none: it never was
  WaysTried ways_tried_;
  std::optional<Instant> connected_at_;  ///< the first time
  Instant stats_since_;
  std::optional<Instant> stats_at_;        ///< the next ones
  std::optional<Instant> deadline_;        ///< of the run
  std::optional<Instant> answer_by_;       ///< the user is being asked
  std::optional<Error> player_end_;        ///< what the user is asked about
  std::optional<std::string> last_words_;  ///< why nothing more comes: outputs are being drained
  std::optional<std::string> end_reason_;
  std::uint64_t bytes_received_ = 0;  ///< at close()
  std::optional<ExitCode> exit_code_;
  bool told_to_wait_ = false;
  int refused_connections_ = 0;      ///< in a row, whose media was refused
  std::uint64_t passed_before_ = 0;  ///< frames, when a connection was judged last
  bool brought_media_ = false;       ///< this connection
  bool is_to_judge_ = false;         ///< one that brought media was lost
  bool announced_ = false;           ///< the endpoint
  bool told_of_clock_ = false;
  TokenBucket left_behind_{kLeftBehindBurst, kLeftBehindPerSecond};
  bool told_first_frame_ = false;
  bool told_of_no_picture_ = false;
  bool told_of_slow_player_ = false;
  bool player_watches_ = false;  ///< the one that was opened
};

}  // namespace pixelpass::app
