#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include "tunnel/dialer.hpp"
#include "tunnel/link_watch.hpp"
#include "tunnel/viewer_links.hpp"

#include <algorithm>
#include <deque>

namespace pixelpass::tunnel {
namespace {

std::vector<SocketAddress> addresses_of(const Ticket& ticket) {
  std::vector<SocketAddress> all;
  for (const auto& candidate : ticket.candidates) all.push_back(candidate.address);
  return all;
}

/// An address family that the socket cannot send to is no way to the host.
std::vector<SocketAddress> reachable(std::vector<SocketAddress> addresses, const SocketAddress& local) {
  if (!local.is_v6()) std::erase_if(addresses, [](const SocketAddress& one) { return one.is_v6(); });
  return addresses;
}

bool is_from_host(const CloseInfo& info, CloseCode code) {
  return info.by == CloseInfo::By::kPeer && info.code == static_cast<std::uint64_t>(code);
}

bool is_from_us(const CloseInfo& info, CloseCode code) {
  return info.by == CloseInfo::By::kUs && info.code == static_cast<std::uint64_t>(code);
}

Dialer::Failure failure_of(const CloseInfo& info) {
  if (info.by == CloseInfo::By::kTls) return Dialer::Failure::kWrongHost;
  return is_from_host(info, CloseCode::kBusy) ? Dialer::Failure::kBusy : Dialer::Failure::kBroken;
}

}  // namespace

class ViewerTunnel::Core final : public ViewerLink::Listener {
 public:
  Core(ViewerSettings settings, SocketAddress local, Random random, Instant now, WallClock wall_clock)
      : settings_(std::move(settings)),
        now_(now),
        wall_clock_(std::move(wall_clock)),
        watch_(now),
        dialer_(reachable(addresses_of(settings_.ticket), local),
                {.first = settings_.dial_timeout, .again = settings_.reconnect_timeout}, now),
        links_(*this, settings_, local, std::move(random), wall_clock_) {}

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
  void on_media_bytes() override { watch_.on_media_bytes(); }
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
  void look_on();
  void carry_out(const Dialer::Step& step);
  [[nodiscard]] ViewerLink* active() const {
    return dialer_.active() ? links_.find(*dialer_.active()) : nullptr;
  }
  void on_connected(ViewerLink& link);
  void watch_over(ViewerLink& link, bool spare_old);
  void follow(ViewerLink& link, bool spare_old);
  void begin_watch(const ViewerLink& link);
  std::optional<ViewerEvent> last_word(const CloseInfo& info, bool is_needed);
  void on_link_lost(Dialer::State had_come, bool was_active, const CloseInfo& info);
  void on_welcome(ViewerLink& link, const wire::Welcome& welcome);
  void on_refused(ViewerLink& link, const wire::Refused& refused);
  void on_host_time(const std::optional<UnixTime>& host_time);
  void give_up();
  void finish(ViewerEvent last);
  void tell_of_attempt();

  ViewerSettings settings_;
  Instant now_;
  WallClock wall_clock_;

  State state_ = State::kSearching;
  std::string host_name_;
  std::optional<std::chrono::seconds> clock_ahead_;  ///< of the host's, as last told
  bool wrong_host_ = false;
  LinkWatch watch_;
  ClockOffset offset_;
  std::int64_t bytes_received_ = 0;
  std::deque<ViewerEvent> events_;
  std::optional<std::uint64_t> last_group_;  ///< the newest that has come
  int attempt_told_ = 1;
  Dialer dialer_;
  ViewerLinks links_;  // last: its connections call back into the rest while they die
};

void ViewerTunnel::Core::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  now_ = now;
  links_.on_datagram(path.remote, bytes, ecn, now);
  look_on();
}

void ViewerTunnel::Core::on_handshake(ViewerLink& link) {
  dialer_.on_handshake(link.id(), link.connection().stats().rtt, now_);
}

/// Does what is due in the search. Never from within a connection's callback.
void ViewerTunnel::Core::look_on() {
  while (state_ != State::kEnded) {
    const auto step = dialer_.next_step(now_);
    if (!step) return;
    carry_out(*step);
  }
}

