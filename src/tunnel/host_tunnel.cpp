#include "pixelpass/tunnel/host_tunnel.hpp"

#include "tunnel/connection_set.hpp"
#include "tunnel/host_link.hpp"
#include "tunnel/unproven.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// A connection that was heard from this lately is alive: its groups are finished before it is replaced.
constexpr Duration kAlive = 1s;
/// Viewers whose counters are remembered for when they come back.
constexpr std::size_t kRememberedSessions = 1024;

/// What is counted for a viewer, over all of its connections.
struct Totals {
  std::int64_t bytes = 0;  ///< media payload
  std::uint64_t skipped_groups = 0;
  std::uint64_t lost_packets = 0;

  void add(const HostLink& link) {
    lost_packets += link.connection().stats().lost_packets;
    if (!link.sender()) return;
    bytes += link.sender()->counters().bytes;
    skipped_groups += link.sender()->counters().skipped_groups;
  }
};

}  // namespace

class HostTunnel::Core final : public HostLink::Listener {
 public:
  Core(HostSettings settings, const Broadcast& broadcast, Admission& admission, Random random, Instant now,
       WallClock wall_clock)
      : settings_(std::move(settings)),
        broadcast_(broadcast),
        admission_(admission),
        random_(std::move(random)),
        tls_(TlsContext::host(settings_.identity)),
        gate_(settings_.identity.secret()),
        now_(now),
        wall_clock_(std::move(wall_clock)) {}

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return set_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now);
  void on_broadcast() { media_changed_ = true; }
  void describe(const StreamDescription& stream);
  [[nodiscard]] bool has_delivered() const;
  void kick(std::uint32_t viewer, Instant now);
  void close(const std::string& reason, Instant now);
  std::optional<HostEvent> poll_event();
  [[nodiscard]] std::vector<ViewerStatus> viewers() const;
  [[nodiscard]] std::size_t viewer_count() const;
  [[nodiscard]] const HostCounters& counters() const { return counters_; }

  [[nodiscard]] Instant now() const override { return now_; }
  void on_keyframe_request(HostLink& link) override;
  void on_hello(HostLink& link, const wire::Hello& hello) override;
  void on_link_closed(HostLink& link, const std::string& reason) override;

 private:
  struct Session {
    std::uint32_t number = 0;
    std::string name;
    net::Path path;
    HostLink* link = nullptr;      ///< null while it is away
    std::deque<HostLink*> ending;  ///< replaced, and not closed yet; the oldest first
    Totals before;                 ///< of connections that are closed

    [[nodiscard]] Totals totals() const {
      auto all = before;
      for (const auto* one : ending) all.add(*one);
      if (link) all.add(*link);
      return all;
    }
  };

  Connection* accept(const net::Path& path, ByteView datagram, net::Ecn ecn, ByteView destination);
  [[nodiscard]] std::optional<wire::RefusedReason> objection(const HostLink& link,
                                                             const wire::Hello& hello) const;
  void make_room();
  [[nodiscard]] std::uint64_t first_group_for(const wire::Hello& hello, const Session& session);
  [[nodiscard]] wire::Welcome welcome() const {
    return {.host_name = settings_.name, .stream = settings_.stream, .host_time = wall_clock_()};
  }
  void admit(HostLink& link, const wire::Hello& hello, std::uint32_t viewer);
  std::uint64_t take_over(Session& session, HostLink& old, std::uint64_t first_group);
  void let_go(HostLink& link, CloseCode code);
  void send_away(Session& session);
  void forget_old_sessions();

  HostSettings settings_;
  const Broadcast& broadcast_;
  Admission& admission_;
  Random random_;
  TlsContext tls_;
  KnockGate gate_;
  Instant now_;
  WallClock wall_clock_;
  std::vector<HostLink*> links_;  // owned by their connections; the oldest first
  std::map<wire::SessionId, Session> sessions_;
  std::deque<HostEvent> events_;
  HostCounters counters_;
  bool media_changed_ = false;
  bool closed_ = false;
  ConnectionSet set_;  // last: its connections call back into the rest while they die
};

void HostTunnel::Core::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  now_ = now;
  ++counters_.datagrams_in;
  ByteView destination;
  Connection* connection = set_.route(bytes, destination);
  if (connection)
    connection->on_datagram(path, bytes, ecn, now);
  else
    connection = accept(path, bytes, ecn, destination);
  if (!connection) {
    ++counters_.datagrams_dropped;
    return;
  }
  set_.touch(*connection);
}

/// Only an Initial whose connection id knows the secret gets an answer; all else is dropped without a sound.
Connection* HostTunnel::Core::accept(const net::Path& path, ByteView datagram, net::Ecn ecn,
                                     ByteView destination) {
  if (closed_ || destination.size() != kKnockBytes) return nullptr;
  if (!Connection::can_begin_with(datagram) || !gate_.is_good(destination)) return nullptr;
  auto link = std::make_unique<HostLink>(*this, broadcast_);
  HostLink& added = *link;
  auto connection = Connection::accept({tls_, set_.ids(), random_}, path, datagram, std::move(link), now_);
  if (!connection) return nullptr;
  added.bind(*connection);
  connection->on_datagram(path, datagram, ecn, now_);
  // It did not decrypt. A damaged copy of a viewer's datagram must neither use up its knock nor push anybody
  // out.
  if (connection->is_gone()) return nullptr;
  gate_.use(destination);
  make_room();
  ++counters_.connections;
  if (!connection->is_closed()) links_.push_back(&added);
  return &set_.add(std::move(connection));
}

