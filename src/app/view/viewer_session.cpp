#include "app/view/viewer_session.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace pixelpass::app {
namespace {

/// How many connections in a row may bring only refused media. One may have been cut off in the middle of
/// something; a host whose media is refused each time sends nothing that can be watched, and dialling it
/// again does not help.
constexpr int kMaxRefusedConnections = 3;

constexpr const char* kQuestion = "press Enter to open it again, or q and Enter to end";
constexpr const char* kPatience = "; without an answer it ends in a minute";

/// `status`: as a shell has it, 128 more than the signal that a program was killed by.
std::string why_failed(int status) {
  const int signal = status - 128;
  if (signal > 0 && signal <= SIGRTMAX) return "the player was killed by signal " + std::to_string(signal);
  return "the player ended with status " + std::to_string(status);
}

Error player_end(int status) {
  if (status == 0) return {"the player was closed", "", ExitCode::kDone};
  return {why_failed(status),
          "choose another one (--player; p in the menu), or none and start it by hand, where it says why",
          ExitCode::kCouldNotStart};
}

double fraction_of_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

ViewerSession::ViewerSession(ViewerSessionSettings settings, SocketAddress local, Random random, Instant now,
                             WallClock wall_clock)
    : settings_(std::move(settings)),
      wall_clock_(std::move(wall_clock)),
      tunnel_(settings_.tunnel, local, std::move(random), now, wall_clock_),
      receiver_(settings_.tunnel.latency),
      received_(now),
      stats_since_(now) {}

void ViewerSession::start(ViewPlace place, Instant now) {
  place_ = std::move(place);
  if (settings_.duration) deadline_ = now + *settings_.duration;
  stats_at_ = now + kStatsInterval;
  if (const auto notice = expiry_notice(settings_.tunnel.ticket, wall_clock_())) tell(*notice);
  tell(Connecting{addresses()});
}

std::vector<SocketAddress> ViewerSession::addresses() const {
  std::vector<SocketAddress> all;
  for (const auto& candidate : settings_.tunnel.ticket.candidates) all.push_back(candidate.address);
  return all;
}

void ViewerSession::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  tunnel_.on_datagram(path, bytes, ecn, now);
}

void ViewerSession::on_timeout(Instant now) {
  const auto is_due = [now](std::optional<Instant> at) { return at && *at <= now; };
  if (is_due(tunnel_.next_timeout())) tunnel_.on_timeout(now);
  if (is_due(receiver_.next_timeout())) receiver_.on_timeout(now);
  if (is_due(stats_at_)) take_stats(now);
  if (is_due(answer_by_)) on_no_answer(now);
  if (is_due(deadline_)) on_time_up();
}

std::optional<Instant> ViewerSession::next_timeout() const {
  std::optional<Instant> first;
  for (const auto at : {tunnel_.next_timeout(), receiver_.next_timeout(), stats_at_, answer_by_, deadline_})
    if (at && (!first || *at < *first)) first = at;
  return first;
}

bool ViewerSession::flush(net::DatagramSink& sink, Instant now) {
  return tunnel_.flush(sink, now);
}

void ViewerSession::advance(Instant now) {
  const auto take = [this, now](const auto& what) {
    if constexpr (requires { handle(what, now); })
      handle(what, now);
    else
      handle(what);
  };
  while (const auto event = tunnel_.poll_event()) std::visit(take, *event);
  deliver(now);
  judge_lost_connection();
}

void ViewerSession::handle(const tunnel::PathChanged& changed) {
  path_ = changed.to;
  tell(PathChanged{std::nullopt, changed.from, changed.to});
}

void ViewerSession::handle(const tunnel::HostCandidates& candidates) {
  candidates_ = candidates;
}

void ViewerSession::handle(const tunnel::Connected& connected, Instant now) {
  path_ = connected.path;
  if (!connected_at_) connected_at_ = now;
  receiver_.on_connected(now);
  tell(Connected{connected.host_name, connected.path, connected.took, connected.clock_ahead});
  if (const auto notice = clock_notice(connected.clock_ahead); notice && !std::exchange(told_of_clock_, true))
    tell(*notice);
}

void ViewerSession::handle(const tunnel::Described& described) {
  if (!described.stream.source.empty()) return announce();
  if (!announced_ && !std::exchange(told_to_wait_, true))
    tell(Notice{"the host has not begun to share yet: what it shares is still being chosen",
                "the picture comes as soon as that is done"});
}

void ViewerSession::announce() {
  if (std::exchange(announced_, true)) return;
  tell(place_.endpoint);
  for (const auto& notice : place_.notices) tell(notice);
  commands_.push_back(ViewCommand::kOpenPlayer);
}

void ViewerSession::handle(const tunnel::MediaFrame& media, Instant now) {
  brought_media_ = true;
  announce();  // also of a host that never says what it shares
  receiver_.on_frame(media.group, media.index, media.frame, now);
}

void ViewerSession::handle(const tunnel::GroupEnded& ended, Instant now) {
  receiver_.on_group_ended(ended.group, ended.complete, now);
}

