#include "traversal/outer_addresses.hpp"

#include <algorithm>
#include <array>

namespace pixelpass::traversal {
namespace {

/// When a question is sent within its round; after the last one it has until kAnswerTime.
constexpr std::array<Duration, 3> kSendTimes{0ms, 200ms, 500ms};
constexpr Duration kAnswerTime = 1s;
/// NATs forget a binding after 30 s at the earliest, as far as is known.
constexpr Duration kRoundTime = 15s;

bool is_an_address(const SocketAddress& address) {
  return address.port() != 0 && !address.is_unspecified();
}

}  // namespace

void OuterAddresses::ask(const SocketAddress& server, Instant now) {
  const auto address = server.unmapped();
  auto known = std::ranges::find_if(servers_, [&](const Server& one) { return one.address == address; });
  if (known == servers_.end()) {
    if (servers_.size() == kMaxAskedServers) return;
    known = servers_.insert(servers_.end(), Server{.address = address});
  }
  // A repeated question gets a new answer.
  known->outer.reset();
  known->told_none = false;
  begin_round(*known, now);
}

void OuterAddresses::begin_round(Server& server, Instant now) {
  server.id = make_transaction_id(random_);
  server.round_began = now;
  server.sent = 0;
  server.answered = false;
  send(server);
}

void OuterAddresses::send(Server& server) {
  ++server.sent;
  auto question = StunWriter(StunClass::kRequest, StunMethod::kBinding, server.id).take();
  output_.send({SocketAddress(), server.address}, std::move(question));
}

bool OuterAddresses::on_answer(const SocketAddress& from, const StunMessage& answer) {
  const auto asked = std::ranges::find_if(
      servers_, [&](const Server& server) { return server.id == answer.id() && server.address == from; });
  if (asked == servers_.end() || answer.method() != StunMethod::kBinding) return false;
  if (asked->answered) return true;
  const auto outer = answer.cls() == StunClass::kSuccess ? answer.mapped_address() : std::nullopt;
  asked->answered = true;
  if (!outer || !is_an_address(*outer)) {
    tell_none(*asked);
  } else if (const auto plain = outer->unmapped(); asked->outer != plain) {
    asked->outer = plain;
    asked->told_none = false;
    output_.tell(Reflexive{asked->address, plain});
  }
  return true;
}

void OuterAddresses::tell_none(Server& server) {
  server.outer.reset();
  if (server.told_none) return;
  server.told_none = true;
  output_.tell(NoReflexive{server.address});
}

void OuterAddresses::on_timeout(Instant now) {
  for (auto& server : servers_)
    while (due(server) <= now) advance(server, now);
}

/// The next step of a round that is not answered, or the next round.
void OuterAddresses::advance(Server& server, Instant now) {
  if (server.answered) return begin_round(server, now);
  if (server.sent < kSendTimes.size()) return send(server);
  // A late answer is one, too: only its being late has been told.
  if (server.sent == kSendTimes.size()) {
    ++server.sent;
    return tell_none(server);
  }
  begin_round(server, now);
}

Instant OuterAddresses::due(const Server& server) {
  if (!server.answered && server.sent < kSendTimes.size())
    return server.round_began + kSendTimes[server.sent];
  if (!server.answered && server.sent == kSendTimes.size()) return server.round_began + kAnswerTime;
  return server.round_began + kRoundTime;
}

std::optional<Instant> OuterAddresses::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& server : servers_) next = std::min(next.value_or(Instant::max()), due(server));
  return next;
}

}  // namespace pixelpass::traversal
