#include "pixelpass/app/view/view.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/machine_name.hpp"
#include "pixelpass/net/narrow_line.hpp"
#include "pixelpass/net/send_error.hpp"
#include "pixelpass/net/udp_driver.hpp"
#include "pixelpass/traversal/interfaces.hpp"

#include "app/control/terminal_input.hpp"
#include "app/doctor/preflight.hpp"
#include "app/view/browser_view.hpp"
#include "app/view/view_outputs.hpp"
#include "app/view/view_ways.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <termios.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace pixelpass::app {
namespace {

Ticket read(const std::string& text) {
  const auto ticket = decode_ticket(text, system_wall_time());
  if (!ticket) throw StartupError(describe(ticket.error()));
  if (ticket->candidates.empty() && !ticket->relay)
    throw StartupError("the ticket has no address at which a machine could be reached",
                       "ask your friend to share again, on a machine with a network, and to send you the new "
                       "ticket",
                       ExitCode::kNotReachable);
  return *ticket;
}

tunnel::ViewerSettings tunnel_settings(const ViewOptions& options) {
  tunnel::ViewerSettings settings;
  settings.ticket = read(options.ticket);
  settings.ticket.candidates = traversal::on_each_link(settings.ticket.candidates);
  settings.name = options.name.empty() ? machine_name() : options.name;
  settings.latency = options.latency;
  settings.more_paths = settings.ticket.relay.has_value() || !options.stun_servers.empty();
  return settings;
}

ChosenPlayer player_for(const ViewOptions& options) {
  auto chosen = choose_player(options.player, player_surroundings());
  if (chosen.kind == playback::PlayerKind::kVlc)
    if (const auto error = foresee_view(PlayerChoice::kVlc, players_here())) throw StartupError(*error);
  return chosen;
}

/// A disk that takes longer for the end of a recording is told of.
constexpr Duration kPatienceWithDisk = 1s;

Notice slow_recording_notice() {
  return {"waiting for the end of the recording to be written", "Ctrl-C ends without it"};
}

Notice recording_end_notice(const Error& failure) {
  return {"the recording's end is missing: " + failure.what, failure.hint};
}

Notice pipe_end_notice(const Error& failure) {
  return {"the stream's end is missing: " + failure.what, failure.hint};
}

/// Wiring only: socket → session → outputs. Thread: network.
class ViewApp {
 public:
  ViewApp(boost::asio::io_context& io, const ViewOptions& options, EventSink& events);
  ~ViewApp();
  ExitCode run();

 private:
  /// Tells what the session has to tell, and does what it wants.
  void drain();
  void tell();
  void apply(ViewCommand command);
  void open_player();
  void ask();
  void finish();
  void leave(const MissingEnds& missing);