/// For one newcomer. Who has proven that he may watch is never pushed out by who has not.
void HostTunnel::Core::make_room() {
  std::vector<HostLink*> unproven;
  std::vector<SocketAddress> from;
  for (auto* link : links_) {
    if (!link->is_unproven()) continue;
    unproven.push_back(link);
    from.push_back(link->connection().path().remote);
  }
  if (unproven.size() >= kMaxUnproven) let_go(*unproven[choose_to_go(from)], CloseCode::kBusy);
  set_.limit_closing(kMaxClosing);
}

void HostTunnel::Core::let_go(HostLink& link, CloseCode code) {
  set_.touch(link.connection());
  link.connection().close(code, "", now_);
}

/// Whoever proves the secret is heard; whether he may watch is for `admission_` to say.
std::optional<wire::RefusedReason> HostTunnel::Core::objection(const HostLink& link,
                                                               const wire::Hello& hello) const {
  // Another version may prove the secret in another way.
  if (!wire::common_version(wire::kVersions, hello.versions)) return wire::RefusedReason::kVersion;
  const auto exporter = link.connection().export_keying_material();
  const bool proven = exporter && proof_equals(hello.proof, make_proof(settings_.identity.secret(),
                                                                       hello.session, *exporter));
  if (!proven) return wire::RefusedReason::kProof;
  return std::nullopt;
}

void HostTunnel::Core::on_hello(HostLink& link, const wire::Hello& hello) {
  const auto reason = objection(link, hello);
  if (reason == wire::RefusedReason::kVersion)
    return link.refuse({.reason = *reason, .host_time = {}, .versions = wire::kVersions});
  if (reason) return link.refuse({.reason = *reason, .host_time = {}, .versions = {}});
  const auto viewer = admission_.admit(hello.session);
  if (viewer) return admit(link, hello, *viewer);
  link.refuse({.reason = viewer.error(), .host_time = wall_clock_(), .versions = {}});
}

/// The newest group is there at once, for who has not had it.
std::uint64_t HostTunnel::Core::first_group_for(const wire::Hello& hello, const Session& session) {
  if (broadcast_.empty()) return broadcast_.next_group();
  const auto newest = broadcast_.newest_group();
  const bool had_newest = hello.resume_after && *hello.resume_after == newest;
  const auto age = had_newest ? std::nullopt : std::optional(now_ - broadcast_.started_at(newest));
  events_.emplace_back(KeyframeWanted{session.number, age});
  return had_newest ? newest + 1 : broadcast_.join().group;
}

void HostTunnel::Core::on_keyframe_request(HostLink& link) {
  for (auto& [id, session] : sessions_)
    if (session.link == &link) events_.emplace_back(KeyframeWanted{session.number, std::nullopt});
}

void HostTunnel::Core::admit(HostLink& link, const wire::Hello& hello, std::uint32_t viewer) {
  forget_old_sessions();
  auto& session = sessions_[hello.session];
  session.number = viewer;
  auto first_group = first_group_for(hello, session);
  // Before the old one closes: the viewer has not left.
  auto* old = std::exchange(session.link, &link);
  if (old) first_group = take_over(session, *old, first_group);
  session.name = hello.name;
  session.path = link.connection().path();
  link.welcome(welcome());
  link.start_media(first_group, hello.latency);
  if (!old) events_.emplace_back(ViewerJoined{session.number, session.name, session.path});
}

/// The viewer comes over a second connection. One that still carries media finishes its group; one that fell
/// silent, or carries pings alone, is let go.
std::uint64_t HostTunnel::Core::take_over(Session& session, HostLink& old, std::uint64_t first_group) {
  old.update(now_);  // what was acknowledged since the last picture counts as well
  const bool carries_media = old.sender() != nullptr && old.sender()->gets_through(now_, kAlive);
  if (carries_media && now_ - old.connection().last_heard() < kAlive) {
    if (session.ending.size() >= kMaxEndingPerViewer) let_go(*session.ending.front(), CloseCode::kReplaced);
    session.ending.push_back(&old);
    old.hand_over_from(broadcast_.next_group());
    set_.touch(old.connection());
    return broadcast_.next_group();
  }
  session.ending.push_back(&old);  // until it is closed, at once
  old.hand_over_from(0);
  let_go(old, CloseCode::kReplaced);
  return first_group;
}

void HostTunnel::Core::on_link_closed(HostLink& link, const std::string& reason) {
  std::erase(links_, &link);
  for (auto& [id, session] : sessions_) {
    const bool was_ending = std::erase(session.ending, &link) > 0;
    if (was_ending || session.link == &link) session.before.add(link);
    if (session.link != &link) continue;
    session.link = nullptr;
    admission_.release(session.number);
    events_.emplace_back(ViewerLeft{session.number, session.name, session.path, reason});
  }
}

