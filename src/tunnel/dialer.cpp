#include "tunnel/dialer.hpp"

#include <algorithm>

namespace pixelpass::tunnel {
namespace {

/// Between two rounds of dialing: what was sent while the line was away is not repeated soon (RFC
/// 9002, 6.2.1).
constexpr Duration kRedialInterval = 500ms;
/// People are told of every fourth.
constexpr Duration kAttemptInterval = 2s;
/// A host that was greeted answers within a round trip; after this another connection is tried as well.
constexpr Duration kWelcomePatience = 1s;
/// Between two looks for another connection to greet.
constexpr Duration kGreetInterval = 100ms;
/// Before a host is dialled again that had no room for one more newcomer.
constexpr Duration kBusyWait = 500ms;
/// A dialed connection that has not been let in by then is let go.
constexpr Duration kDialPatience = 6s;
/// The same where dialing goes on: there are newer ones.
constexpr Duration kRedialPatience = 3s;

}  // namespace

Dialer::Dialer(ViewerLink::Core& core, const ViewerSettings& settings, SocketAddress local, Random random,
               Instant now, WallClock wall_clock)
    : core_(core),
      settings_(settings),
      local_(local),
      random_(std::move(random)),
      wall_clock_(std::move(wall_clock)),
      tls_(TlsContext::viewer()),
      knock_(settings.ticket.secret),
      began_(now),
      next_dial_(now) {
  random_(session_);
}

std::vector<SocketAddress> Dialer::addresses() const {
  std::vector<SocketAddress> all;
  for (const auto& candidate : settings_.ticket.candidates) all.push_back(candidate.address);
  if (last_good_ && std::ranges::find(all, *last_good_) == all.end()) all.push_back(*last_good_);
  return all;
}

void Dialer::search(Instant now) {
  began_ = next_dial_ = next_attempt_ = now;
  attempt_ = 0;
}

Instant Dialer::deadline() const {
  return began_ + (settled_once() ? settings_.reconnect_timeout : settings_.dial_timeout);
}

std::optional<int> Dialer::continue_search(Instant now) {
  greet_another(now);
  if (now < next_dial_) return std::nullopt;
  redial(now);
  if (now < next_attempt_) return std::nullopt;
  next_attempt_ = now + kAttemptInterval;
  return ++attempt_;
}

Instant Dialer::next_search_step(Instant now) const {
  // The greeted one has died: the next one's turn is now.
  if (!greeted_ && waiting_for_greeting()) return now;
  const auto next = std::min(next_dial_, deadline());
  return greeted_ ? std::min(next, std::max(greeted_at_ + kWelcomePatience, now + kGreetInterval)) : next;
}

void Dialer::redial(Instant now) {
  // In this order: a viewer whose last connection is closed gives up.
  dial_all(now);
  close_unanswered(now);
}

void Dialer::close_unanswered(Instant now) {
  const auto patience = settled_once() ? kRedialPatience : kDialPatience;
  const auto links = links_;
  for (auto* link : links)
    if (link != active_ && now - link->dialed_at() >= patience) close(*link, CloseCode::kUnused, "", now);
}

void Dialer::dial_all(Instant now) {
  for (const auto& address : addresses()) dial(address, now);
  dialed_at_ = now;
  // A first dial is repeated by QUIC itself; a host that comes back after minutes is not helped by old
  // packets.
  next_dial_ = settled_once() ? now + kRedialInterval : deadline();
}

void Dialer::dial(const SocketAddress& remote, Instant now) {
  // An address family that the socket cannot send to is no way to the host.
  if (!local_.is_v6() && remote.is_v6()) return;
  auto link = std::make_unique<ViewerLink>(core_);
  ViewerLink& added = *link;
  auto connection =
      Connection::dial({tls_, set_.ids(), random_}, {local_, remote}, knock_.make(wall_clock_(), random_),
                       settings_.ticket.host_key, std::move(link), now);
  added.bind(*connection, now);
  links_.push_back(&added);
  set_.add(std::move(connection));
}

void Dialer::on_handshake(ViewerLink& link, Instant now) {
  if (!greeted_) greet(link, now);
}

ViewerLink* Dialer::waiting_for_greeting() const {
  const auto waits = [this](const ViewerLink* link) {
    return link != active_ && !link->said_hello() && link->connection().handshake_completed() &&
           !link->connection().is_closed();
  };
  const auto next = std::ranges::find_if(links_, waits);
  return next == links_.end() ? nullptr : *next;
}

/// Another of those that wait to be greeted, when the greeted one does not answer.
void Dialer::greet_another(Instant now) {
  if (greeted_ && now - greeted_at_ < kWelcomePatience) return;
  if (auto* next = waiting_for_greeting()) greet(*next, now);
}

void Dialer::greet(ViewerLink& link, Instant now) {
  greeted_ = &link;
  greeted_at_ = now;
  set_.touch(link.connection());
  wire::Hello hello;
  hello.session = session_;
  hello.name = settings_.name;
  hello.latency = settings_.latency;
  hello.resume_after = last_group_;
  link.say_hello(hello, settings_.ticket.secret);
  link.send(wire::Ping{clock_reading(now)});
}

void Dialer::wait_for_room(Instant now) {
  next_dial_ = std::min(next_dial_, now + kBusyWait);
}

void Dialer::dial_again(Instant now) {
  next_dial_ = std::min(next_dial_, std::max(now, dialed_at_ + kRedialInterval));
}

void Dialer::settle(ViewerLink& link, const ViewerLink* spared, Instant now) {
  active_ = &link;
  greeted_ = nullptr;
  last_good_ = link.connection().remote();
  const auto links = links_;
  for (auto* other : links)
    if (other != &link && other != spared) close(*other, CloseCode::kUnused, "", now);
}

bool Dialer::forget(const ViewerLink& link) {
  std::erase(links_, &link);
  if (greeted_ == &link) greeted_ = nullptr;
  const bool was_active = active_ == &link;
  if (was_active) active_ = nullptr;
  return was_active;
}

void Dialer::on_datagram(const SocketAddress& remote, ByteView bytes, net::Ecn ecn, Instant now) {
  ByteView destination;
  Connection* connection = set_.route(bytes, destination);
  if (!connection) return;
  // The kernel chooses the source address, so that a viewer may change networks without noticing.
  connection->on_datagram({local_, remote}, bytes, ecn, now);
  set_.touch(*connection);
}

void Dialer::close(ViewerLink& link, CloseCode code, const std::string& reason, Instant now) {
  set_.touch(link.connection());
  link.connection().close(code, reason, now);
}

void Dialer::close_all(const std::string& reason, Instant now) {
  next_dial_ = Instant::max();
  const auto links = links_;
  for (auto* link : links) close(*link, CloseCode::kBye, reason, now);
}

}  // namespace pixelpass::tunnel
