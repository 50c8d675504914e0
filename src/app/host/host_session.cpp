#include "app/host/host_session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pixelpass::app {
HostSession::HostSession(HostSessionSettings settings, const Random& random, Instant now,
                         const WallClock& wall_clock)
    : settings_(std::move(settings)),
      began_(now),
      now_(now),
      stream_(settings_.tunnel.stream),
      broadcast_({}, settings_.first_group),
      audience_(settings_.audience),
      transports_(settings_.tunnel, settings_.is_web_on, broadcast_, audience_, random, now, wall_clock),
      keyframes_(settings_.audience.max_viewers),
      meter_(now),
      rate_(settings_.use),
      rest_(settings_.is_encoded_here),
      narrow_lines_(settings_.narrow_line) {}

void HostSession::start(const StreamDescription& stream, Instant now) {
  now_ = now;
  is_starting_ = false;
  stream_ = stream;
  transports_.describe(stream);
  if (settings_.duration) deadline_ = now + *settings_.duration;
  if (settings_.load) stats_at_ = now + kStatsInterval;
  begin_following();
  events_.emplace_back(Sharing{stream_});
  rest_.start();
  follow_rest();
}

void HostSession::on_frame(Frame frame) {
  // What was on its way when the source was paused.
  if (rest_.is_resting()) return;
  if (frame.keyframe && rest_.take_gap()) frame.after_gap = true;
  if (!settings_.is_encoded_here) pass_on(frame);
  if (frame.keyframe) keyframes_.on_keyframe(frame.captured_at, now_);
  broadcast_.push(std::move(frame));
  warn_of_endless_group();
  transports_.on_broadcast();
}

/// Only what somebody else encodes can be so: our own encoders are asked for keyframes.
void HostSession::warn_of_endless_group() {
  if (broadcast_.counters().trimmed_frames == 0 || std::exchange(warned_of_endless_group_, true)) return;
  events_.emplace_back(
      Notice{"the stream has had no keyframe for too long: whoever joins from now on sees nothing "
             "before the next one",
             "have its encoder make one every two seconds, such as ffmpeg … -g 60"});
}

void HostSession::on_described(const StreamDescription& stream, Instant now) {
  now_ = now;
  stream_ = stream;
  rate_.on_described();
  // What the source says is what it makes now; what is shared has what it may make.
  stream_.bitrate_bps = rate_.cap().value_or(stream_.bitrate_bps);
  tell_stream();
}

/// What is shared may change while nothing of it is shown.
void HostSession::tell_stream() {
  transports_.describe(stream_);
  events_.emplace_back(Sharing{stream_});
  rest_.on_told_as_shared();
  follow_rest();
}

void HostSession::on_source_hidden(const std::string& reason, Instant now) {
  now_ = now;
  rest_.set_hidden(reason);
  follow_rest();
}

void HostSession::on_source_ended(const Error& error, Instant now) {
  if (!error.what.empty()) {
    events_.emplace_back(Failed{error});
    return stop(error.what, error.exit_code, now);
  }
  now_ = now;
  last_words_ = error.hint.empty() ? "the source ended" : error.hint;
  deadline_ = now + kDeliveryTime;
}

void HostSession::stop(const std::string& reason, ExitCode code, Instant now) {
  now_ = now;
  if (exit_code_) return;
  exit_code_ = code;
  transports_.close(reason, now);
  if (!is_starting_)
    events_.emplace_back(Ended{reason, now - began_, broadcast_.counters().bytes, std::nullopt});
}

void HostSession::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  now_ = now;
  transports_.on_datagram(path, bytes, ecn, now);
}

void HostSession::on_timeout(Instant now) {
  now_ = now;
  transports_.on_timeout(now);
  if (exit_code_) return;
  if (const auto at = rest_.next_timeout(); at && *at <= now) become_idle();
  if (const auto at = rate_.next_timeout(); at && *at <= now) take(rate_.look(transports_.viewers(), now));
  if (stats_at_ && *stats_at_ <= now) tell_stats();
  if (deadline_ && *deadline_ <= now) stop(last_words_.value_or("time is up"), ExitCode::kDone, now);
}

std::optional<Instant> HostSession::next_timeout() const {
  auto next = transports_.next_timeout();
  if (exit_code_) return next;
  for (const auto& at :
       {rest_.next_timeout(), rate_.next_timeout(), keyframes_.next_timeout(), stats_at_, deadline_})
    if (at && (!next || *at < *next)) next = at;
  return next;
}

bool HostSession::flush(net::DatagramSink& sink, Instant now) {
  now_ = now;
  return transports_.flush(sink, now);
}

/// Takes in what has happened on the transports, and what follows from it.
void HostSession::settle() {
  if (exit_code_) return;
  while (const auto event = transports_.poll_event())
    std::visit([this](const auto& what) { handle(what); }, *event);
  follow_listeners();
  if (keyframes_.take(now_)) commands_.emplace_back(source_command::Keyframe{});
  if (last_words_ && transports_.has_delivered()) stop(*last_words_, ExitCode::kDone, now_);
}

void HostSession::handle(const tunnel::SessionOpened& joined) {
  wake_up();
  events_.emplace_back(ViewerJoined{joined.viewer, joined.name, joined.path});
}

