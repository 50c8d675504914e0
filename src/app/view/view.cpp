#include "pixelpass/app/view/view.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/machine_name.hpp"
#include "pixelpass/mpegts/media_filter.hpp"
#include "pixelpass/net/udp_driver.hpp"
#include "pixelpass/playback/group_reassembler.hpp"
#include "pixelpass/playback/http_endpoint.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include "app/doctor/preflight.hpp"
#include "app/meters.hpp"
#include "app/view/failures.hpp"
#include "app/view/player_choice.hpp"
#include "app/view/player_session.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

namespace pixelpass::app {
namespace {

using boost::asio::steady_timer;

/// Pictures this old are no delay that a player would notice.
constexpr Duration kYoungGroup = 150ms;

Ticket read(const std::string& text) {
  const auto ticket = decode_ticket(text, system_wall_time());
  if (!ticket) throw StartupError(describe(ticket.error()));
  if (ticket->candidates.empty())
    throw StartupError("the ticket has no address at which a machine could be reached",
                       "ask your friend to share again, on a machine with a network, and to send you the new "
                       "ticket",
                       ExitCode::kNotReachable);
  return *ticket;
}

tunnel::ViewerSettings settings(const ViewOptions& options) {
  tunnel::ViewerSettings settings;
  settings.ticket = read(options.ticket);
  settings.name = options.name.empty() ? machine_name() : options.name;
  settings.latency = options.latency;
  return settings;
}

/// Wiring only: socket → tunnel → group reader → media filter → broadcast → endpoint, recorder, pipe. Thread:
/// network.
class ViewApp {
 public:
  ViewApp(boost::asio::io_context& io, const ViewOptions& options, EventSink& events);
  ExitCode run();

 private:
  void add_writers();
  /// Somebody still gets the stream: one that has gone ends nothing for the others.
  [[nodiscard]] bool is_watched() const;
  void on_recorder_failed(const Error& error);
  void on_pipe_closed();
  /// The addresses of the ticket.
  [[nodiscard]] std::vector<SocketAddress> addresses() const;
  void on_time_up();
  void start_player(const std::string& url);
  void on_player_exit(int status);

  void on_turn(Instant now);
  void handle(const tunnel::Connected& connected, Instant now);
  void handle(const tunnel::Described& described, Instant now);
  void handle(const tunnel::MediaFrame& media, Instant now);
  void handle(const tunnel::GroupEnded& ended, Instant now);
  void handle(const tunnel::Reconnecting& reconnecting, Instant now);
  void handle(const tunnel::HostLeft& left, Instant now);
  template <class FinalFailure>
  void handle(const FinalFailure& failure, Instant now);

  /// Moves what the group reader has in order to whoever plays it.
  void drain_groups();
  void deliver(Frame frame);
  /// Once for each reason.
  void tell_of_refusal();
  /// True when the group that is running is old for a player that begins, and a newer one was asked for.
  bool ask_for_fresh_group();
  void arm_group_timer();
  void tick();

  /// The first reason counts. The end itself comes on a turn of its own: never inside the tunnel's.
  void stop(std::string reason, ExitCode code);
  void fail(const Error& error);
  /// Ends when players have read the rest.
  void stop_after_draining(const std::string& reason);
  void finish(const std::string& reason);

