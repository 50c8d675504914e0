#include "pixelpass/app/host/host.hpp"

#include "pixelpass/app/interrupts.hpp"
#include "pixelpass/base/machine_name.hpp"
#include "pixelpass/base/process_usage.hpp"
#include "pixelpass/net/udp_driver.hpp"

#include "app/host/candidates.hpp"
#include "app/host/frame_crossing.hpp"
#include "app/host/host_meter.hpp"
#include "app/host/sources.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include <memory>
#include <utility>

namespace pixelpass::app {
namespace {

using boost::asio::steady_timer;

/// A reconnecting viewer comes back within this.
constexpr Duration kIdleGrace = 2s;
/// Several joiners at once get one keyframe. A player asks some 200 ms after its viewer has joined, and
/// waits.
constexpr Duration kKeyframeSpacing = 200ms;
/// For what a source gave last to arrive before the host's goodbye does. A line that has not brought it by
/// then is not waited for.
constexpr Duration kDeliveryTime = 1s;

/// Wiring only: source → crossing → broadcast → tunnel → socket. Thread: network.
/// Members are in the order of the data's way backwards, so that the source dies first.
class HostApp {
 public:
  HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events);
  ExitCode run();

 private:
  encode::MediaCallbacks source_callbacks();
  [[nodiscard]] tunnel::HostSettings settings(const tunnel::Identity& identity) const;
  void announce(const tunnel::Identity& identity);
  void on_frame(Frame frame);
  void warn_of_endless_group();
  void on_source_ended(const Error& error);
  /// Also what came last is seen by those who watch.
  void stop_when_delivered(std::string reason);
  void on_described(const StreamDescription& stream);
  void on_turn(Instant now);
  void handle(const tunnel::ViewerJoined& joined);
  void handle(const tunnel::ViewerLeft& left);
  void handle(const tunnel::KeyframeWanted&);
  void resume();
  void pause_when_idle();
  void tick();
  /// The first reason counts. The end itself comes on a turn of its own: never inside the tunnel's.
  void stop(std::string reason, ExitCode code);
  void finish(const std::string& reason);

  boost::asio::io_context& io_;
  const HostOptions options_;
  EventSink& events_;
  const Instant started_ = Clock::now();
  const std::optional<UnixTime> expires_at_;
  /// Nothing is saved by pausing what others encode: whoever joins gets the newest group at once.
  const bool may_pause_;
  /// Groups of an earlier run with the same identity had lower numbers: none is shorter than a millisecond.
  Broadcast broadcast_{{},
                       static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(
                                                      std::chrono::system_clock::now().time_since_epoch())
                                                      .count())};
  CpuMeter cpu_{started_};
  HostMeter meter_{started_};
  std::unique_ptr<tunnel::HostTunnel> tunnel_;
  std::unique_ptr<net::UdpDriver> driver_;
  steady_timer idle_{io_};
  steady_timer stats_{io_};
  steady_timer keyframe_{io_};  ///< forces one
  steady_timer deadline_{io_};
  FrameCrossing crossing_;
  std::unique_ptr<encode::MediaSource> source_;
  std::unique_ptr<Interrupts> interrupts_;
  std::optional<std::string> last_words_;  ///< the source has ended, and its last pictures are on their way
  std::optional<ExitCode> exit_code_;
  Instant last_forced_{};  ///< or is going to be
  bool paused_ = true;
  bool warned_of_endless_group_ = false;
  bool after_pause_ = false;  ///< the next keyframe does not follow what was sent before
};

HostApp::HostApp(boost::asio::io_context& io, const HostOptions& options, EventSink& events)
    : io_(io),
      options_(options),
      events_(events),
      expires_at_(options.expires ? std::optional(system_wall_time() + *options.expires) : std::nullopt),
      may_pause_(options.source != SourceKind::kStdin),
      crossing_(io.get_executor(), {[this](Frame frame) { on_frame(std::move(frame)); },
                                    [this](const Error& error) { on_source_ended(error); },
                                    [this](const Error& error) {
                                      events_.on(Notice{error.what, error.hint});
                                    }}) {
  if (const auto wanted = wanted_from_user(choose_source(options_.source, this_session()), options_.screen))
    events_.on(*wanted);
  source_ = make_source(options_, source_callbacks());
  // After the source, which may wait for input and would not hear of it; before the ticket, which says that
  // we are there.
  interrupts_ = std::make_unique<Interrupts>(io_, [this] { stop("interrupted", ExitCode::kInterrupted); });
  const auto identity = options_.identity
                            ? tunnel::Identity::load_or_create(*options_.identity, system_random)
                            : tunnel::Identity::generate(system_random);
  driver_ = std::make_unique<net::UdpDriver>(io_, options_.bind);
  tunnel_ = std::make_unique<tunnel::HostTunnel>(settings(identity), broadcast_, system_random, Clock::now(),
                                                 system_wall_time);
  driver_->start(*tunnel_, [this](Instant now) { on_turn(now); });
  announce(identity);
}

/// Called on the source's threads.
encode::MediaCallbacks HostApp::source_callbacks() {
  return {.on_frame = [this](Frame frame) { crossing_.push(std::move(frame)); },
          .on_ended = [this](Error error) { crossing_.end(std::move(error)); },
          .on_described =
              [this](StreamDescription stream) {
                crossing_.post([this, stream = std::move(stream)] { on_described(stream); });
              },
          .on_notice =
              [this](Error notice) {
                crossing_.post([this, notice = std::move(notice)] {
                  events_.on(Notice{notice.what, notice.hint});
                });
              }};
}

