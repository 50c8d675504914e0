#include "traversal/gathering.hpp"

#include "pixelpass/traversal/address_scope.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pixelpass::traversal {
namespace {

/// 224.0.0.0/4 and above (RFC 5771, 6890), ff00::/8.
bool is_multicast_or_reserved(const SocketAddress& address) {
  return address.is_v6() ? address.bytes()[0] == 0xff : address.bytes()[0] >= 224;
}

/// A server that means harm could else have viewers send to whom it likes.
bool is_plausible(const SocketAddress& outer, const SocketAddress& server) {
  if (outer.port() == 0 || outer.is_unspecified() || is_multicast_or_reserved(outer)) return false;
  return !outer.is_loopback() || server.is_loopback();
}

bool contains(const std::vector<Candidate>& candidates, const SocketAddress& address) {
  return std::ranges::find(candidates, address, &Candidate::address) != candidates.end();
}

/// The addresses that the internet sees and no interface has.
std::vector<Candidate> outer_candidates(const Surroundings& found, const std::vector<Candidate>& own) {
  std::vector<Candidate> outer;
  for (const auto& mapped : found.mapped)
    if (is_of_use(mapped, found) && !contains(own, mapped) && !contains(outer, mapped))
      outer.push_back({CandidateKind::kMapped, mapped});
  for (const auto& seen : found.reflexive) {
    const auto is_another_port = [&](const Candidate& other) {
      return other.kind == CandidateKind::kReflexive && same_host(other.address, seen);
    };
    if (!contains(own, seen) && !contains(outer, seen) && std::ranges::none_of(outer, is_another_port))
      outer.push_back({CandidateKind::kReflexive, seen});
  }
  return outer;
}

/// Joins the lists; the last address is loopback, which stays when there are too many.
std::vector<Candidate> put_together(std::vector<Candidate> own, const std::vector<Candidate>& outer) {
  own.insert(own.begin() + (own.empty() ? 0 : 1), outer.begin(), outer.end());
  while (own.size() > kMaxCandidates) own.erase(own.end() - 2);
  return own;
}

bool is_same(const Gathered& a, const Gathered& b) {
  return a.candidates == b.candidates && a.verdict.nat == b.verdict.nat &&
         a.verdict.reachability == b.verdict.reachability && a.verdict.words == b.verdict.words;
}

}  // namespace

void Gathering::begin(std::vector<InterfaceAddress> interfaces, std::size_t names, Instant now) {
  interfaces_ = std::move(interfaces);
  servers_.clear();
  mappings_.clear();
  names_awaited_ = names;
  asks_ = names > 0;
  if (!limit_) limit_ = now + Gatherer::kLimit;
}

std::vector<SocketAddress> Gathering::on_name(const std::vector<SocketAddress>& addresses) {
  if (names_awaited_ > 0) --names_awaited_;
  std::vector<SocketAddress> asked;
  for (const bool v6 : {false, true}) {
    const auto of_family = [&](const SocketAddress& a) { return a.is_v6() == v6 && can_ask(a); };
    const auto address = std::ranges::find_if(addresses, of_family);
    if (address == addresses.end() || find(*address) != nullptr) continue;
    servers_.push_back({*address, std::nullopt, false});
    asked.push_back(*address);
  }
  return asked;
}

void Gathering::on_reflexive(const SocketAddress& server, const SocketAddress& outer, Instant now) {
  if (!is_plausible(outer.unmapped(), server)) return on_no_reflexive(server, now);
  Server* known = find(server.unmapped());
  if (known == nullptr) known = &servers_.emplace_back(Server{server.unmapped(), std::nullopt, false});
  known->outer = outer.unmapped();
  known->answered = true;
  on_change(now);
}

/// A former answer may still be right: it is more likely that the server has gone than the NAT's binding.
void Gathering::on_no_reflexive(const SocketAddress& server, Instant now) {
  Server* known = find(server.unmapped());
  if (known == nullptr) return;
  known->answered = true;
  on_change(now);
}

void Gathering::on_mapped(const SocketAddress& inner, const SocketAddress& outer, Instant now) {
  std::erase_if(mappings_, [&](const Mapping& mapping) { return mapping.inner == inner; });
  mappings_.push_back({inner, outer.unmapped()});
  on_change(now);
}

void Gathering::on_mapping_lost(const SocketAddress& inner, Instant now) {
  std::erase_if(mappings_, [&](const Mapping& mapping) { return mapping.inner == inner; });
  on_change(now);
}

void Gathering::on_relay_ready(const SocketAddress& relayed, Instant now) {
  on_relay_failed();  // it is not waited for any more
  if (std::ranges::find(relays_, relayed) == relays_.end()) relays_.push_back(relayed);
  on_change(now);
}

void Gathering::on_relay_lost(const SocketAddress& relayed, Instant now) {
  std::erase(relays_, relayed);
  on_change(now);
}

void Gathering::on_relay_failed() {
  if (relays_awaited_ > 0) --relays_awaited_;
}

std::optional<Gathered> Gathering::poll(Instant now) {
  if (limit_ && !is_complete() && now < *limit_) return std::nullopt;
  if (!limit_ && (!tell_at_ || now < *tell_at_)) return std::nullopt;
  limit_.reset();
  tell_at_.reset();
  Gathered found = gathered();
  if (told_ && is_same(*told_, found)) return std::nullopt;
  told_ = found;
  return found;
}

std::optional<Instant> Gathering::next_timeout() const {
  constexpr Instant kAtOnce{};
  if (limit_) return is_complete() ? kAtOnce : limit_;
  return tell_at_;
}

bool Gathering::is_complete() const {
  return names_awaited_ == 0 && relays_awaited_ == 0 &&
         std::ranges::all_of(servers_, [](const Server& server) { return server.answered; });
}

/// Whether the server can be asked: nothing leaves from loopback, and IPv6 is asked only if we have an
/// address for the answer.
bool Gathering::can_ask(const SocketAddress& server) const {
  const SocketAddress own = bound_.unmapped();
  if (own.is_loopback() && !server.is_loopback()) return false;
  if (!own.is_unspecified()) return server.is_v6() == own.is_v6();
  if (!server.is_v6()) return true;
  const auto is_global_v6 = [](const InterfaceAddress& entry) {
    return entry.address.is_v6() && is_global(entry.address);
  };
  return own.is_v6() && (server.is_loopback() || std::ranges::any_of(interfaces_, is_global_v6));
}

Gathering::Server* Gathering::find(const SocketAddress& server) {
  const auto found = std::ranges::find(servers_, server, &Server::address);
  return found == servers_.end() ? nullptr : &*found;
}

Surroundings Gathering::surroundings(const std::vector<Candidate>& own) const {
  Surroundings found;
  for (const auto& candidate : own) found.local.push_back(candidate.address);
  for (const auto& server : servers_) {
    if (server.outer) found.reflexive.push_back(*server.outer);
    found.silent += server.outer ? 0U : 1U;
  }
  for (const auto& mapping : mappings_) found.mapped.push_back(mapping.outer);
  found.asks = asks_;
  found.relay = !relays_.empty();
  found.leads_out = leads_out(bound_, interfaces_);
  return found;
}

Gathered Gathering::gathered() const {
  auto own = choose_candidates(bound_, interfaces_);
  const auto found = surroundings(own);
  const auto outer = outer_candidates(found, own);
  auto all = put_together(std::move(own), outer);
  return {std::move(all), found, judge(found)};
}

/// Within a round it is told with the rest.
void Gathering::on_change(Instant now) {
  if (!limit_ && !tell_at_) tell_at_ = now + kSettle;
}

}  // namespace pixelpass::traversal