void ViewerTunnel::Core::carry_out(const Dialer::Step& step) {
  if (step.kind == Dialer::Step::Kind::kDial) return links_.dial(step.link, step.address, now_);
  auto* link = links_.find(step.link);
  if (!link) return;
  if (step.kind == Dialer::Step::Kind::kAsk)
    links_.say_hello(*link, last_group_, now_);
  else
    links_.close(*link, CloseCode::kUnused, "", now_);
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

/// A second link that is let in: the host was asked over both. It answers pings over the one that it has
/// heard of last.
void ViewerTunnel::Core::on_welcome(ViewerLink& link, const wire::Welcome& welcome) {
  host_name_ = welcome.host_name;
  on_host_time(welcome.host_time);
  dialer_.on_welcome(link.id(), now_);
  if (!dialer_.is_active(link.id())) {
    if (state_ == State::kSearching)
      on_connected(link);
    else if (dialer_.leads_back(link.id()))
      watch_over(link, true);
    else
      link.send(wire::Ping{clock_reading(now_)});
  }
  events_.emplace_back(Described{welcome.stream});
}

void ViewerTunnel::Core::on_connected(ViewerLink& link) {
  events_.emplace_back(Connected{host_name_, link.connection().remote(), now_ - dialer_.began(),
                                 dialer_.settled_once(), clock_ahead_});
  state_ = State::kConnected;
  watch_over(link, watch_.brings_media(now_));
}

/// One connection works: the others are not needed, but for one that still brings the rest of a group. The
/// host closes that one.
void ViewerTunnel::Core::watch_over(ViewerLink& link, bool spare_old) {
  begin_watch(link);
  dialer_.settle(link.id(), spare_old, now_);
}

void ViewerTunnel::Core::follow(ViewerLink& link, bool spare_old) {
  begin_watch(link);
  dialer_.follow(link.id(), spare_old, now_);
}

void ViewerTunnel::Core::begin_watch(const ViewerLink& link) {
  // The host may have been started again since, on a machine that was, too: its clock is another one.
  if (!dialer_.is_active(link.id())) offset_.reset();
  watch_.begin(now_);
}

/// What it says over a link that is not needed any more is no end: it was asked before it had room.
void ViewerTunnel::Core::on_refused(ViewerLink& link, const wire::Refused& refused) {
  on_host_time(refused.host_time);
  link.connection().close(CloseCode::kBye, "", now_);
  const bool is_needed = state_ == State::kSearching || dialer_.is_active(link.id());
  if (is_needed) finish(RefusedByHost{refused.reason, clock_ahead_, refused.versions});
}

void ViewerTunnel::Core::on_host_time(const std::optional<UnixTime>& host_time) {
  if (host_time) clock_ahead_ = wall_clock_() - *host_time;
}

/// The frame is on the host's clock; from here on it is on ours.
void ViewerTunnel::Core::on_frame(ViewerLink& link, std::uint64_t group, std::size_t index, Frame frame) {
  if (state_ == State::kEnded) return;
  bytes_received_ += static_cast<std::int64_t>(frame.bytes.size());
  last_group_ = std::max(last_group_.value_or(0), group);
  const bool is_active = dialer_.is_active(link.id());
  watch_.on_frame(group, index, is_active, now_);
  if (is_active && state_ == State::kSearching) on_connected(link);
  frame.captured_at = offset_.to_local(frame.captured_at).value_or(now_);
  events_.emplace_back(MediaFrame{group, index, std::move(frame)});
}

void ViewerTunnel::Core::on_group_ended(std::uint64_t group, bool complete) {
  if (state_ != State::kEnded) events_.emplace_back(GroupEnded{group, complete});
}

void ViewerTunnel::Core::on_link_closed(ViewerLink& link, const CloseInfo& info) {
  const bool was_active = dialer_.is_active(link.id());
  const auto had_come = dialer_.on_closed(link.id(), failure_of(info), now_);
  links_.forget(link);
  if (state_ == State::kEnded || !had_come) return;
  if (info.by == CloseInfo::By::kTls) wrong_host_ = true;
  if (auto last = last_word(info, was_active || state_ == State::kSearching)) return finish(std::move(*last));
  on_link_lost(*had_come, was_active, info);
}

/// The end, when the way that a link has ended is one. `is_needed`: there is no other that works.
std::optional<ViewerEvent> ViewerTunnel::Core::last_word(const CloseInfo& info, bool is_needed) {
  constexpr auto kFirstRefusal = static_cast<std::uint64_t>(CloseCode::kRefused);
  if (info.by == CloseInfo::By::kPeer && info.code >= kFirstRefusal && is_needed)
    return RefusedByHost{wire::refused_reason(info.code - kFirstRefusal), clock_ahead_};
  if (is_from_us(info, CloseCode::kProtocol))
    return Lost{.reason = "the host does not keep to the protocol: " + info.reason, .broken_off = true};
  if (is_from_us(info, CloseCode::kExcess))
    return Lost{.reason = "the host asks for more than it has use for", .broken_off = true};
  if (is_from_host(info, CloseCode::kExcess))
    return Lost{.reason = "the host says that this side asks for too much", .broken_off = true};
  return std::nullopt;
}

void ViewerTunnel::Core::on_link_lost(Dialer::State had_come, bool was_active, const CloseInfo& info) {
  const bool was_bye = is_from_host(info, CloseCode::kBye);
  const bool is_last_newcomer =
      !dialer_.settled_once() && links_.all().empty() && had_come != Dialer::State::kDialling;
  if (was_bye && (was_active || is_last_newcomer)) return finish(HostLeft{info.reason});
  if (!dialer_.settled_once() && dialer_.is_at_end()) return give_up();
  if (!was_active || state_ != State::kConnected) return;
  const auto heir = is_from_host(info, CloseCode::kReplaced) ? dialer_.heir() : std::nullopt;
  if (heir) return follow(*links_.find(*heir), false);
  begin_search(info.reason.empty() ? "the connection was lost" : info.reason);
}

/// One search at a time: a connection that ends while another is looked for is no news.
void ViewerTunnel::Core::begin_search(std::string reason) {
  if (state_ != State::kConnected) return;
  state_ = State::kSearching;
  attempt_told_ = 1;
  dialer_.search(now_);
  watch_.end();
  events_.emplace_back(Reconnecting{1, std::move(reason)});
}

void ViewerTunnel::Core::give_up() {
  if (dialer_.settled_once())
    finish(Lost{"the host could not be reached again"});
  else if (wrong_host_)
    finish(WrongHost{});
  else
    finish(Unreachable{addresses_of(settings_.ticket)});
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
  if (const auto* complaint = watch_.complaint(now)) begin_search(complaint);
  if (dialer_.active() && watch_.take_ping(now)) send(wire::Ping{clock_reading(now)});
  if (state_ == State::kSearching && (now >= dialer_.deadline() || dialer_.is_at_end())) return give_up();
  look_on();
  tell_of_attempt();
}

void ViewerTunnel::Core::tell_of_attempt() {
  if (state_ != State::kSearching || !dialer_.settled_once() || dialer_.attempt() <= attempt_told_) return;
  attempt_told_ = dialer_.attempt();
  events_.emplace_back(Reconnecting{attempt_told_, "no answer yet"});
}

std::optional<Instant> ViewerTunnel::Core::next_timeout() const {
  auto next = links_.next_timeout();
  const auto consider = [&](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (state_ == State::kEnded) return next;
  if (dialer_.active()) consider(watch_.next_timeout());
  consider(dialer_.next_timeout());
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
  stats.address = link->connection().remote();
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
void ViewerTunnel::report(const wire::Report& report) {
  core_->send(report);
}
void ViewerTunnel::abandon(std::uint64_t group) {
  core_->abandon(group);
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

}  // namespace pixelpass::tunnel
