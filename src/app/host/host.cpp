#include "pixelpass/app/host/host.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/net/narrow_line.hpp"

#include "app/host/host_control.hpp"
#include "app/host/host_input.hpp"
#include "app/host/host_news.hpp"
#include "app/host/host_reach.hpp"
#include "app/host/host_session.hpp"
#include "app/host/host_settings.hpp"
#include "app/host/publishers.hpp"
#include "app/host/sound_watch.hpp"
#include "app/host/sources.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace pixelpass::app {
namespace {

/// Wiring only: input → session → socket, and the session's commands back. Thread: network.
class HostApp {
 public:
  HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events, HostConsole* console);
  ExitCode run();

 private:
  HostInput::Handlers handlers();
  void on_started(const Result<void>& outcome);
  void on_hung(const Error& error);
  std::optional<Error> on_command(const HostCommand& command);
  std::optional<Error> on_new_ticket();
  void on_reply_code(const ReplyCode& code);
  void end(const std::string& reason, ExitCode code);
  void on_turn(Instant now);
  void on_part_over();
  void tell(const HostEvent& event, Instant now);

  boost::asio::io_context& io_;
  const HostOptions options_;
  HostNews news_;
  const Instant began_ = Clock::now();
  std::unique_ptr<TicketTerms> terms_;
  std::unique_ptr<HostSession> session_;
  std::unique_ptr<HostReach> reach_;
  std::unique_ptr<Publishers> publishers_;
  std::unique_ptr<HostInput> input_;  // after what it gives its pictures to
  std::unique_ptr<HostControl> control_;
  std::unique_ptr<SoundWatch> sound_watch_;  ///< null: nobody sees it
  std::unique_ptr<Interrupts> interrupts_;
  int parts_to_end_ = 2;  ///< the input and the publishers
  ExitCode exit_code_ = ExitCode::kDone;
};

HostApp::HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events,
                 HostConsole* console)
    : io_(io), options_(options), news_(events, options.max_viewers, desktop_here(options.notify)) {
  const SourceKind source = choose_source(options_.source, this_session());
  for (const auto& target : options_.publish) publish::check_protocol(target);
  // Before the source: nobody is to be asked what they share, only to hear then that the port is taken.
  terms_ = std::make_unique<TicketTerms>(options_);
  interrupts_ = std::make_unique<Interrupts>(io_, [this] { end("interrupted", ExitCode::kInterrupted); });
  control_ = std::make_unique<HostControl>(
      io_, control_settings(options_, console), *terms_, news_.journal(),
      HostControl::Handlers{[this](const HostCommand& command) { return on_command(command); },
                            [this] { return on_new_ticket(); },
                            [this](const ScreenOptions& wanted) { return input_->choose_screen(wanted); },
                            [this](const ReplyCode& code) { on_reply_code(code); }});
  auto settings = session_settings(options_, *terms_);
  settings.load = [this] { return input_->load(Clock::now()); };
  settings.narrow_line = net::narrow_line;
  settings.units = [this](const AccessUnit& unit) { publishers_->on_unit(unit); };
  session_ = std::make_unique<HostSession>(std::move(settings), system_random, began_, system_wall_time);
  reach_ = std::make_unique<HostReach>(io_, options_, *terms_, *session_, news_);
  if (const auto wanted = wanted_from_user(source, options_.screen)) news_.on(*wanted);
  publishers_ = std::make_unique<Publishers>(io_, options_, *session_, news_, [this] { reach_->wake(); });
  input_ = std::make_unique<HostInput>(io_.get_executor(), options_, handlers());
  if (console != nullptr)
    sound_watch_ = std::make_unique<SoundWatch>(
        io_.get_executor(), SoundWatch::Handlers{[this] { return input_->take_sound_level(); },
                                                 [console](const auto& level) { console->on_sound(level); }});
  if (sound_watch_) sound_watch_->start();
  reach_->start([this](Instant now) { on_turn(now); });
}

HostInput::Handlers HostApp::handlers() {
  const auto tell_session = [this](auto tell) {
    return [this, tell](auto what) {
      tell(*session_, std::move(what));
      reach_->wake();
    };
  };
  return {
      .on_started = [this](const Result<void>& outcome) { on_started(outcome); },
      .on_unit = tell_session([](auto& session, const AccessUnit& u) { session.on_unit(u, Clock::now()); }),
      .on_frame = tell_session([this](auto& session, Frame frame) {
        session.on_frame(std::move(frame));
        publishers_->on_broadcast();
      }),
      .on_ended =
          tell_session([](auto& session, const auto& e) { session.on_source_ended(e, Clock::now()); }),
      .on_described =
          tell_session([](auto& session, const auto& s) { session.on_described(s, Clock::now()); }),
      .on_notice = [this](const Notice& notice) { news_.on(notice); },
      .on_hidden = tell_session(
          [](auto& session, const auto& reason) { session.on_source_hidden(reason, Clock::now()); }),
      .on_hung = [this](const Error& error) { on_hung(error); }};
}

void HostApp::on_started(const Result<void>& outcome) {
  if (session_->exit_code()) return;  // on_turn() is about to end it
  if (!outcome) session_->stop("it could not start", outcome.error().exit_code, Clock::now());
  outcome.value();  // or what main catches; the bye goes out when the driver stops
  session_->start(input_->describe(), Clock::now());
  reach_->open();
  publishers_->start();
}

/// Its start can neither go on nor be undone: on_turn() gives it up.
void HostApp::on_hung(const Error& error) {
  news_.on(Failed{error});
  end("it could not start", error.exit_code);
}

std::optional<Error> HostApp::on_command(const HostCommand& command) {
  auto objection = session_->on_command(command, Clock::now());
  reach_->wake();
  return objection;
}

std::optional<Error> HostApp::on_new_ticket() {
  try {
    terms_->renew();
  } catch (const StartupError& error) {
    return error.error();
  }
  auto objection = on_command(command::NewTicket{terms_->identity().secret(), terms_->lifetime()});
  if (!objection) reach_->ways().on_new_terms();
  return objection;
}

void HostApp::on_reply_code(const ReplyCode& code) {
  news_.on(ReplyCodeTaken{code.addresses});
  reach_->ways().on_reply_code(code);
}

void HostApp::end(const std::string& reason, ExitCode code) {
  session_->stop(reason, code, Clock::now());
  reach_->wake();
}

ExitCode HostApp::run() {
  io_.run();
  return exit_code_;
}

void HostApp::on_turn(Instant now) {
  while (const auto command = session_->poll_command()) input_->apply(*command);
  reach_->look(now);  // after what the session makes of what has come
  if (news_.broken()) session_->stop("nobody reads the events any more", ExitCode::kDone, now);
  // Its end is told when all of it has gone.
  if (const auto code = session_->exit_code()) {
    exit_code_ = *code;
    reach_->close();
    publishers_->stop([this] { on_part_over(); });
    input_->stop(exit_code_, [this] { on_part_over(); });
  }
  while (auto event = session_->poll_event()) {
    if (auto* stats = std::get_if<HostStats>(&*event)) publishers_->add_to(*stats, now);
    tell(*event, now);
  }
}

void HostApp::on_part_over() {
  if (--parts_to_end_ == 0) io_.stop();
}

void HostApp::tell(const HostEvent& event, Instant now) {
  std::visit([this](const auto& what) { news_.on(what); }, event);
  reach_->on(event, now);
}

}  // namespace

ExitCode run_host(boost::asio::io_context& io, const HostOptions& options, EventSink& events,
                  HostConsole* console) {
  return HostApp(io, options, events, console).run();
}

}  // namespace pixelpass::app