  boost::asio::io_context& io_;
  EventSink& events_;
  std::unique_ptr<net::UdpDriver> driver_;
  std::unique_ptr<ViewerSession> session_;
  std::unique_ptr<ViewWays> ways_;
  std::unique_ptr<ViewOutputs> outputs_;
  std::unique_ptr<Interrupts> interrupts_;
  std::unique_ptr<TerminalInput> answers_;  ///< while the user is asked something
  boost::asio::steady_timer patience_;      ///< with a recording's end
  bool is_leaving_ = false;                 ///< nothing but what is still written is waited for
};

ViewApp::ViewApp(boost::asio::io_context& io, const ViewOptions& options, EventSink& events)
    : io_(io),
      events_(events),
      driver_(std::make_unique<net::UdpDriver>(io, SocketAddress())),
      patience_(io) {
  ViewerSessionSettings settings{
      .tunnel = tunnel_settings(options),
      .started_at = options.started_at,
      .duration = options.duration,
      .wants_stats = events.wants_stats(),
      .load = [this] { return outputs_->load(); },
      .player_end = options.player_end,
      .why_unsent = [](const auto& paths) { return net::why_nothing_is_sent(paths); },
      .narrow_line = [](const auto& paths) { return net::narrow_line(paths); }};
  const auto ticket = settings.tunnel.ticket;
  const auto chosen = player_for(options);
  session_ = std::make_unique<ViewerSession>(std::move(settings), driver_->local(), system_random,
                                             Clock::now(), system_wall_time);
  outputs_ = std::make_unique<ViewOutputs>(io, options, chosen, *session_, [this] {
    drain();
    driver_->wake();
  });
  ways_ = std::make_unique<ViewWays>(
      io, *session_, events_,
      ViewWays::Settings{ticket, options.stun_servers, driver_->local(), [this] { driver_->wake(); }});
  driver_->start(ways_->core(), [this](Instant now) {
    session_->advance(Clock::now());
    ways_->on_turn(now);
    drain();
  });
  ways_->start();
}

/// The ways still wake the driver while they end; it is to reach nothing of what is gone then.
ViewApp::~ViewApp() {
  driver_->stop();
}

ExitCode ViewApp::run() {
  interrupts_ = std::make_unique<Interrupts>(io_, [this] {
    // Whoever has ended it another way wants it to end at once now.
    if (is_leaving_) Interrupts::leave();
    session_->stop("interrupted", ExitCode::kInterrupted);
    drain();
  });
  session_->start(outputs_->place(), Clock::now());
  drain();
  io_.run();
  return session_->exit_code().value_or(ExitCode::kDone);
}

void ViewApp::drain() {
  tell();
  while (const auto command = session_->poll_command()) {
    apply(*command);
    tell();
  }
}

void ViewApp::tell() {
  while (const auto event = session_->poll_event())
    std::visit([this](const auto& what) { events_.on(what); }, *event);
  if (events_.broken()) session_->stop("nobody reads the events any more", ExitCode::kDone);
}

/// What takes apart what is at work comes on a turn of its own: never inside the driver's.
void ViewApp::apply(ViewCommand command) {
  if (command == ViewCommand::kAskUser) return ask();
  if (command == ViewCommand::kOpenPlayer) return open_player();
  if (command == ViewCommand::kEnd) return boost::asio::post(io_, [this] { finish(); });
  boost::asio::post(io_, [this] { outputs_->drain(); });
}

void ViewApp::open_player() {
  answers_.reset();
  outputs_->open_player();
}

/// What was typed before the question is no answer.
void ViewApp::ask() {
  if (::tcgetpgrp(STDIN_FILENO) == ::getpgrp()) ::tcflush(STDIN_FILENO, TCIFLUSH);
  const auto answer = [this](const std::string& line) {
    session_->on_answer(line);
    drain();
    driver_->wake();
  };
  answers_ = std::make_unique<TerminalInput>(io_, STDIN_FILENO, answer,
                                             [answer] { answer(ViewerSession::kNoMore); });
  events_.on(session_->question());
}

void ViewApp::finish() {
  session_->close(Clock::now());
  ways_->leave();
  driver_->stop();
  is_leaving_ = true;
  patience_.expires_after(kPatienceWithDisk);
  patience_.async_wait([this](const boost::system::error_code& error) {
    if (!error) events_.on(slow_recording_notice());
  });
  outputs_->close([this](const MissingEnds& missing) { leave(missing); });
}

void ViewApp::leave(const MissingEnds& missing) {
  // A reader that has gone has had what it wanted.
  if (missing.pipe && missing.pipe->exit_code != ExitCode::kDone) events_.on(pipe_end_notice(*missing.pipe));
  if (missing.recording) {
    events_.on(recording_end_notice(*missing.recording));
    session_->on_recording_cut_short(*missing.recording);
  }
  events_.on(session_->ended(Clock::now()));
  io_.stop();
}

}  // namespace

ExitCode run_view(boost::asio::io_context& io, const ViewOptions& options, EventSink& events) {
  if (options.player == PlayerChoice::kBrowser) return view_in_browser(io, options, events);
  return ViewApp(io, options, events).run();
}

}  // namespace pixelpass::app
