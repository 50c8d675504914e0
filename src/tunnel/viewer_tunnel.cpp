#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "tunnel/dialer.hpp"
#include "tunnel/media_watch.hpp"

#include <algorithm>
#include <deque>

namespace pixelpass::tunnel {
namespace {

/// A host answers a ping every second: without an answer and without a whole frame for so long, it is looked
/// for anew. Other packets do not count: a host that hears nothing repeats what it has sent.
constexpr Duration kSilence = 3s;
constexpr Duration kPingInterval = 1s;
/// The first ones come faster: the handshake's own is slowed by it, and the lag is measured by the best of
/// them.
constexpr Duration kFirstPingInterval = 100ms;
constexpr int kFirstPings = 5;
/// A connection that was heard from this lately may still bring the rest of a group.
constexpr Duration kStillBrings = 1s;

}  // namespace

class ViewerTunnel::Core final : public ViewerLink::Core {
 public:
  Core(ViewerSettings settings, SocketAddress local, Random random, Instant now, WallClock wall_clock)
      : settings_(std::move(settings)),
        now_(now),
        wall_clock_(std::move(wall_clock)),
        next_ping_(now),
        dialer_(*this, settings_, local, std::move(random), now, wall_clock_) {}

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  bool flush(net::DatagramSink& sink, Instant now);
  void send(const wire::ControlMessage& message);
  void abandon(std::uint64_t group);
  void close(const std::string& reason, Instant now);
  std::optional<ViewerEvent> poll_event();
  [[nodiscard]] PathStats stats() const;

  [[nodiscard]] Instant now() const override { return now_; }
  void on_handshake(ViewerLink& link) override;
  void on_media_bytes() override { media_.on_bytes(); }
  void on_message(ViewerLink& link, const wire::ControlMessage& message) override;
  void on_frame(ViewerLink& link, std::uint64_t group, std::size_t index, Frame frame) override;
  void on_group_ended(std::uint64_t group, bool complete) override;
  void on_link_closed(ViewerLink& link, const CloseInfo& info) override;

 private:
  /// kSearching: dialing, for the first time or again; an old connection may still be there and may come
  /// back.
  enum class State : std::uint8_t { kSearching, kConnected, kEnded };

  void on_pong(ViewerLink& link, const wire::Pong& pong);
  void begin_search(std::string reason);
  void on_connected(ViewerLink& link);
  void on_welcome(ViewerLink& link, const wire::Welcome& welcome);
  void on_refused(ViewerLink& link, const wire::Refused& refused);
  void on_host_time(const std::optional<UnixTime>& host_time);
  void give_up();
  void finish(ViewerEvent last);
  void ping();

  ViewerSettings settings_;
  Instant now_;
  WallClock wall_clock_;

  State state_ = State::kSearching;
  std::string host_name_;
  std::optional<std::chrono::seconds> clock_ahead_;  ///< of the host's, as last told
  bool wrong_host_ = false;
  Instant media_at_;  ///< a frame came over the active connection
  Instant live_at_;   ///< a frame or a pong came over the active connection
  Instant next_ping_;
  int pings_ = 0;  ///< on the active connection
  MediaWatch media_;
  ClockOffset offset_;
  std::int64_t bytes_received_ = 0;
  std::deque<ViewerEvent> events_;
  Dialer dialer_;  // last: its connections call back into the rest while they die
};

void ViewerTunnel::Core::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  now_ = now;
  dialer_.on_datagram(path.remote, bytes, ecn, now);
}

void ViewerTunnel::Core::on_handshake(ViewerLink& link) {
  if (state_ == State::kSearching) dialer_.on_handshake(link, now_);
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
  else if (const auto* bye = std::get_if<wire::Bye>(&message))
    finish(HostLeft{bye->reason});
}

/// A connection that fell silent is back when media moves on it, or when there is none to move: small packets
/// alone may pass where pictures do not.
void ViewerTunnel::Core::on_pong(ViewerLink& link, const wire::Pong& pong) {
  if (&link != dialer_.active()) return;
  live_at_ = now_;
  offset_.add(Instant(pong.sent_at), now_, pong.received_at);
  const bool is_whole = media_.on_pong(pong.newest, now_);
  if (is_whole && state_ == State::kSearching) on_connected(link);
}

