#include "pixelpass/app/view/view.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/net/udp_driver.hpp"

#include "app/view/browser_view.hpp"
#include "app/view/player_question.hpp"
#include "app/view/view_end.hpp"
#include "app/view/view_outputs.hpp"
#include "app/view/view_settings.hpp"
#include "app/view/view_ways.hpp"
#include <boost/asio/post.hpp>

#include <utility>
#include <variant>

namespace pixelpass::app {
namespace {

/// Wiring only: UdpDriver ◀─▶ ViewWays ◀─▶ ViewerSession ──▶ ViewOutputs. Thread: network.
class ViewApp {
 public:
  ViewApp(boost::asio::io_context& io, const ViewOptions& options, EventSink& events);
  ~ViewApp();
  ExitCode run();

 private:
  ViewerSessionSettings settings(const ViewOptions& options);
  void on_turn(Instant now);
  void on_told();
  void on_interrupt();
  void drain();
  void tell();
  void apply(ViewCommand command);
  void open_player();
  void end();

  boost::asio::io_context& io_;
  EventSink& events_;
  net::UdpDriver driver_;
  const Ticket ticket_;
  ViewerSession session_;
  ViewOutputs outputs_;
  ViewWays ways_;
  PlayerQuestion question_;
  ViewEnd end_;
  Interrupts interrupts_;
};

ViewApp::ViewApp(boost::asio::io_context& io, const ViewOptions& options, EventSink& events)
    : io_(io),
      events_(events),
      driver_(io, SocketAddress()),
      ticket_(ticket_of(options)),
      session_(settings(options), driver_.local(), system_random, Clock::now(), system_wall_time),
      outputs_(io, options, player_of(options), session_, [this] { on_told(); }),
      ways_(io, session_, events,
            {ticket_, options.stun_servers, driver_.local(), [this] { driver_.wake(); }}),
      question_(io, session_, events, [this] { on_told(); }),
      end_(
          io, session_, [this](auto done) { outputs_.close(std::move(done)); }, events),
      interrupts_(io, [this] { on_interrupt(); }) {
  driver_.start(ways_.core(), [this](Instant now) { on_turn(now); });
  ways_.start();
}

/// The ways still wake the driver while they end, so it has to be stopped first.
ViewApp::~ViewApp() {
  driver_.stop();
}

ViewerSessionSettings ViewApp::settings(const ViewOptions& options) {
  auto all = session_settings(options, ticket_);
  all.wants_stats = events_.wants_stats();
  all.load = [this] { return outputs_.load(); };
  return all;
}

ExitCode ViewApp::run() {
  session_.start(outputs_.place(), Clock::now());
  drain();
  io_.run();
  return session_.exit_code().value_or(ExitCode::kDone);
}

void ViewApp::on_turn(Instant now) {
  session_.advance(Clock::now());
  ways_.on_turn(now);
  drain();
}

/// The session was told something by another part than the driver.
void ViewApp::on_told() {
  drain();
  driver_.wake();
}

/// An interrupt during another kind of end means that the user wants the end at once.
void ViewApp::on_interrupt() {
  if (end_.has_begun()) Interrupts::leave();
  session_.stop("interrupted", ExitCode::kInterrupted);
  drain();
}

void ViewApp::drain() {
  tell();
  while (const auto command = session_.poll_command()) {
    apply(*command);
    tell();
  }
}

void ViewApp::tell() {
  while (const auto event = session_.poll_event())
    std::visit([this](const auto& what) { events_.on(what); }, *event);
  if (events_.broken()) session_.stop("nobody reads the events any more", ExitCode::kDone);
}

/// Runs on a turn of its own, never inside the driver's, since a command may destroy parts that are at work.
void ViewApp::apply(ViewCommand command) {
  if (command == ViewCommand::kAskUser) return question_.ask();
  if (command == ViewCommand::kOpenPlayer) return open_player();
  if (command == ViewCommand::kEnd) return boost::asio::post(io_, [this] { end(); });
  boost::asio::post(io_, [this] { outputs_.drain(); });
}

void ViewApp::open_player() {
  question_.withdraw();
  outputs_.open_player();
}

void ViewApp::end() {
  session_.close(Clock::now());
  ways_.leave();
  driver_.stop();
  end_.begin([this] { io_.stop(); });
}

}  // namespace

ExitCode run_view(boost::asio::io_context& io, const ViewOptions& options, EventSink& events) {
  if (options.player == PlayerChoice::kBrowser) return view_in_browser(io, options, events);
  return ViewApp(io, options, events).run();
}

}  // namespace pixelpass::app
