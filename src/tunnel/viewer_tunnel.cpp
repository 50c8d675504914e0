#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "pixelpass/tunnel/connection_set.hpp"
#include "pixelpass/tunnel/media_watch.hpp"

#include "viewer_link.hpp"

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
/// Between two rounds of dialing: what was sent while the line was away is not repeated soon (RFC
/// 9002, 6.2.1).
constexpr Duration kRedialInterval = 500ms;
/// People are told of every fourth.
constexpr Duration kAttemptInterval = 2s;
/// A host that was greeted answers within a round trip; after this another connection is tried as well.
constexpr Duration kWelcomePatience = 1s;
/// Before a host is dialled again that had no room for one more newcomer.
constexpr Duration kBusyWait = 500ms;
/// A connection that was heard from this lately may still bring the rest of a group.
constexpr Duration kAlive = 1s;
/// A dialed connection that has not been let in by then is let go.
constexpr Duration kDialPatience = 6s;
/// The same where dialing goes on: there are newer ones.
constexpr Duration kRedialPatience = 3s;

}  // namespace

class ViewerTunnel::Core final : public ViewerLink::Core {
 public:
  Core(ViewerSettings settings, SocketAddress local, Random random, Instant now, WallClock wall_clock)
      : settings_(std::move(settings)),
        local_(local),
        random_(std::move(random)),
        tls_(TlsContext::viewer()),
        knock_(settings_.ticket.secret),
        now_(now),
        wall_clock_(std::move(wall_clock)),
        search_began_(now),
        next_dial_(now),
        next_ping_(now) {
    random_(session_);
  }