void ViewerTunnel::Core::on_welcome(ViewerLink& link, const wire::Welcome& welcome) {
  host_name_ = welcome.host_name;
  on_host_time(welcome.host_time);
  if (&link != dialer_.active() && state_ == State::kSearching) on_connected(link);
  events_.emplace_back(Described{welcome.stream});
}

/// One connection works: the others are not needed, but for one that still brings the rest of a group. The
/// host closes that one.
void ViewerTunnel::Core::on_connected(ViewerLink& link) {
  events_.emplace_back(Connected{host_name_, link.connection().remote(), now_ - dialer_.began(),
                                 dialer_.settled_once(), clock_ahead_});
  const auto* old = dialer_.active();
  // The host may have been started again since, on a machine that was, too: its clock is another one.
  if (old != &link) offset_.reset();
  state_ = State::kConnected;
  media_.reset();
  live_at_ = now_;
  pings_ = 0;
  next_ping_ = now_ + kFirstPingInterval;
  const bool brings_media = now_ - media_at_ < kStillBrings;
  dialer_.settle(link, brings_media ? old : nullptr, now_);
}

void ViewerTunnel::Core::on_refused(ViewerLink& link, const wire::Refused& refused) {
  on_host_time(refused.host_time);
  link.connection().close(CloseCode::kBye, "", now_);
  finish(RefusedByHost{refused.reason, clock_ahead_});
}

void ViewerTunnel::Core::on_host_time(const std::optional<UnixTime>& host_time) {
  if (host_time) clock_ahead_ = wall_clock_() - *host_time;
}

/// The frame is on the host's clock; from here on it is on ours.
void ViewerTunnel::Core::on_frame(ViewerLink& link, std::uint64_t group, std::size_t index, Frame frame) {
  if (state_ == State::kEnded) return;
  bytes_received_ += static_cast<std::int64_t>(frame.bytes.size());
  dialer_.resume_after(std::max(dialer_.last_group().value_or(0), group));
  media_.on_frame(group, index);
  if (&link == dialer_.active()) {
    live_at_ = media_at_ = now_;
    if (state_ == State::kSearching) on_connected(link);
  }
  frame.captured_at = offset_.to_local(frame.captured_at).value_or(now_);
  events_.emplace_back(MediaFrame{group, index, std::move(frame)});
}

void ViewerTunnel::Core::on_group_ended(std::uint64_t group, bool complete) {
  if (state_ != State::kEnded) events_.emplace_back(GroupEnded{group, complete});
}

void ViewerTunnel::Core::on_link_closed(ViewerLink& link, const CloseInfo& info) {
  const bool was_greeted = dialer_.greeted() == &link;
  const bool was_active = dialer_.forget(link);
  if (state_ == State::kEnded) return;
  if (info.by == CloseInfo::By::kTls) wrong_host_ = true;
  constexpr auto kFirstRefusal = static_cast<std::uint64_t>(CloseCode::kRefused);
  if (info.by == CloseInfo::By::kPeer && info.code >= kFirstRefusal)
    return finish(RefusedByHost{static_cast<wire::RefusedReason>(info.code - kFirstRefusal), clock_ahead_});
  if (info.by == CloseInfo::By::kUs && info.code == static_cast<std::uint64_t>(CloseCode::kProtocol))
    return finish(
        Lost{.reason = "the host does not keep to the protocol: " + info.reason, .broken_off = true});
  if (info.code == static_cast<std::uint64_t>(CloseCode::kExcess) && info.by == CloseInfo::By::kUs)
    return finish(Lost{.reason = "the host asks for more than it has use for", .broken_off = true});
  if (info.code == static_cast<std::uint64_t>(CloseCode::kExcess) && info.by == CloseInfo::By::kPeer)
    return finish(Lost{.reason = "the host says that this side asks for too much", .broken_off = true});
  if (info.code == static_cast<std::uint64_t>(CloseCode::kBusy) && info.by == CloseInfo::By::kPeer &&
      state_ == State::kSearching)
    return dialer_.wait_for_room(now_);
  const bool was_bye =
      info.by == CloseInfo::By::kPeer && info.code == static_cast<std::uint64_t>(CloseCode::kBye);
  const bool is_last = dialer_.links().empty();
  if (!dialer_.settled_once() && was_greeted) {
    if (was_bye && is_last) return finish(HostLeft{info.reason});
    return dialer_.dial_again(now_);
  }
  if (!dialer_.settled_once() && dialer_.is_at_end()) return give_up();
  if (!was_active) return;
  if (was_bye) return finish(HostLeft{info.reason});
  begin_search(info.reason.empty() ? "the connection was lost" : info.reason);
}