void HostTunnel::Core::forget_old_sessions() {
  if (sessions_.size() < kRememberedSessions) return;
  std::erase_if(sessions_, [](const auto& entry) {
    return entry.second.link == nullptr && entry.second.ending.empty();
  });
}

void HostTunnel::Core::on_timeout(Instant now) {
  now_ = now;
  set_.on_timeout(now);
}

bool HostTunnel::Core::flush(net::DatagramSink& sink, Instant now) {
  now_ = now;
  if (std::exchange(media_changed_, false)) {
    const auto links = links_;  // closing one takes it off the list
    for (auto* link : links) {
      link->update(now);
      set_.touch(link->connection());
    }
  }
  return set_.flush(sink, now);
}

void HostTunnel::Core::describe(const StreamDescription& stream) {
  settings_.stream = stream;
  const auto links = links_;  // one that takes no messages is closed, and off the list
  for (auto* link : links)
    if (link->is_watching()) link->welcome(welcome());
  media_changed_ = true;
}

void HostTunnel::Core::kick(std::uint32_t viewer, Instant now) {
  now_ = now;
  const auto found = std::ranges::find_if(sessions_, [&](const auto& entry) {
    return entry.second.number == viewer && entry.second.link != nullptr;
  });
  if (found != sessions_.end()) send_away(found->second);
}

void HostTunnel::Core::send_away(Session& session) {
  auto* const link = std::exchange(session.link, nullptr);
  const auto replaced = session.ending;  // closing one takes it off the list
  session.ending.push_back(link);        // it is counted until it is closed
  for (auto* const old : replaced) let_go(*old, CloseCode::kReplaced);
  set_.touch(link->connection());
  link->refuse({wire::RefusedReason::kKicked, wall_clock_()});
  admission_.release(session.number);
  events_.emplace_back(
      ViewerLeft{session.number, session.name, session.path, wire::to_string(wire::RefusedReason::kKicked)});
}

void HostTunnel::Core::close(const std::string& reason, Instant now) {
  now_ = now;
  closed_ = true;
  const auto links = links_;
  for (auto* link : links) {
    set_.touch(link->connection());
    link->connection().close(CloseCode::kBye, reason, now);
  }
}

bool HostTunnel::Core::has_delivered() const {
  return std::ranges::none_of(links_, [](const HostLink* link) {
    return link->is_watching() && link->sender() != nullptr && !link->sender()->has_delivered();
  });
}

std::optional<HostEvent> HostTunnel::Core::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::vector<ViewerStatus> HostTunnel::Core::viewers() const {
  std::vector<ViewerStatus> all;
  for (const auto& [id, session] : sessions_) {
    if (!session.link || !session.link->sender()) continue;
    const auto totals = session.totals();
    const auto& connection = session.link->connection();
    all.push_back({.viewer = session.number,
                   .name = session.name,
                   .path = connection.path(),
                   .bytes_sent = totals.bytes,
                   .rtt = connection.stats().rtt,
                   .lag = session.link->report().lag,
                   .skipped_groups = totals.skipped_groups,
                   .lost_packets = totals.lost_packets});
  }
  std::ranges::sort(all, {}, &ViewerStatus::viewer);
  return all;
}

std::size_t HostTunnel::Core::viewer_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(sessions_, [](const auto& entry) { return entry.second.link != nullptr; }));
}

HostTunnel::HostTunnel(HostSettings settings, const Broadcast& broadcast, Admission& admission, Random random,
                       Instant now, WallClock wall_clock)
    : core_(std::make_unique<Core>(std::move(settings), broadcast, admission, std::move(random), now,
                                   std::move(wall_clock))) {}
HostTunnel::~HostTunnel() = default;

void HostTunnel::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  core_->on_datagram(path, bytes, ecn, now);
}
void HostTunnel::on_timeout(Instant now) {
  core_->on_timeout(now);
}
std::optional<Instant> HostTunnel::next_timeout() const {
  return core_->next_timeout();
}
bool HostTunnel::flush(net::DatagramSink& sink, Instant now) {
  return core_->flush(sink, now);
}
void HostTunnel::on_broadcast() {
  core_->on_broadcast();
}
void HostTunnel::describe(const StreamDescription& stream, Instant) {
  core_->describe(stream);
}
bool HostTunnel::has_delivered() const {
  return core_->has_delivered();
}
void HostTunnel::kick(std::uint32_t viewer, Instant now) {
  core_->kick(viewer, now);
}
void HostTunnel::close(const std::string& reason, Instant now) {
  core_->close(reason, now);
}
std::optional<HostEvent> HostTunnel::poll_event() {
  return core_->poll_event();
}
std::vector<ViewerStatus> HostTunnel::viewers() const {
  return core_->viewers();
}
std::size_t HostTunnel::viewer_count() const {
  return core_->viewer_count();
}
const HostCounters& HostTunnel::counters() const {
  return core_->counters();
}

}  // namespace pixelpass::tunnel