  boost::asio::io_context& io_;
  const ViewOptions options_;
  EventSink& events_;
  const tunnel::ViewerSettings settings_;
  const ChosenPlayer chosen_;
  Broadcast broadcast_;
  playback::HttpEndpoint endpoint_;
  std::unique_ptr<playback::StreamWriter> recorder_;
  std::unique_ptr<playback::StreamWriter> pipe_;  ///< standard output
  playback::GroupReassembler groups_;
  mpegts::MediaFilter filter_;
  std::set<mpegts::MediaFilter::Refusal> told_refusals_;
  ViewerMeter meter_{Clock::now()};
  std::unique_ptr<tunnel::ViewerTunnel> tunnel_;
  std::unique_ptr<net::UdpDriver> driver_;
  mpegts::StreamClock stream_clock_;
  std::unique_ptr<PlayerSession> player_;
  std::unique_ptr<Interrupts> interrupts_;
  steady_timer group_timer_{io_};
  steady_timer stats_{io_};
  steady_timer deadline_{io_};
  std::optional<Instant> armed_;  ///< what group_timer_ waits for
  std::optional<Instant> connected_at_;
  std::optional<ExitCode> exit_code_;
  bool announced_ = false;  ///< the endpoint
  bool saw_frame_ = false;
  bool told_of_clock_ = false;
  bool draining_ = false;
  bool player_failed_ = false;  ///< ended by itself, with an error
};

ViewApp::ViewApp(boost::asio::io_context& io, const ViewOptions& options, EventSink& events)
    : io_(io),
      options_(options),
      events_(events),
      settings_(settings(options)),
      chosen_(choose_player(options.player, player_surroundings())),
      endpoint_(io, options.listen, broadcast_, system_random),
      groups_(options.latency) {
  if (chosen_.kind == playback::PlayerKind::kVlc)
    if (const auto error = foresee_view(PlayerChoice::kVlc, players_here())) throw StartupError(*error);
  add_writers();
  endpoint_.on_player([this] { return ask_for_fresh_group(); });
  endpoint_.on_delivered([this](const Frame& frame) {
    if (player_) player_->on_delivered(frame);
  });
  driver_ = std::make_unique<net::UdpDriver>(io_, SocketAddress());
  tunnel_ = std::make_unique<tunnel::ViewerTunnel>(settings_, driver_->local(), system_random, Clock::now(),
                                                   system_wall_time);
  driver_->start(*tunnel_, [this](Instant now) { on_turn(now); });
  driver_->wake();
}

void ViewApp::add_writers() {
  if (options_.record)
    recorder_ = playback::StreamWriter::to_file(io_, *options_.record, broadcast_,
                                                [this](const Error& error) { on_recorder_failed(error); });
  if (options_.to_stdout)
    pipe_ = playback::StreamWriter::to_descriptor(io_, STDOUT_FILENO, broadcast_,
                                                  [this](const Error&) { on_pipe_closed(); });
}

bool ViewApp::is_watched() const {
  return (player_ && !player_failed_) || recorder_ || pipe_ || endpoint_.counters().players > 0;
}

void ViewApp::on_recorder_failed(const Error& error) {
  const auto saved = recorder_->bytes_written();
  recorder_.reset();
  if (!is_watched()) return fail(error);
  events_.on(Notice{"the recording has ended, the stream goes on: " + error.what + " (" +
                        std::to_string(saved >> 20) + " MiB were saved)",
                    error.hint});
}

void ViewApp::on_pipe_closed() {
  pipe_.reset();
  if (!is_watched()) return stop("standard output was closed", ExitCode::kDone);
  events_.on(Notice{"standard output was closed: the stream goes on without it", "stop with Ctrl-C"});
}

ExitCode ViewApp::run() {
  interrupts_ = std::make_unique<Interrupts>(io_, [this] { stop("interrupted", ExitCode::kInterrupted); });
  if (options_.duration) {
    deadline_.expires_after(*options_.duration);
    deadline_.async_wait([this](const auto& error) {
      if (!error) on_time_up();
    });
  }
  if (const auto notice = expiry_notice(settings_.ticket, system_wall_time())) events_.on(*notice);
  events_.on(Connecting{addresses()});
  tick();
  io_.run();
  return exit_code_.value_or(ExitCode::kDone);
}

std::vector<SocketAddress> ViewApp::addresses() const {
  std::vector<SocketAddress> all;
  for (const auto& candidate : settings_.ticket.candidates) all.push_back(candidate.address);
  return all;
}

void ViewApp::on_time_up() {
  if (connected_at_) return stop("time is up", ExitCode::kDone);
  fail(describe(tunnel::Unreachable{addresses()}));
}

void ViewApp::on_turn(Instant now) {
  while (const auto event = tunnel_->poll_event())
    std::visit([this, now](const auto& what) { handle(what, now); }, *event);
  drain_groups();
}

void ViewApp::handle(const tunnel::Connected& connected, Instant now) {
  if (!connected_at_) connected_at_ = now;
  meter_.on_connected(now);
  events_.on(Connected{connected.host_name, PathKind::kDirect, connected.address.unmapped(), connected.took,
                       connected.clock_ahead});
  if (const auto notice = clock_notice(connected.clock_ahead); notice && !std::exchange(told_of_clock_, true))
    events_.on(*notice);
}

void ViewApp::handle(const tunnel::Described&, Instant) {
  if (std::exchange(announced_, true)) return;
  const std::string url = endpoint_.url();
  const EndpointReady ready{url, playback::mpv_command(url),
                            playback::vlc_command_line(url, std::getenv("http_proxy"))};
  events_.on(ready);
  if (!endpoint_.knows_users())
    events_.on(Notice{"this kernel does not say whose program asks for the stream",
                      "other users of this machine can watch too, once they see the player's command line"});
  if (chosen_.notice && !options_.record) events_.on(*chosen_.notice);
  start_player(url);
}

void ViewApp::start_player(const std::string& url) {
  if (!chosen_.kind) return;
  try {
    player_ = std::make_unique<PlayerSession>(io_, *chosen_.kind, url, options_.catch_up, stream_clock_,
                                              [this](int status) { on_player_exit(status); });
  } catch (const StartupError& failure) {
    events_.on(Notice{failure.error().what, failure.error().hint});
  }
}

void ViewApp::on_player_exit(int status) {
  // It may have come to the end of what the host sent.
  if (draining_) return;
  if (status == 0) return stop("the player was closed", ExitCode::kDone);
  player_failed_ = true;
  events_.on(Notice{"the player ended with status " + std::to_string(status),
                    "the stream goes on: open the URL again, or stop with Ctrl-C"});
}

void ViewApp::handle(const tunnel::MediaFrame& media, Instant now) {
  groups_.on_frame(media.group, media.index, media.frame, now);
}

void ViewApp::handle(const tunnel::GroupEnded& ended, Instant now) {
  groups_.on_group_ended(ended.group, ended.complete, now);
}

void ViewApp::handle(const tunnel::Reconnecting& reconnecting, Instant) {
  events_.on(Reconnecting{reconnecting.attempt, reconnecting.reason});
}

void ViewApp::handle(const tunnel::HostLeft& left, Instant) {
  stop_after_draining(left.reason.empty() ? "the host ended" : "the host ended: " + left.reason);
}

template <class FinalFailure>
void ViewApp::handle(const FinalFailure& failure, Instant) {
  fail(describe(failure));
}

void ViewApp::drain_groups() {
  bool abandoned = false;
  while (auto frame = groups_.poll_frame()) deliver(std::move(*frame));
  while (const auto group = groups_.poll_abandoned()) {
    tunnel_->abandon(*group);
    abandoned = true;
  }
  if (abandoned) driver_->wake();
  arm_group_timer();
}

void ViewApp::deliver(Frame frame) {
  auto media = filter_.pass(std::move(frame));
  tell_of_refusal();
  if (!media) return;
  const auto shared = std::make_shared<const Frame>(std::move(*media));
  broadcast_.push(shared);
  endpoint_.on_broadcast();
  if (recorder_) recorder_->on_broadcast();
  if (pipe_) pipe_->on_broadcast();
  const Instant now = Clock::now();
  stream_clock_.on_frame(*shared, now);
  meter_.on_frame(*shared, now);
  if (std::exchange(saw_frame_, true)) return;
  events_.on(FirstFrame{now - options_.started_at, now - connected_at_.value_or(now)});
}

void ViewApp::tell_of_refusal() {
  using Refusal = mpegts::MediaFilter::Refusal;
  const auto why = filter_.refusal();
  if (!why || !told_refusals_.insert(*why).second) return;
  const bool is_foreign = *why == Refusal::kNotTransportStream;
  events_.on(Notice{is_foreign
                        ? "the host sends something that is not MPEG-TS; it is not passed on"
                        : "the host sends no picture or sound of a kind that is known; it is not passed on",
                    "ask the host what is shared"});
}

bool ViewApp::ask_for_fresh_group() {
  const Instant now = Clock::now();
  if (broadcast_.empty() || now - broadcast_.started_at(broadcast_.newest_group()) < kYoungGroup)
    return false;
  tunnel_->request_keyframe();
  driver_->wake();
  return true;
}

void ViewApp::arm_group_timer() {
  const auto next = groups_.next_timeout();
  if (next == armed_) return;
  armed_ = next;
  if (!next) {
    group_timer_.cancel();
    return;
  }
  group_timer_.expires_at(*next);
  group_timer_.async_wait([this](const auto& error) {
    if (error) return;
    armed_.reset();
    const Instant now = Clock::now();
    groups_.on_timeout(now);
    drain_groups();
  });
}

void ViewApp::tick() {
  stats_.expires_after(kStatsInterval);
  stats_.async_wait([this](const auto& error) {
    if (error) return;
    const Instant now = Clock::now();
    const auto counters = endpoint_.counters();
    auto stats = meter_.take(tunnel_->stats(), groups_.skipped_groups(), now);
    if (player_) {
      stats.player_lag = player_->lag();
      stats.player_speed = player_->speed();
    }
    const auto lag = std::chrono::duration_cast<std::chrono::microseconds>(stats.lag_p50);
    tunnel_->report({lag, counters.buffered_bytes, stats.skipped_groups});
    driver_->wake();
    if (connected_at_ && events_.wants_stats()) events_.on(stats);
    if (events_.broken()) return stop("nobody reads the events any more", ExitCode::kDone);
    tick();
  });
}

void ViewApp::fail(const Error& error) {
  if (exit_code_) return;
  events_.on(Failed{error});
  stop(error.what, error.exit_code);
}

void ViewApp::stop(std::string reason, ExitCode code) {
  if (exit_code_) return;
  exit_code_ = code;
  boost::asio::post(io_, [this, reason = std::move(reason)] { finish(reason); });
}

void ViewApp::stop_after_draining(const std::string& reason) {
  if (std::exchange(draining_, true)) return;
  boost::asio::post(io_,
                    [this, reason] { endpoint_.close([this, reason] { stop(reason, ExitCode::kDone); }); });
}

void ViewApp::finish(const std::string& reason) {
  const auto bytes = static_cast<std::uint64_t>(tunnel_->stats().bytes_received);
  tunnel_->close(reason, Clock::now());
  driver_->stop();
  player_.reset();
  recorder_.reset();
  pipe_.reset();
  const auto lag = meter_.has_frames() ? std::optional(meter_.whole_run()) : std::nullopt;
  events_.on(Ended{reason, Clock::now() - options_.started_at, bytes, lag});
  io_.stop();
}

}  // namespace

ExitCode run_view(boost::asio::io_context& io, const ViewOptions& options, EventSink& events) {
  return ViewApp(io, options, events).run();
}

}  // namespace pixelpass::app