  void on_datagram(const Path& path, ByteView bytes, Ecn ecn, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  bool flush(DatagramSink& sink, Instant now);
  void report(const wire::Report& report);
  void abandon(std::uint64_t group);
  void request_keyframe();
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

  void dial_all();
  void dial(const SocketAddress& remote);
  void redial();
  void greet(ViewerLink& link);
  /// Another of those that wait to be greeted, when the greeted one does not answer.
  void greet_another();
  void on_pong(ViewerLink& link, const wire::Pong& pong);
  void begin_search(std::string reason);
  void on_connected(ViewerLink& link);
  void on_welcome(ViewerLink& link, const wire::Welcome& welcome);
  void on_refused(ViewerLink& link, wire::RefusedReason reason);
  void give_up();
  void finish(ViewerEvent last);
  void close_link(ViewerLink& link, CloseCode code, const std::string& reason);
  void ping();
  [[nodiscard]] Instant search_deadline() const;
  [[nodiscard]] std::vector<SocketAddress> addresses() const;

  ViewerSettings settings_;
  SocketAddress local_;
  Random random_;
  TlsContext tls_;
  KnockKey knock_;
  wire::SessionId session_{};
  Instant now_;
  WallClock wall_clock_;

  State state_ = State::kSearching;
  bool connected_once_ = false;
  std::string host_name_;
  bool wrong_host_ = false;
  Instant search_began_;
  Instant next_dial_;
  Instant media_at_;      ///< a frame came over the active connection
  Instant live_at_;       ///< a frame or a pong came over the active connection
  Instant next_attempt_;  ///< that people are told of
  Instant next_ping_;
  int pings_ = 0;  ///< on the active connection
  int attempt_ = 0;
  std::vector<ViewerLink*> links_;  // owned by their connections
  ViewerLink* active_ = nullptr;    ///< the one that media comes over
  ViewerLink* greeted_ = nullptr;   ///< the last one that was, and has not answered yet
  Instant greeted_at_;
  MediaWatch media_;
  std::optional<SocketAddress> last_good_;
  std::optional<std::uint64_t> last_group_;
  ClockOffset offset_;
  std::int64_t bytes_received_ = 0;
  std::deque<ViewerEvent> events_;
  ConnectionSet set_;  // last: its connections call back into the rest while they die
};

std::vector<SocketAddress> ViewerTunnel::Core::addresses() const {
  std::vector<SocketAddress> all;
  for (const auto& candidate : settings_.ticket.candidates) all.push_back(candidate.address);
  if (last_good_ && std::ranges::find(all, *last_good_) == all.end()) all.push_back(*last_good_);
  return all;
}

void ViewerTunnel::Core::dial_all() {
  for (const auto& address : addresses()) dial(address);
  // A first dial is repeated by QUIC itself; a host that comes back after minutes is not helped by old
  // packets.
  next_dial_ = connected_once_ ? now_ + kRedialInterval : search_deadline();
}

void ViewerTunnel::Core::dial(const SocketAddress& remote) {
  // An address family that the socket cannot send to is no way to the host.
  if (!local_.is_v6() && remote.is_v6()) return;
  auto link = std::make_unique<ViewerLink>(*this);
  ViewerLink& added = *link;
  const Path path{local_, remote};
  auto connection = Connection::dial({tls_, set_.ids(), random_}, path, knock_.make(wall_clock_(), random_),
                                     settings_.ticket.host_key, std::move(link), now_);
  added.bind(*connection, now_);
  links_.push_back(&added);
  set_.add(std::move(connection));
}

void ViewerTunnel::Core::on_datagram(const Path& path, ByteView bytes, Ecn ecn, Instant now) {
  now_ = now;
  ByteView destination;
  Connection* connection = set_.route(bytes, destination);
  if (!connection) return;
  // The kernel chooses the source address, so that a viewer may change networks without noticing.
  connection->on_datagram({local_, path.remote}, bytes, ecn, now);
  set_.touch(*connection);
}

void ViewerTunnel::Core::on_handshake(ViewerLink& link) {
  if (!greeted_ && state_ == State::kSearching) greet(link);
}

void ViewerTunnel::Core::greet_another() {
  if (greeted_ && now_ - greeted_at_ < kWelcomePatience) return;
  const auto waits = [this](const ViewerLink* link) {
    return link != active_ && !link->said_hello() && link->connection().handshake_completed() &&
           !link->connection().is_closed();
  };
  const auto next = std::ranges::find_if(links_, waits);
  if (next != links_.end()) greet(**next);
}

void ViewerTunnel::Core::greet(ViewerLink& link) {
  greeted_ = &link;
  greeted_at_ = now_;
  set_.touch(link.connection());
  wire::Hello hello;
  hello.session = session_;
  hello.name = settings_.name;
  hello.latency = settings_.latency;
  hello.resume_after = last_group_;
  link.say_hello(hello, settings_.ticket.secret);
  link.send(wire::Ping{clock_reading(now_)});
}

void ViewerTunnel::Core::on_message(ViewerLink& link, const wire::ControlMessage& message) {
  if (state_ == State::kEnded) return;
  if (const auto* welcome = std::get_if<wire::Welcome>(&message))
    on_welcome(link, *welcome);
  else if (const auto* refused = std::get_if<wire::Refused>(&message))
    on_refused(link, refused->reason);
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
  if (&link != active_) return;
  live_at_ = now_;
  offset_.add(Instant(pong.sent_at), now_, pong.received_at);
  const bool is_whole = media_.on_pong(pong.newest, now_);
  if (is_whole && state_ == State::kSearching) on_connected(link);
}

void ViewerTunnel::Core::on_welcome(ViewerLink& link, const wire::Welcome& welcome) {
  host_name_ = welcome.host_name;
  if (&link != active_ && state_ == State::kSearching) on_connected(link);
  events_.emplace_back(Described{welcome.stream});
}

/// One connection works: the others are not needed, but for one that still brings the rest of a group. The
/// host closes that one.
void ViewerTunnel::Core::on_connected(ViewerLink& link) {
  events_.emplace_back(
      Connected{host_name_, link.connection().remote(), now_ - search_began_, connected_once_});
  const auto* old = active_;
  active_ = &link;
  // The host may have been started again since, on a machine that was, too: its clock is another one.
  if (old != &link) offset_.reset();
  greeted_ = nullptr;
  connected_once_ = true;
  state_ = State::kConnected;
  last_good_ = link.connection().remote();
  media_.reset();
  live_at_ = now_;
  pings_ = 0;
  next_ping_ = now_ + kFirstPingInterval;
  const auto links = links_;
  for (auto* other : links) {
    const bool brings_media = other == old && now_ - media_at_ < kAlive;
    if (other != &link && !brings_media) close_link(*other, CloseCode::kUnused, "");
  }
}

void ViewerTunnel::Core::on_refused(ViewerLink& link, wire::RefusedReason reason) {
  link.connection().close(CloseCode::kBye, "", now_);
  finish(RefusedByHost{reason});
}

/// The frame is on the host's clock; from here on it is on ours.
void ViewerTunnel::Core::on_frame(ViewerLink& link, std::uint64_t group, std::size_t index, Frame frame) {
  if (state_ == State::kEnded) return;
  bytes_received_ += static_cast<std::int64_t>(frame.bytes.size());
  last_group_ = std::max(last_group_.value_or(0), group);
  media_.on_frame(group, index);
  if (&link == active_) {
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
  std::erase(links_, &link);
  if (greeted_ == &link) greeted_ = nullptr;
  const bool was_active = active_ == &link;
  if (was_active) active_ = nullptr;
  if (state_ == State::kEnded) return;
  if (info.by == CloseInfo::By::kTls) wrong_host_ = true;
  constexpr auto kFirstRefusal = static_cast<std::uint64_t>(CloseCode::kRefused);
  if (info.by == CloseInfo::By::kPeer && info.code >= kFirstRefusal)
    return finish(RefusedByHost{static_cast<wire::RefusedReason>(info.code - kFirstRefusal)});
  if (info.by == CloseInfo::By::kUs && info.code == static_cast<std::uint64_t>(CloseCode::kProtocol))
    return finish(
        Lost{.reason = "the host does not keep to the protocol: " + info.reason, .broken_off = true});
  if (info.code == static_cast<std::uint64_t>(CloseCode::kExcess) && info.by == CloseInfo::By::kUs)
    return finish(Lost{.reason = "the host asks for more than it has use for", .broken_off = true});
  if (info.code == static_cast<std::uint64_t>(CloseCode::kExcess) && info.by == CloseInfo::By::kPeer)
    return finish(Lost{.reason = "the host says that this side asks for too much", .broken_off = true});
  if (info.code == static_cast<std::uint64_t>(CloseCode::kBusy) && info.by == CloseInfo::By::kPeer &&
      state_ == State::kSearching) {
    next_dial_ = std::min(next_dial_, now_ + kBusyWait);
    return;
  }
  if (!connected_once_ && links_.empty()) return give_up();
  if (!was_active) return;
  if (info.by == CloseInfo::By::kPeer && info.code == static_cast<std::uint64_t>(CloseCode::kBye))
    return finish(HostLeft{info.reason});
  begin_search(info.reason.empty() ? "the connection was lost" : info.reason);
}

/// One search at a time: a connection that ends while another is looked for is no news.
void ViewerTunnel::Core::begin_search(std::string reason) {
  if (state_ != State::kConnected) return;
  state_ = State::kSearching;
  search_began_ = next_dial_ = next_attempt_ = now_;
  attempt_ = 0;
  media_.reset();
  events_.emplace_back(Reconnecting{attempt_ + 1, std::move(reason)});
}

void ViewerTunnel::Core::close_link(ViewerLink& link, CloseCode code, const std::string& reason) {
  auto& connection = link.connection();
  set_.touch(connection);
  connection.close(code, reason, now_);
}

Instant ViewerTunnel::Core::search_deadline() const {
  return search_began_ + (connected_once_ ? settings_.reconnect_timeout : settings_.dial_timeout);
}

void ViewerTunnel::Core::give_up() {
  if (connected_once_)
    finish(Lost{"the host could not be reached again"});
  else if (wrong_host_)
    finish(WrongHost{});
  else
    finish(Unreachable{addresses()});
}

void ViewerTunnel::Core::finish(ViewerEvent last) {
  state_ = State::kEnded;
  events_.push_back(std::move(last));
  const auto links = links_;
  for (auto* link : links) close_link(*link, CloseCode::kBye, "");
}

void ViewerTunnel::Core::ping() {
  active_->send(wire::Ping{clock_reading(now_)});
  set_.touch(active_->connection());
  const bool hurried = ++pings_ < kFirstPings || state_ == State::kSearching;
  next_ping_ = now_ + (hurried ? kFirstPingInterval : kPingInterval);
}

void ViewerTunnel::Core::on_timeout(Instant now) {
  now_ = now;
  set_.on_timeout(now);
  if (state_ == State::kEnded) return;
  if (state_ == State::kConnected && now - live_at_ >= kSilence) begin_search("the host has gone silent");
  if (const auto patience = media_.deadline(); state_ == State::kConnected && patience && now >= *patience)
    begin_search("no pictures come any more, although the host answers");
  if (active_ && now >= next_ping_) ping();
  if (state_ != State::kSearching) return;
  if (now >= search_deadline()) return give_up();
  greet_another();
  if (now >= next_dial_) redial();
}

void ViewerTunnel::Core::redial() {
  const auto patience = connected_once_ ? kRedialPatience : kDialPatience;
  const auto links = links_;
  for (auto* link : links)
    if (link != active_ && now_ - link->dialed_at() >= patience) close_link(*link, CloseCode::kUnused, "");
  if (now_ >= next_attempt_) {
    ++attempt_;
    next_attempt_ = now_ + kAttemptInterval;
    if (connected_once_ && attempt_ > 1) events_.emplace_back(Reconnecting{attempt_, "no answer yet"});
  }
  dial_all();
}

std::optional<Instant> ViewerTunnel::Core::next_timeout() const {
  auto next = set_.next_timeout();
  const auto consider = [&](Instant at) {
    if (!next || at < *next) next = at;
  };
  if (state_ == State::kEnded) return next;
  if (active_) {
    consider(next_ping_);
    if (state_ == State::kConnected) consider(live_at_ + kSilence);
    if (const auto patience = media_.deadline(); state_ == State::kConnected && patience) consider(*patience);
  }
  if (state_ == State::kSearching) consider(std::min(next_dial_, search_deadline()));
  if (state_ == State::kSearching && greeted_)
    consider(std::max(greeted_at_ + kWelcomePatience, now_ + kFirstPingInterval));
  return next;
}

bool ViewerTunnel::Core::flush(DatagramSink& sink, Instant now) {
  now_ = now;
  return set_.flush(sink, now);
}

void ViewerTunnel::Core::report(const wire::Report& report) {
  if (!active_) return;
  active_->send(report);
  set_.touch(active_->connection());
}

void ViewerTunnel::Core::request_keyframe() {
  if (!active_) return;
  active_->send(wire::KeyframeRequest{});
  set_.touch(active_->connection());
}

void ViewerTunnel::Core::abandon(std::uint64_t group) {
  for (auto* link : links_) {
    link->abandon(group);
    set_.touch(link->connection());
  }
}

void ViewerTunnel::Core::close(const std::string& reason, Instant now) {
  now_ = now;
  state_ = State::kEnded;
  const auto links = links_;
  for (auto* link : links) close_link(*link, CloseCode::kBye, reason);
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
  if (!active_) return stats;
  const auto connection = active_->connection().stats();
  stats.rtt = offset_.round_trip().value_or(connection.rtt);
  stats.lost_packets = connection.lost_packets;
  stats.address = active_->connection().remote();
  return stats;
}

ViewerTunnel::ViewerTunnel(ViewerSettings settings, SocketAddress local, Random random, Instant now,
                           WallClock wall_clock)
    : core_(std::make_unique<Core>(std::move(settings), local, std::move(random), now,
                                   std::move(wall_clock))) {}
ViewerTunnel::~ViewerTunnel() = default;

void ViewerTunnel::on_datagram(const Path& path, ByteView bytes, Ecn ecn, Instant now) {
  core_->on_datagram(path, bytes, ecn, now);
}
void ViewerTunnel::on_timeout(Instant now) {
  core_->on_timeout(now);
}
std::optional<Instant> ViewerTunnel::next_timeout() const {
  return core_->next_timeout();
}
bool ViewerTunnel::flush(DatagramSink& sink, Instant now) {
  return core_->flush(sink, now);
}
void ViewerTunnel::report(const wire::Report& report, Instant) {
  core_->report(report);
}
void ViewerTunnel::abandon(std::uint64_t group, Instant) {
  core_->abandon(group);
}
void ViewerTunnel::request_keyframe(Instant) {
  core_->request_keyframe();
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
