#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "tunnel/viewer_core.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace pixelpass::tunnel {

void ViewerTunnel::Core::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  now_ = now;
  links_.on_datagram(path, bytes, ecn, now);
  take_steps();
}

void ViewerTunnel::Core::on_message(ViewerLink& link, const wire::ControlMessage& message) {
  if (state_ == State::kEnded) return;
  if (const auto* welcome = std::get_if<wire::Welcome>(&message))
    on_welcome(link, *welcome);
  else if (const auto* refused = std::get_if<wire::Refused>(&message))
    on_refused(link, *refused);
  else if (const auto* pong = std::get_if<wire::Pong>(&message))
    on_pong(link, *pong);
  else if (const auto* ping = std::get_if<wire::Ping>(&message))
    link.send(wire::Pong{ping->sent_at, clock_reading(now_)});
  else if (const auto* moved = std::get_if<wire::MediaMoved>(&message))
    on_media_moved(link, moved->group);
  else if (const auto* theirs = std::get_if<wire::Candidates>(&message))
    events_.emplace_back(HostCandidates{theirs->candidates, theirs->tag});
  else if (const auto* left = std::get_if<wire::LeftBehind>(&message))
    events_.emplace_back(LeftBehind{*left});
  else if (const auto* bye = std::get_if<wire::Bye>(&message))
    finish(HostLeft{bye->reason});
}

/// A silent connection counts as back when media moves on it, or when there is none to move: small packets
/// alone may pass where pictures do not.
void ViewerTunnel::Core::on_pong(ViewerLink& link, const wire::Pong& pong) {
  if (!dialer_.is_active(link.id())) {
    const bool has_moved =
        state_ == State::kConnected && dialer_.has_moved_to(link.id(), Instant(pong.sent_at));
    if (has_moved) follow(link, true);
    return;
  }
  offset_.add(Instant(pong.sent_at), now_, pong.received_at);
  const bool is_whole = watch_.on_pong(pong.newest, now_);
  if (is_whole && state_ == State::kSearching) on_connected(link);
}

void ViewerTunnel::Core::on_host_time(const std::optional<UnixTime>& host_time) {
  if (host_time) clock_ahead_ = wall_clock_() - *host_time;
}

/// Converts the frame's time from the host's clock to ours.
void ViewerTunnel::Core::on_frame(ViewerLink& link, std::uint64_t group, std::size_t index, Frame frame) {
  if (state_ == State::kEnded) return;
  bytes_received_ += static_cast<std::int64_t>(frame.bytes.size());
  last_group_ = std::max(last_group_.value_or(0), group);
  const bool is_active = dialer_.is_active(link.id());
  watch_.on_frame(group, index, is_active, now_);
  on_carried(link, group);
  if (is_active && state_ == State::kSearching) on_connected(link);
  frame.captured_at = offset_.to_local(frame.captured_at).value_or(now_);
  events_.emplace_back(MediaFrame{group, index, std::move(frame)});
}

/// Reports the end of a group, unless it still comes over another link.
void ViewerTunnel::Core::on_group_ended(ViewerLink& link, std::uint64_t group, bool complete) {
  const auto brings_it = [&](const ViewerLink* other) { return other != &link && other->brings(group); };
  const bool goes_on = !complete && std::ranges::any_of(links_.all(), brings_it);
  if (state_ != State::kEnded && !goes_on) events_.emplace_back(GroupEnded{group, complete});
}

void ViewerTunnel::Core::finish(ViewerEvent last) {
  state_ = State::kEnded;
  events_.push_back(std::move(last));
  dialer_.stop();
  links_.close_all("", now_);
}

void ViewerTunnel::Core::on_timeout(Instant now) {
  now_ = now;
  links_.on_timeout(now);
  if (state_ == State::kEnded) return;
  if (const auto* complaint = watch_.complaint(now)) on_active_lost(complaint);
  if (fall_back_ && now >= fall_back_->until) begin_search(fall_back_->reason);
  if (dialer_.active() && watch_.take_ping(now)) send(wire::Ping{clock_reading(now)});
  if (state_ == State::kSearching && (now >= dialer_.deadline() || dialer_.is_at_end())) return give_up();
  take_steps();
  tell_of_attempt();
}

std::optional<Instant> ViewerTunnel::Core::next_timeout() const {
  auto next = links_.next_timeout();
  const auto consider = [&](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (state_ == State::kEnded) return next;
  if (dialer_.active()) consider(watch_.next_timeout());
  consider(dialer_.next_timeout());
  consider(keeper_.next_timeout());
  if (fall_back_) consider(fall_back_->until);
  return next;
}

bool ViewerTunnel::Core::flush(net::DatagramSink& sink, Instant now) {
  now_ = now;
  return links_.flush(sink, now);
}

void ViewerTunnel::Core::send(const wire::ControlMessage& message) {
  auto* link = active();
  if (!link) return;
  link->send(message);
  links_.touch(*link);
}

void ViewerTunnel::Core::abandon(std::uint64_t group) {
  for (auto* link : links_.all()) {
    link->abandon(group);
    links_.touch(*link);
  }
}

void ViewerTunnel::Core::close(const std::string& reason, Instant now) {
  now_ = now;
  state_ = State::kEnded;
  dialer_.stop();
  links_.close_all(reason, now_);
}

std::optional<ViewerEvent> ViewerTunnel::Core::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

PathStats ViewerTunnel::Core::stats() const {
  PathStats stats;
  stats.bytes_received = bytes_received_;
  const auto* link = active();
  if (!link) return stats;
  const auto connection = link->connection().stats();
  stats.rtt = offset_.round_trip().value_or(connection.rtt);
  stats.lost_packets = connection.lost_packets;
  stats.path = link->connection().path();
  return stats;
}

ViewerTunnel::ViewerTunnel(ViewerSettings settings, SocketAddress local, Random random, Instant now,
                           WallClock wall_clock)
    : core_(std::make_unique<Core>(std::move(settings), local, std::move(random), now,
                                   std::move(wall_clock))) {}
ViewerTunnel::~ViewerTunnel() = default;

void ViewerTunnel::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  core_->on_datagram(path, bytes, ecn, now);
}
void ViewerTunnel::on_timeout(Instant now) {
  core_->on_timeout(now);
}
std::optional<Instant> ViewerTunnel::next_timeout() const {
  return core_->next_timeout();
}
bool ViewerTunnel::flush(net::DatagramSink& sink, Instant now) {
  return core_->flush(sink, now);
}
void ViewerTunnel::add_path(const net::Path& path) {
  core_->add_path(path);
}
void ViewerTunnel::remove_path(const net::Path& path) {
  core_->remove_path(path);
}
void ViewerTunnel::send_candidates(std::vector<Candidate> candidates, Bytes tag) {
  core_->send(wire::Candidates{std::move(candidates), std::move(tag)});
}
void ViewerTunnel::report(const wire::Report& report) {
  core_->send(report);
}
void ViewerTunnel::abandon(std::uint64_t group) {
  core_->abandon(group);
}
void ViewerTunnel::search_for(Duration whole) {
  core_->search_for(whole);
}
void ViewerTunnel::request_keyframe() {
  core_->send(wire::KeyframeRequest{});
}
void ViewerTunnel::close(const std::string& reason, Instant now) {
  core_->close(reason, now);
}
std::optional<ViewerEvent> ViewerTunnel::poll_event() {
  return core_->poll_event();
}
PathStats ViewerTunnel::stats() const {
  return core_->stats();
}
const std::vector<net::Path>& ViewerTunnel::paths() const {
  return core_->paths();
}

}  // namespace pixelpass::tunnel