void ViewerSession::handle(const tunnel::LeftBehind& left, Instant now) {
  if (left_behind_.take(now)) tell(left_behind_notice(left.what));
}

void ViewerSession::handle(const tunnel::Reconnecting& reconnecting) {
  if (path_) last_path_ = {*std::exchange(path_, std::nullopt)};
  if (std::exchange(brought_media_, false)) is_to_judge_ = true;
  const auto line = narrow(last_path_);
  tell(Reconnecting{reconnecting.attempt,
                    reconnecting.reason + (line ? "; " + net::describe(*line) : std::string())});
}

void ViewerSession::handle(const tunnel::HostLeft& left) {
  if (last_words_) return;
  last_words_ = left.reason.empty() ? "the host ended" : "the host ended: " + left.reason;
  commands_.push_back(ViewCommand::kDrainOutputs);
}

void ViewerSession::handle(const tunnel::Unreachable& unreachable) {
  on_unreachable(unreachable);
}

void ViewerSession::handle(const tunnel::Lost& lost) {
  fail(describe(lost, narrow(last_path_)));
}

void ViewerSession::handle(const tunnel::RefusedByHost& refused) {
  const Error why = describe(refused);
  tell(Failed{why, needs_new_ticket(refused)});
  stop(why.what, why.exit_code);
}

template <class FinalFailure>
void ViewerSession::handle(const FinalFailure& failure) {
  fail(describe(failure));
}

void ViewerSession::deliver(Instant now) {
  receiver_.deliver(now);
  while (const auto group = receiver_.poll_abandoned()) tunnel_.abandon(*group);
  while (const auto why = receiver_.poll_refusal()) tell_of_refusal(*why);
  if (!receiver_.has_begun() || std::exchange(told_first_frame_, true)) return;
  tell(FirstFrame{now - settings_.started_at, now - connected_at_.value_or(now)});
}

void ViewerSession::tell(ViewEvent event) {
  if (!exit_code_) events_.push_back(std::move(event));
}

void ViewerSession::tell_of_refusal(mpegts::MediaFilter::Refusal why) {
  const bool is_foreign = why == mpegts::MediaFilter::Refusal::kNotTransportStream;
  tell(Notice{is_foreign ? "the host sends something that is not MPEG-TS; it is not passed on"
                         : "the host sends no picture or sound of a kind that is known; it is not passed on",
              "ask the host what is shared"});
}

void ViewerSession::judge_lost_connection() {
  if (!std::exchange(is_to_judge_, false)) return;
  const auto passed = receiver_.passed_frames();
  if (passed != std::exchange(passed_before_, passed)) refused_connections_ = 0;
  if (receiver_.is_refusing() && ++refused_connections_ == kMaxRefusedConnections)
    fail(nothing_to_pass_on(refused_connections_));
}

void ViewerSession::take_stats(Instant now) {
  stats_at_ = now + kStatsInterval;
  const ViewLoad load = settings_.load();
  const auto connection = tunnel_.stats();
  const auto received = receiver_.take_received();
  const double elapsed = fraction_of_seconds(now - std::exchange(stats_since_, now));
  ReceiveStats stats;
  stats.bitrate_bps = received_.bits_per_second(static_cast<std::uint64_t>(connection.bytes_received), now);
  stats.rtt = connection.rtt;
  stats.path = connection.path;
  stats.lag_p50 = received.lag_p50;
  stats.lag_p95 = received.lag_p95;
  stats.skipped_groups = receiver_.skipped_groups();
  stats.fps = elapsed > 0 ? static_cast<double>(received.pictures) / elapsed : 0;
  stats.cpu_percent = load.cpu_percent;
  stats.rss = load.rss;
  stats.player_lag = load.player_lag;
  stats.player_speed = load.player_speed;
  const auto lag = std::chrono::duration_cast<std::chrono::microseconds>(stats.lag_p50);
  judge_player(load, static_cast<double>(received.pictures));
  tunnel_.report({lag, load.buffered_bytes, stats.skipped_groups, player_pace_.is_slow()});
  if (connected_at_ && settings_.wants_stats && !answer_by_) tell(stats);
  look_for_picture(now);
}

/// The host shares, and the line is there; but nobody can see anything yet, nor know why.
void ViewerSession::look_for_picture(Instant now) {
  if (told_first_frame_ || receiver_.is_refusing() || !announced_ || !path_) return;
  if (now - *connected_at_ < kPictureWithin) return;
  if (!std::exchange(told_of_no_picture_, true)) tell(no_picture_notice());
}

void ViewerSession::judge_player(const ViewLoad& load, double pictures) {
  player_pace_.on_second({.pictures = pictures,
                          .dropped = load.player_dropped,
                          .speed = load.player_speed.value_or(1),
                          .lag = load.player_lag});
  if (player_pace_.is_slow() && !std::exchange(told_of_slow_player_, true)) tell(slow_player_notice());
}

void ViewerSession::on_time_up() {
  deadline_.reset();
  if (connected_at_) return stop("time is up", ExitCode::kDone);
  on_unreachable({tunnel_.paths()});
}

