#include "web/handshakes.hpp"

#include "pixelpass/base/choose_to_go.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace pixelpass::web {

bool Handshakes::begins_another(ByteView datagram) const {
  const auto random = client_random_of(datagram);
  return !complete_ && random && std::ranges::find(attempts_, *random, &Attempt::random) == attempts_.end();
}

bool Handshakes::on_datagram(const net::Path& path, ByteView datagram, bool nominated, Instant now) {
  auto* attempt = find(path, datagram, nominated, now);
  if (!attempt) return false;
  attempt->heard_over = path;
  const bool moves = path != attempt->path && now - attempt->answered_since > kMostAtOnePath;
  if (complete_ || moves) attempt->path = path;
  if (moves) attempt->answered_since = now;
  attempt->dtls->on_datagram(datagram, now);
  if (!complete_) look_at(*attempt);
  return true;
}

Handshakes::Attempt* Handshakes::find(const net::Path& path, ByteView datagram, bool nominated, Instant now) {
  if (complete_) return &attempts_.front();
  if (const auto random = client_random_of(datagram)) {
    const auto same = std::ranges::find(attempts_, *random, &Attempt::random);
    return same == attempts_.end() ? begin(*random, path, now) : &*same;
  }
  const auto here = std::ranges::find_if(
      attempts_, [&](const Attempt& one) { return one.path == path || one.heard_over == path; });
  if (here != attempts_.end()) return &*here;
  return nominated && attempts_.size() == 1 ? &attempts_.front() : nullptr;
}

/// Null where OpenSSL gets no memory: the browser sends its hello again.
Handshakes::Attempt* Handshakes::begin(const ClientRandom& random, const net::Path& path, Instant now) try {
  auto session = std::make_unique<DtlsSession>(context_, expected_);
  make_room();
  return &attempts_.emplace_back(Attempt{random, now, path, path, std::move(session)});
} catch (const std::bad_alloc&) {
  return nullptr;
}

/// Drops one attempt; whoever begins many pushes out their own.
void Handshakes::make_room() {
  if (attempts_.size() < kMost) return;
  std::vector<SocketAddress> from;
  for (const auto& attempt : attempts_) from.push_back(attempt.heard_over.remote);
  attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(choose_to_go(from)));
}

/// Drops an attempt that failed. Its alert is not sent, since others may share its path.
void Handshakes::look_at(Attempt& attempt) {
  if (attempt.dtls->state() == DtlsSession::State::kShakingHands) return;
  if (attempt.dtls->state() == DtlsSession::State::kConnected && attempt.dtls->keys()) {
    auto winner = std::move(attempt);
    attempts_.clear();
    attempts_.push_back(std::move(winner));
    complete_ = true;
    return;
  }
  ++failed_;
  std::erase_if(attempts_, [&](const Attempt& one) { return &one == &attempt; });
}

void Handshakes::on_timeout(Instant now) {
  for (auto& attempt : attempts_) {
    if (now - attempt.answered_since > kMostAtOnePath && attempt.path != attempt.heard_over) {
      attempt.path = attempt.heard_over;
      attempt.answered_since = now;
    }
    attempt.dtls->on_timeout(now);
  }
}

std::optional<Instant> Handshakes::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& attempt : attempts_)
    if (const auto at = attempt.dtls->next_timeout(); at && (!next || *at < *next)) next = at;
  return next;
}

std::optional<Handshakes::Outgoing> Handshakes::poll_datagram() {
  for (auto& attempt : attempts_) {
    auto datagram = attempt.dtls->poll_datagram();
    if (!datagram) continue;
    if (!attempt.said_over) attempt.said_over = attempt.path;
    attempt.was_said_elsewhere = attempt.was_said_elsewhere || attempt.said_over != attempt.path;
    return Outgoing{attempt.path, std::move(*datagram)};
  }
  return std::nullopt;
}

std::optional<net::Path> Handshakes::proven_path() const {
  const auto& whole = attempts_.front();
  return whole.was_said_elsewhere ? std::nullopt : whole.said_over;
}

std::optional<SrtpKeys> Handshakes::keys() const {
  return complete_ ? attempts_.front().dtls->keys() : std::nullopt;
}

bool Handshakes::is_closed() const {
  return complete_ && attempts_.front().dtls->state() != DtlsSession::State::kConnected;
}

void Handshakes::close(const net::Path& path) {
  if (!complete_) return attempts_.clear();
  attempts_.front().path = path;
  attempts_.front().dtls->close();
}

void Handshakes::close_again(const net::Path& path, Instant now) {
  if (!complete_) return;
  attempts_.front().path = path;
  attempts_.front().dtls->on_datagram({}, now);
}

}  // namespace pixelpass::web
