#include "pixelpass/app/host/host.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/machine_name.hpp"
#include "pixelpass/base/process_usage.hpp"
#include "pixelpass/encode/source_start.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"
#include "pixelpass/net/udp_driver.hpp"

#include "app/host/candidates.hpp"
#include "app/host/frame_crossing.hpp"
#include "app/host/host_session.hpp"
#include "app/host/sources.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace pixelpass::app {
namespace {

/// For a start that was interrupted to give up. What cannot (a driver that hangs, GStreamer looking through
/// its plugins) goes with the process.
constexpr Duration kGiveUpTime = 1s;

/// Groups of an earlier run with the same identity had lower numbers: none is shorter than a millisecond.
std::uint64_t first_group() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
}

/// Wiring only: source → crossing → MPEG-TS → session → socket, and the session's commands back. Thread:
/// network. Members are in the order of the data's way backwards, so that the source dies first.
class HostApp {
 public:
  HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events);
  ExitCode run();

 private:
  void on_start_over();
  void share(std::unique_ptr<encode::MediaSource> source);
  void interrupt();
  /// What a source says before its start is over comes when it is, as it did where nobody listened before.
  void from_source(std::function<void()> what);
  /// What an encoder made becomes MPEG-TS here; what came as that passes.
  Frame frame_of(MediaUnit unit);
  void on_source_ended(const Error& error);
  void on_described(const StreamDescription& stream);
  encode::MediaCallbacks source_callbacks();
  [[nodiscard]] HostSessionSettings settings();
  void announce();
  void stop(const std::string& reason, ExitCode code);
  void on_turn(Instant now);
  void apply(SourceCommand command);

  boost::asio::io_context& io_;
  const HostOptions options_;
  EventSink& events_;
  const Instant started_ = Clock::now();
  const std::optional<UnixTime> expires_at_;
  CpuMeter cpu_{started_};
  std::optional<tunnel::Identity> identity_;
  std::unique_ptr<HostSession> session_;
  std::unique_ptr<net::UdpDriver> driver_;
  boost::asio::steady_timer give_up_{io_};
  mpegts::TsWriter writer_;
  FrameCrossing crossing_;
  std::unique_ptr<encode::SourceStart> start_;
  std::unique_ptr<encode::MediaSource> source_;
  std::vector<std::function<void()>> said_early_;
  std::unique_ptr<Interrupts> interrupts_;
  bool interrupted_early_ = false;  ///< before there was a source
};

HostApp::HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events)
    : io_(io),
      options_(options),
      events_(events),
      expires_at_(options.expires ? std::optional(system_wall_time() + *options.expires) : std::nullopt),
      writer_({.video = true, .audio = options.audio.kind != AudioKind::kNone}),
      crossing_(io.get_executor(),
                {[this](MediaUnit unit) {
                   if (!session_) return;
                   session_->on_frame(frame_of(std::move(unit)));
                   driver_->wake();
                 },
                 [this](const Error& error) { from_source([this, error] { on_source_ended(error); }); },
                 [this](const Error& error) {
                   events_.on(Notice{error.what, error.hint});
                 }}) {
  const SourceKind source = choose_source(options_.source, this_session());
  // Before the source: nobody is to be asked what they share, only to hear then that the port is taken.
  identity_ = options_.identity ? tunnel::Identity::load_or_create(*options_.identity, system_random)
                                : tunnel::Identity::generate(system_random);
  driver_ = std::make_unique<net::UdpDriver>(io_, options_.bind);
  if (const auto wanted = wanted_from_user(source, options_.screen)) events_.on(*wanted);
  interrupts_ = std::make_unique<Interrupts>(io_, [this] { interrupt(); });
  start_ = std::make_unique<encode::SourceStart>(
      [this](const std::stop_token& stop) { return make_source(options_, source_callbacks(), stop); },
      [this] { boost::asio::post(io_, [this] { on_start_over(); }); });
}

void HostApp::on_start_over() {
  auto outcome = start_->take();
  if (interrupted_early_) return io_.stop();
  share(std::move(outcome).value());
  for (const auto& said : std::exchange(said_early_, {})) said();
}