/// One search at a time: a connection that ends while another is looked for is no news.
void ViewerTunnel::Core::begin_search(std::string reason) {
  if (state_ != State::kConnected) return;
  state_ = State::kSearching;
  dialer_.search(now_);
  media_.reset();
  events_.emplace_back(Reconnecting{1, std::move(reason)});
}

void ViewerTunnel::Core::give_up() {
  if (dialer_.settled_once())
    finish(Lost{"the host could not be reached again"});
  else if (wrong_host_)
    finish(WrongHost{});
  else
    finish(Unreachable{dialer_.addresses()});
}

void ViewerTunnel::Core::finish(ViewerEvent last) {
  state_ = State::kEnded;
  events_.push_back(std::move(last));
  dialer_.close_all("", now_);
}

void ViewerTunnel::Core::ping() {
  send(wire::Ping{clock_reading(now_)});
  const bool hurried = ++pings_ < kFirstPings || state_ == State::kSearching;
  next_ping_ = now_ + (hurried ? kFirstPingInterval : kPingInterval);
}

void ViewerTunnel::Core::on_timeout(Instant now) {
  now_ = now;
  dialer_.connections().on_timeout(now);
  if (state_ == State::kEnded) return;
  if (state_ == State::kConnected && now - live_at_ >= kSilence) begin_search("the host has gone silent");
  if (const auto patience = media_.deadline(); state_ == State::kConnected && patience && now >= *patience)
    begin_search("no pictures come any more, although the host answers");
  if (dialer_.active() && now >= next_ping_) ping();
  if (state_ != State::kSearching) return;
  if (now >= dialer_.deadline()) return give_up();
  const auto attempt = dialer_.continue_search(now);
  if (attempt > 1 && dialer_.settled_once() && state_ == State::kSearching)
    events_.emplace_back(Reconnecting{*attempt, "no answer yet"});
}

std::optional<Instant> ViewerTunnel::Core::next_timeout() const {
  auto next = dialer_.connections().next_timeout();
  const auto consider = [&](Instant at) {
    if (!next || at < *next) next = at;
  };
  if (state_ == State::kEnded) return next;
  if (dialer_.active()) {
    consider(next_ping_);
    if (state_ == State::kConnected) consider(live_at_ + kSilence);
    if (const auto patience = media_.deadline(); state_ == State::kConnected && patience) consider(*patience);
  }
  if (state_ == State::kSearching) consider(dialer_.next_search_step(now_));
  return next;
}

bool ViewerTunnel::Core::flush(net::DatagramSink& sink, Instant now) {
  now_ = now;
  return dialer_.connections().flush(sink, now);
}

void ViewerTunnel::Core::send(const wire::ControlMessage& message) {
  auto* active = dialer_.active();
  if (!active) return;
  active->send(message);
  dialer_.connections().touch(active->connection());
}

void ViewerTunnel::Core::abandon(std::uint64_t group) {
  for (auto* link : dialer_.links()) {
    link->abandon(group);
    dialer_.connections().touch(link->connection());
  }
}

void ViewerTunnel::Core::close(const std::string& reason, Instant now) {
  now_ = now;
  state_ = State::kEnded;
  dialer_.close_all(reason, now_);
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
  const auto* active = dialer_.active();
  if (!active) return stats;
  const auto connection = active->connection().stats();
  stats.rtt = offset_.round_trip().value_or(connection.rtt);
  stats.lost_packets = connection.lost_packets;
  stats.address = active->connection().remote();
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
void ViewerTunnel::report(const wire::Report& report, Instant) {
  core_->send(report);
}
void ViewerTunnel::abandon(std::uint64_t group, Instant) {
  core_->abandon(group);
}
void ViewerTunnel::request_keyframe(Instant) {
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

}  // namespace pixelpass::tunnel
