#include "pixelpass/tunnel/host_tunnel.hpp"

#include "pixelpass/base/choose_to_go.hpp"

#include "tunnel/host_core.hpp"
#include "tunnel/unproven.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <new>
#include <utility>

namespace pixelpass::tunnel {

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
  finish_move(*connection);
}

/// Answers only an Initial whose connection id proves the secret; all other datagrams are dropped silently.
Connection* HostTunnel::Core::accept(const net::Path& path, ByteView datagram, net::Ecn ecn,
                                     ByteView destination) {
  if (closed_ || destination.size() != kKnockBytes || !Connection::can_begin_with(datagram)) return nullptr;
  auto [connection, link] = newcomer(path, datagram, ecn, destination);
  // Either the datagram did not decrypt: a damaged copy of a viewer's datagram must neither use up its knock
  // nor push out another connection. Or memory was short: the viewer's next attempt needs its knock, too.
  if (!connection || connection->is_gone()) return nullptr;
  secrets_.use(destination);
  make_room();
  ++counters_.connections;
  if (!connection->is_closed()) {
    links_.push_back(link);
    unproven_.emplace(link->number(), link);
  }
  return &set_.add(std::move(connection));
}

/// Null where the knock is no good, or where OpenSSL gets no memory, which concerns nobody else.
HostTunnel::Core::Newcomer HostTunnel::Core::newcomer(const net::Path& path, ByteView datagram, net::Ecn ecn,
                                                      ByteView destination) try {
  if (!secrets_.is_good(destination)) return {};
  auto owned = std::make_unique<HostLink>(*this, broadcast_, ++last_number_);
  HostLink* link = owned.get();
  auto connection = Connection::accept({tls_, set_.ids(), random_}, path, datagram, std::move(owned), now_);
  if (!connection) return {};
  link->bind(*connection);
  connection->on_datagram(path, datagram, ecn, now_);
  return {std::move(connection), link};
} catch (const std::bad_alloc&) {
  return {};
}

/// Makes room for one newcomer. A viewer that has proven that it may watch is never pushed out by one that
/// has not.
void HostTunnel::Core::make_room() {
  if (unproven_.size() >= kMaxUnproven) {
    std::vector<SocketAddress> from;
    for (const auto& [number, link] : unproven_) from.push_back(link->connection().path().remote);
    const auto place = static_cast<std::ptrdiff_t>(choose_to_go(from));
    let_go(*std::next(unproven_.begin(), place)->second, CloseCode::kBusy);
  }
  set_.limit_closing(kMaxClosing);
}

void HostTunnel::Core::let_go(HostLink& link, CloseCode code) {
  link.connection().close(code, "", now_);
  set_.touch(link.connection());
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
  for (auto* link : links) {
    if (!link->is_watching()) continue;
    set_.touch(link->connection());
    link->welcome(welcome());
  }
  media_changed_ = true;
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
  return std::ranges::all_of(links_, [](const HostLink* link) { return link->has_delivered(); });
}

std::optional<TransportEvent> HostTunnel::Core::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::vector<ViewerStatus> HostTunnel::Core::viewers() const {
  std::vector<ViewerStatus> all;
  all.reserve(links_.size());
  for (const auto& [id, session] : sessions_) {
    if (!session.link || !session.link->sender()) continue;
    const auto totals = session.totals();
    const auto& connection = session.link->connection();
    const auto stats = connection.stats();
    all.push_back({.viewer = session.number,
                   .name = session.name,
                   .path = connection.path(),
                   .bytes_sent = totals.bytes,
                   .rtt = stats.rtt,
                   .lag = session.link->report().lag,
                   .skipped_groups = totals.skipped_groups,
                   .lost_packets = totals.lost_packets,
                   .is_player_slow = session.link->report().is_player_slow,
                   .line = {.acknowledged_bytes = stats.acknowledged_bytes,
                            .in_flight_bytes = stats.bytes_in_flight,
                            .sent_packets = stats.sent_packets,
                            .lost_packets = stats.lost_packets,
                            .waiting_bytes = session.link->sender()->waiting_bytes(),
                            .undelivered_bytes = session.link->sender()->undelivered_bytes(),
                            .latest_rtt = stats.latest_rtt,
                            .min_rtt = stats.min_rtt}});
  }
  std::ranges::sort(all, {}, &ViewerStatus::viewer);
  return all;
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
void HostTunnel::describe(const StreamDescription& stream) {
  core_->describe(stream);
}
void HostTunnel::send_candidates(std::uint32_t viewer, std::vector<Candidate> candidates, Bytes tag) {
  core_->send_candidates(viewer, {std::move(candidates), std::move(tag)});
}
void HostTunnel::tell(std::uint32_t viewer, const wire::LeftBehind& left) {
  core_->tell(viewer, left);
}
void HostTunnel::renew_secret(const Secret& secret) {
  core_->renew_secret(secret);
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
std::optional<TransportEvent> HostTunnel::poll_event() {
  return core_->poll_event();
}
std::vector<ViewerStatus> HostTunnel::viewers() const {
  return core_->viewers();
}
const HostCounters& HostTunnel::counters() const {
  return core_->counters();
}

}  // namespace pixelpass::tunnel