void HostApp::share(std::unique_ptr<encode::MediaSource> source) {
  source_ = std::move(source);
  session_ = std::make_unique<HostSession>(settings(), system_random, started_, system_wall_time);
  driver_->start(*session_, [this](Instant now) { on_turn(now); });
  announce();
  session_->start(Clock::now());
  driver_->wake();
}

void HostApp::interrupt() {
  if (source_) return stop("interrupted", ExitCode::kInterrupted);
  interrupted_early_ = true;
  start_->give_up();
  give_up_.expires_after(kGiveUpTime);
  give_up_.async_wait([](const auto& error) {
    if (!error) Interrupts::leave();
  });
}

void HostApp::from_source(std::function<void()> what) {
  if (source_) return what();
  said_early_.push_back(std::move(what));
}

Frame HostApp::frame_of(MediaUnit unit) {
  if (auto* const ready = std::get_if<Frame>(&unit)) return std::move(*ready);
  return writer_.write(std::get<AccessUnit>(unit));
}

void HostApp::on_source_ended(const Error& error) {
  session_->on_source_ended(error, Clock::now());
  driver_->wake();
}

void HostApp::on_described(const StreamDescription& stream) {
  session_->on_described(stream, Clock::now());
  driver_->wake();
}

/// Called on the source's threads.
encode::MediaCallbacks HostApp::source_callbacks() {
  return {.on_unit = [this](MediaUnit unit) { crossing_.push(std::move(unit)); },
          .on_ended = [this](Error error) { crossing_.end(std::move(error)); },
          .on_described =
              [this](StreamDescription stream) {
                crossing_.post([this, stream = std::move(stream)] {
                  from_source([this, stream] { on_described(stream); });
                });
              },
          .on_notice =
              [this](Error notice) {
                crossing_.post([this, notice = std::move(notice)] {
                  from_source([this, notice] { events_.on(Notice{notice.what, notice.hint}); });
                });
              }};
}

HostSessionSettings HostApp::settings() {
  HostSessionSettings settings{
      .tunnel = {*identity_, options_.name.empty() ? machine_name() : options_.name, source_->describe()},
      .audience = {options_.max_viewers, expires_at_, steady_wall_clock(system_wall_time, boot_time)},
      .may_pause = options_.source != SourceKind::kStdin,
      .duration = options_.duration,
      .first_group = first_group(),
      .load = {}};
  if (events_.wants_stats())
    settings.load = [this] {
      return HostLoad{source_->take_times(), crossing_.dropped_frames(),
                      cpu_.percent_since_last(Clock::now()), process_resident_bytes()};
    };
  return settings;
}

void HostApp::announce() {
  Ticket ticket;
  ticket.host_key = identity_->public_key();
  ticket.secret = identity_->secret();
  ticket.expires_at = expires_at_;
  ticket.candidates = choose_candidates(driver_->local(), interface_addresses());
  if (const auto notice = objection_to(driver_->local(), ticket.candidates))
    events_.on(Notice{notice->what, notice->hint});
  events_.on(TicketReady{encode_ticket(ticket), expires_at_, reachability_of(ticket.candidates)});
}

ExitCode HostApp::run() {
  io_.run();
  if (interrupted_early_) return ExitCode::kInterrupted;
  return session_ ? session_->exit_code().value_or(ExitCode::kDone) : ExitCode::kDone;
}

void HostApp::stop(const std::string& reason, ExitCode code) {
  session_->stop(reason, code, Clock::now());
  driver_->wake();
}

void HostApp::on_turn(Instant now) {
  while (const auto command = session_->poll_command()) apply(*command);
  if (events_.broken()) session_->stop("nobody reads the events any more", ExitCode::kDone, now);
  // Its end is told when all of it has gone.
  if (session_->exit_code()) {
    driver_->stop();
    source_.reset();
    io_.stop();
  }
  while (const auto event = session_->poll_event())
    std::visit([this](const auto& what) { events_.on(what); }, *event);
}

void HostApp::apply(SourceCommand command) {
  switch (command) {
    case SourceCommand::kPlay:
      return source_->play();
    case SourceCommand::kPause:
      return source_->pause();
    case SourceCommand::kKeyframe:
      return source_->force_keyframe();
  }
}

}  // namespace

ExitCode run_host(boost::asio::io_context& io, const HostOptions& options, EventSink& events) {
  return HostApp(io, options, events).run();
}

}  // namespace pixelpass::app