void HostSession::handle(const tunnel::SessionClosed& left) {
  events_.emplace_back(ViewerLeft{left.viewer, left.name, left.path, left.reason});
  narrow_lines_.forget(left.viewer);
  if (nobody_watches()) rest_.on_unwatched(now_);
}

void HostSession::on_published(const PublishedTo& engines, Instant now) {
  now_ = now;
  if (exit_code_) return;
  if (settings_.is_encoded_here) keyframes_.on_published(engines.count, now);
  const auto before = std::exchange(engines_, engines).count;
  if (engines_.count > 0) return wake_up();
  if (before > 0 && nobody_watches()) rest_.on_unwatched(now_);
}

/// Rationed as a viewer's wishes are, whose numbers count from the other end.
void HostSession::on_engine_wants_keyframe(std::size_t engine, Instant now) {
  now_ = now;
  const auto number = std::numeric_limits<std::uint32_t>::max() - static_cast<std::uint32_t>(engine);
  if (settings_.is_encoded_here) handle(tunnel::KeyframeWanted{number, std::nullopt});
}

void HostSession::wake_up() {
  rest_.on_watched();
  follow_rest();
}

void HostSession::handle(const tunnel::ViewerMoved& moved) {
  events_.emplace_back(PathChanged{moved.viewer, moved.from, moved.to});
}

/// Kept until somebody takes them: the newest of a viewer count, and no more than all of them together.
void HostSession::handle(const tunnel::ViewerCandidates& candidates) {
  std::erase_if(candidates_, [&](const auto& old) { return old.viewer == candidates.viewer; });
  candidates_.push_back(candidates);
}

std::optional<tunnel::ViewerCandidates> HostSession::poll_candidates() {
  if (candidates_.empty()) return std::nullopt;
  auto next = std::move(candidates_.front());
  candidates_.pop_front();
  return next;
}

void HostSession::send_candidates(std::uint32_t viewer, std::vector<Candidate> candidates, Bytes tag) {
  transports_.send_candidates(viewer, std::move(candidates), std::move(tag));
}

void HostSession::handle(const tunnel::KeyframeWanted& wanted) {
  if (rest_.is_resting()) return;
  keyframes_.on_wanted(wanted, now_);
  if (!settings_.is_encoded_here) begin_with_newest_group(wanted.viewer);
}

void HostSession::become_idle() {
  if (!rest_.on_timeout(!nobody_watches())) return;
  take(rate_.forget_limits());
  follow_rest();
  broadcast_.clear();
  transports_.on_broadcast();
}

void HostSession::follow_rest() {
  if (const auto plays = rest_.take_change()) set_playing(*plays);
  if (const auto why = rest_.take_news()) tell_what_is_shown(*why);
}

void HostSession::set_playing(bool plays) {
  if (plays) {
    rate_.on_play(now_);
    commands_.emplace_back(source_command::Play{});
    return;
  }
  rate_.on_pause();
  keyframes_.on_pause();
  commands_.emplace_back(source_command::Pause{});
}

void HostSession::tell_what_is_shown(const std::string& why_hidden) {
  if (why_hidden.empty()) {
    events_.emplace_back(Sharing{stream_});
  } else {
    events_.emplace_back(Paused{why_hidden});
  }
}

std::optional<Error> HostSession::on_command(const HostCommand& command, Instant now) {
  now_ = now;
  if (exit_code_) return Error{"the host has ended", "start another one: pixelpass host"};
  const CommandedHost host{.is_encoded_here = settings_.is_encoded_here,
                           .shares = !is_starting_,
                           .sources = stream_.sources,
                           .shows_one_alone = stream_.shown > 0,
                           .viewers = audience_.here()};
  if (auto objection = objection_to(command, host)) return objection;
  std::visit([this](const auto& what) { apply(what); }, command);
  return std::nullopt;
}

void HostSession::apply(const command::Kick& kick) {
  audience_.kick(kick.viewer);
  transports_.kick(kick.viewer, now_);
}

/// What others encode rests. What it has shown is kept: who loses its connection meanwhile finds the picture
/// that the others have.
void HostSession::set_paused(bool paused) {
  if (!rest_.set_paused(paused)) return;
  if (settings_.is_encoded_here) commands_.emplace_back(source_command::Cover{paused});
  follow_rest();
}

void HostSession::apply(const command::SetBitrate& bitrate) {
  stream_.bitrate_bps = bitrate.bits_per_second;
  take(rate_.follow_up_to(bitrate, now_));
  encode_at(rate_.bits_per_second(bitrate.bits_per_second));
  tell_stream();
}

void HostSession::apply(const command::NewTicket& ticket) {
  transports_.renew_secret(ticket.secret);
  audience_.expire_in(ticket.lifetime);
  if (ticket.kicks_all)
    for (const auto viewer : audience_.kick_all()) transports_.kick(viewer, now_);
}

std::optional<SourceCommand> HostSession::poll_command() {
  settle();
  if (is_starting_ || commands_.empty()) return std::nullopt;
  const auto command = commands_.front();
  commands_.pop_front();
  return command;
}

std::optional<HostEvent> HostSession::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace pixelpass::app
