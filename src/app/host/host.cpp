#include "pixelpass/app/host/host.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/publish/check_protocol.hpp"

#include "app/host/audio_watch.hpp"
#include "app/host/host_feed.hpp"
#include "app/host/host_orders.hpp"
#include "app/host/host_settings.hpp"
#include "app/host/sources.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace pixelpass::app {
namespace {

/// Wiring only. Thread: network.
///
///   HostOrders ──▶┌─────────────┐──▶ HostNews
///   HostInput ◀──▶│ HostSession │◀─▶ Publishers ══▶ engines
///                 └─────────────┘◀─▶ HostReach ◀══▶ viewers
class HostApp {
 public:
  HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events, HostConsole* console);
  ~HostApp();
  HostApp(const HostApp&) = delete;
  HostApp& operator=(const HostApp&) = delete;
  ExitCode run();

 private:
  HostSessionSettings settings();
  HostInput::Handlers handlers();
  void on_started(const Result<void>& outcome);
  void on_turn(Instant now);
  void tell(HostEvent event, Instant now);
  void stop(const std::string& reason, ExitCode code);
  void end(ExitCode code);

  boost::asio::io_context& io_;
  const HostOptions options_;
  HostNews news_;
  TicketTerms terms_;
  HostSession session_;
  HostReach reach_;
  std::optional<Interrupts> interrupts_;  ///< before what takes its time to be made
  Publishers publishers_;
  HostInput input_;  // after what it gives its pictures to
  HostOrders orders_;
  std::optional<AudioWatch> audio_watch_;  ///< none: nobody sees it
  int parts_to_end_ = 2;                   ///< the input and the publishers
};

/// The socket is bound before the source starts: nobody is to choose what they share, only to hear then that
/// the port is taken.
HostApp::HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events,
                 HostConsole* console)
    : io_(io),
      options_(options),
      news_(events, options.max_viewers, desktop_here(options.notify)),
      terms_(options_),
      session_(settings(), system_random, Clock::now(), system_wall_time),
      reach_(io, options_, terms_, session_, news_),
      interrupts_(std::in_place, io, [this] { stop("interrupted", ExitCode::kInterrupted); }),
      publishers_(io, options_, session_, news_, [this] { reach_.wake(); }),
      input_(io.get_executor(), options_, handlers()),
      orders_(io, control_settings(options_, console), {terms_, session_, reach_, input_, news_}) {
  if (console != nullptr)
    audio_watch_.emplace(io.get_executor(), *console, [this] { return input_.take_audio_level(); });
  reach_.start([this](Instant now) { on_turn(now); });
}

/// Says bye first, also after an exception, and stops catching interrupts: a source may hang in its end.
HostApp::~HostApp() {
  reach_.close();
  interrupts_.reset();
}

HostSessionSettings HostApp::settings() {
  auto all = session_settings(options_, terms_);
  all.load = [this] { return input_.load(Clock::now()); };
  all.units = [this](const AccessUnit& unit) { publishers_.on_unit(unit); };
  return all;
}

HostInput::Handlers HostApp::handlers() {
  auto all = feed(session_, publishers_, news_, [this] { reach_.wake(); });
  all.on_started = [this](const Result<void>& outcome) { on_started(outcome); };
  all.on_hung = [this](const Error& error) {
    news_.on(Failed{error});
    stop("it could not start", error.exit_code);  // it is given up then
  };
  return all;
}

ExitCode HostApp::run() {
  io_.run();
  return session_.exit_code().value_or(ExitCode::kDone);
}

void HostApp::on_started(const Result<void>& outcome) {
  if (session_.exit_code()) return;  // on_turn() is about to end it
  if (!outcome) session_.stop("it could not start", outcome.error().exit_code, Clock::now());
  outcome.value();  // or what main catches; the bye goes out when the reach ends
  session_.start(input_.describe(), Clock::now());
  reach_.open();
  publishers_.start();
}

void HostApp::on_turn(Instant now) {
  while (const auto command = session_.poll_command()) input_.apply(*command);
  reach_.look(now);
  if (news_.broken()) session_.stop("nobody reads the events any more", ExitCode::kDone, now);
  if (const auto code = session_.exit_code()) end(*code);
  while (auto event = session_.poll_event()) tell(std::move(*event), now);
}

void HostApp::tell(HostEvent event, Instant now) {
  if (auto* stats = std::get_if<HostStats>(&event)) publishers_.add_to(*stats, now);
  std::visit([this](const auto& what) { news_.on(what); }, event);
  reach_.on(event, now);
}

void HostApp::stop(const std::string& reason, ExitCode code) {
  session_.stop(reason, code, Clock::now());
  reach_.wake();
}

/// The session's end is reported when everything has ended.
void HostApp::end(ExitCode code) {
  const auto on_part_over = [this] {
    if (--parts_to_end_ == 0) io_.stop();
  };
  reach_.close();
  publishers_.stop(on_part_over);
  input_.stop(code, on_part_over);
}

}  // namespace

ExitCode run_host(boost::asio::io_context& io, const HostOptions& options, EventSink& events,
                  HostConsole* console) {
  const auto source = choose_source(options.source, this_session());
  for (const auto& target : options.publish) publish::check_protocol(target);
  HostApp app(io, options, events, console);
  if (const auto wanted = wanted_from_user(source, options.screen)) events.on(*wanted);
  return app.run();
}

}  // namespace pixelpass::app