void ViewerSession::on_unreachable(const tunnel::Unreachable& unreachable) {
  if (settings_.why_unsent) ways_tried_.send_error = settings_.why_unsent(unreachable.tried);
  ways_tried_.narrow = narrow(unreachable.tried);
  fail(describe(unreachable, ways_tried_));
}

std::optional<net::NarrowLine> ViewerSession::narrow(const std::vector<net::Path>& paths) const {
  return settings_.narrow_line ? settings_.narrow_line(paths) : std::nullopt;
}

void ViewerSession::on_recording_failed(const Error& error, std::uint64_t saved_bytes) {
  if (!is_watched()) return fail(error);
  tell(Notice{"the recording has ended, the stream goes on: " + error.what + " (" +
                  std::to_string(saved_bytes >> 20) + " MiB were saved)",
              error.hint});
}

void ViewerSession::on_pipe_ended(const Error& why) {
  const bool closed = why.exit_code == ExitCode::kDone;
  const std::string what = closed ? "standard output was closed" : why.what;
  if (is_watched())
    return tell(Notice{what + ": the stream goes on without it", closed ? "stop with Ctrl-C" : why.hint});
  return closed ? stop(what, why.exit_code) : fail(why);
}

void ViewerSession::on_player_not_opened(const Error& why, Instant now) {
  if (settings_.player_end == PlayerEnd::kUsual) return tell(Notice{why.what, why.hint, false, true});
  on_player_gone(why, now);
}

void ViewerSession::on_player_exit(int status, Instant now) {
  // It may have reached the end of the host's stream.
  if (last_words_) return;
  player_watches_ = false;
  const Error why = player_end(status);
  if (settings_.player_end != PlayerEnd::kUsual) return on_player_gone(why, now);
  if (status == 0) return stop(why.what, why.exit_code);
  tell(Notice{why.what, "the stream goes on: open the URL again, or stop with Ctrl-C", false, true});
}

/// The player has gone. A path that was made by a reply code is kept while the user is asked: the next one
/// would need another code.
void ViewerSession::on_player_gone(const Error& why, Instant now) {
  if (exit_code_) return;
  if (settings_.player_end == PlayerEnd::kLeave && !ways_tried_.code)
    return why.exit_code == ExitCode::kDone ? stop(why.what, why.exit_code) : fail(why);
  player_end_ = why;
  answer_by_ = now + kAnswerTime;
  commands_.push_back(ViewCommand::kAskUser);
}

Notice ViewerSession::question() const {
  const bool was_closed = player_end_->exit_code == ExitCode::kDone;
  return {player_end_->what,
          (was_closed ? "" : player_end_->hint + "\n  ") + kQuestion + (receiver_.in_use() ? "" : kPatience),
          true};
}

void ViewerSession::on_answer(const std::string& line) {
  if (!answer_by_ || last_words_ || (!line.empty() && line != kNoMore)) return;
  answer_by_.reset();
  if (line == kNoMore) return stop(player_end_->what, player_end_->exit_code);
  commands_.push_back(ViewCommand::kOpenPlayer);
}

/// No answer came. A recording, or a player that was started by hand, goes on although the window was closed.
void ViewerSession::on_no_answer(Instant now) {
  if (receiver_.in_use())
    answer_by_ = now + kAnswerTime;
  else
    stop(player_end_->what, player_end_->exit_code);
}

bool ViewerSession::on_player_begins(Instant now) {
  if (!receiver_.is_stale(now)) return false;
  tunnel_.request_keyframe();
  return true;
}

void ViewerSession::on_drained() {
  stop(last_words_.value_or("the host ended"), ExitCode::kDone);
}

void ViewerSession::fail(const Error& error) {
  tell(Failed{error});
  stop(error.what, error.exit_code);
}

void ViewerSession::stop(const std::string& reason, ExitCode code) {
  if (exit_code_) return;
  exit_code_ = code;
  end_reason_ = reason;
  commands_.push_back(ViewCommand::kEnd);
}

void ViewerSession::close(Instant now) {
  bytes_received_ = static_cast<std::uint64_t>(tunnel_.stats().bytes_received);
  tunnel_.close(end_reason_.value_or(""), now);
}

void ViewerSession::on_recording_cut_short(const Error& failure) {
  if (exit_code_ == ExitCode::kDone) exit_code_ = failure.exit_code;
}

Ended ViewerSession::ended(Instant now) const {
  Ended ended{end_reason_.value_or(""), now - settings_.started_at, bytes_received_, std::nullopt};
  if (const auto lag = receiver_.lag_of_whole_run()) ended.lag = Ended::Lag{lag->p50, lag->p95};
  return ended;
}

std::optional<ViewEvent> ViewerSession::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto first = std::move(events_.front());
  events_.pop_front();
  return first;
}

std::optional<ViewCommand> ViewerSession::poll_command() {
  if (commands_.empty()) return std::nullopt;
  const auto first = commands_.front();
  commands_.pop_front();
  return first;
}

}  // namespace pixelpass::app