tunnel::HostSettings HostApp::settings(const tunnel::Identity& identity) const {
  return {identity,
          options_.name.empty() ? machine_name() : options_.name,
          options_.max_viewers,
          expires_at_,
          source_->describe(),
          steady_wall_clock(system_wall_time, boot_time)};
}

void HostApp::announce(const tunnel::Identity& identity) {
  Ticket ticket;
  ticket.host_key = identity.public_key();
  ticket.secret = identity.secret();
  ticket.expires_at = expires_at_;
  ticket.candidates = choose_candidates(driver_->local(), interface_addresses());
  if (const auto notice = objection_to(driver_->local(), ticket.candidates))
    events_.on(Notice{notice->what, notice->hint});
  events_.on(TicketReady{encode_ticket(ticket), expires_at_, reachability_of(ticket.candidates)});
}

ExitCode HostApp::run() {
  events_.on(Sharing{source_->describe()});
  if (may_pause_) {
    source_->pause();
    events_.on(Paused{"no viewers"});
  } else {
    paused_ = false;
    source_->play();
  }
  if (options_.duration) {
    deadline_.expires_after(*options_.duration);
    deadline_.async_wait([this](const auto& error) {
      if (!error) stop("time is up", ExitCode::kDone);
    });
  }
  if (events_.wants_stats()) tick();
  io_.run();
  return exit_code_.value_or(ExitCode::kDone);
}

void HostApp::on_frame(Frame frame) {
  // What was on its way when the source was paused.
  if (paused_) return;
  if (frame.keyframe && std::exchange(after_pause_, false)) frame.after_gap = true;
  broadcast_.push(std::move(frame));
  warn_of_endless_group();
  tunnel_->on_broadcast();
  driver_->wake();
}

/// Only what somebody else encodes can be so: our own encoders are asked for keyframes.
void HostApp::warn_of_endless_group() {
  if (broadcast_.counters().trimmed_frames == 0 || std::exchange(warned_of_endless_group_, true)) return;
  events_.on(
      Notice{"the stream has had no keyframe for too long: whoever joins from now on sees nothing "
             "before the next one",
             "have its encoder make one every two seconds, such as ffmpeg … -g 60"});
}

void HostApp::on_source_ended(const Error& error) {
  if (error.what.empty()) return stop_when_delivered(error.hint.empty() ? "the source ended" : error.hint);
  events_.on(Failed{error});
  stop(error.what, error.exit_code);
}

void HostApp::stop_when_delivered(std::string reason) {
  last_words_ = std::move(reason);
  deadline_.expires_after(kDeliveryTime);
  deadline_.async_wait([this](const auto& error) {
    if (!error) stop(*last_words_, ExitCode::kDone);
  });
  driver_->wake();
}

void HostApp::on_described(const StreamDescription& stream) {
  tunnel_->describe(stream, Clock::now());
  driver_->wake();
  events_.on(Sharing{stream});
}

void HostApp::on_turn(Instant) {
  while (const auto event = tunnel_->poll_event())
    std::visit([this](const auto& what) { handle(what); }, *event);
  if (last_words_ && tunnel_->has_delivered()) stop(*last_words_, ExitCode::kDone);
}

void HostApp::handle(const tunnel::ViewerJoined& joined) {
  resume();
  events_.on(ViewerJoined{joined.viewer, joined.name, joined.address.unmapped(), PathKind::kDirect});
}

void HostApp::handle(const tunnel::ViewerLeft& left) {
  events_.on(ViewerLeft{left.viewer, left.name, left.address.unmapped(), PathKind::kDirect, left.reason});
  if (tunnel_->viewer_count() == 0) pause_when_idle();
}

void HostApp::handle(const tunnel::KeyframeWanted&) {
  const Instant now = Clock::now();
  if (last_forced_ > now) return;  // one is on its way
  last_forced_ = std::max(now, last_forced_ + kKeyframeSpacing);
  keyframe_.expires_at(last_forced_);
  keyframe_.async_wait([this](const auto& error) {
    if (!error && source_) source_->force_keyframe();
  });
}

void HostApp::resume() {
  if (!std::exchange(paused_, false)) return;
  source_->play();
  events_.on(Sharing{source_->describe()});
}

void HostApp::pause_when_idle() {
  idle_.expires_after(kIdleGrace);
  idle_.async_wait([this](const auto& error) {
    if (error || paused_ || !may_pause_ || tunnel_->viewer_count() != 0) return;
    paused_ = true;
    after_pause_ = true;
    source_->pause();
    broadcast_.clear();
    tunnel_->on_broadcast();
    events_.on(Paused{"no viewers"});
  });
}

void HostApp::tick() {
  stats_.expires_after(kStatsInterval);
  stats_.async_wait([this](const auto& error) {
    if (error) return;
    const Instant now = Clock::now();
    const HostLoad load{source_->take_times(), crossing_.dropped_frames(), cpu_.percent_since_last(now),
                        process_resident_bytes()};
    events_.on(meter_.take(tunnel_->viewers(), load, broadcast_.counters(), now));
    if (events_.broken()) return stop("nobody reads the events any more", ExitCode::kDone);
    tick();
  });
}

void HostApp::stop(std::string reason, ExitCode code) {
  if (exit_code_) return;
  exit_code_ = code;
  boost::asio::post(io_, [this, reason = std::move(reason)] { finish(reason); });
}

void HostApp::finish(const std::string& reason) {
  tunnel_->close(reason, Clock::now());
  driver_->stop();
  source_.reset();
  events_.on(Ended{reason, Clock::now() - started_, broadcast_.counters().bytes, std::nullopt});
  io_.stop();
}

}  // namespace

ExitCode run_host(boost::asio::io_context& io, const HostOptions& options, EventSink& events) {
  return HostApp(io, options, events).run();
}

}  // namespace pixelpass::app
