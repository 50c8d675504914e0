#include "ticket/payload.hpp"

#include "ticket/dialable.hpp"
#include "ticket/fields.hpp"

#include <algorithm>
#include <limits>

namespace pixelpass {
namespace {

constexpr std::uint8_t kHasExpiry = 1;
constexpr std::uint8_t kHasRelay = 2;

std::uint32_t to_seconds(UnixTime time) {
  constexpr std::int64_t kLast = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.time_since_epoch().count(), 0, kLast));
}

void write(Writer& out, const std::vector<Candidate>& candidates) {
  const auto count = std::min(candidates.size(), kMaxCandidates);
  out.u8(count);
  for (const auto& [kind, address] : std::span(candidates).first(count)) {
    out.u8(static_cast<std::size_t>(kind) * 2 + (address.is_v6() ? 1 : 0));
    out.address_and_port(address);
  }
}

void write(Writer& out, const Relay& relay) {
  out.address(relay.server);
  out.address(relay.relayed);
  const auto count = std::min(relay.permitted.size(), kMaxPermitted);
  out.u8(count);
  for (const auto& address : std::span(relay.permitted).first(count)) out.address(address);
  out.text(relay.username);
  out.text(relay.password);
  out.u8(static_cast<std::size_t>(relay.transport));
  out.text(relay.name);
}

std::vector<Candidate> read_candidates(Reader& in) {
  std::vector<Candidate> candidates;
  for (auto left = in.count(kMaxCandidates); left > 0 && in.ok(); --left) {
    const auto kind_and_family = in.u8();
    const auto address = in.address_and_port((kind_and_family & 1) != 0);
    const auto kind = static_cast<CandidateKind>(kind_and_family / 2);
    if (kind <= CandidateKind::kMapped && is_dialable(address)) candidates.push_back({kind, address});
  }
  return candidates;
}

Relay read_relay(Reader& in) {
  Relay relay;
  relay.server = in.address();
  relay.relayed = in.address();
  for (auto left = in.count(kMaxPermitted); left > 0 && in.ok(); --left)
    relay.permitted.push_back(in.address());
  relay.username = in.text();
  relay.password = in.text();
  const auto transport = in.u8();
  constexpr auto kLast = static_cast<std::uint8_t>(RelayTransport::kTls);
  relay.transport = transport > kLast ? RelayTransport::kAny : static_cast<RelayTransport>(transport);
  relay.name = in.text();
  return relay;
}

}  // namespace

Bytes encode_payload(const Ticket& ticket) {
  Writer out;
  out.raw(ticket.fingerprint);
  out.raw(ticket.secret);
  out.u8((ticket.expires_at ? kHasExpiry : 0U) | (ticket.relay ? kHasRelay : 0U));
  if (ticket.expires_at) out.u32(to_seconds(*ticket.expires_at));
  write(out, ticket.candidates);
  if (ticket.relay) write(out, *ticket.relay);
  return out.take();
}

std::optional<Ticket> decode_payload(ByteView payload) {
  Reader in(payload);
  Ticket ticket;
  in.raw(ticket.fingerprint);
  in.raw(ticket.secret);
  const auto flags = in.u8();
  if ((flags & kHasExpiry) != 0) ticket.expires_at = UnixTime(std::chrono::seconds(in.u32()));
  ticket.candidates = read_candidates(in);
  if ((flags & kHasRelay) != 0) ticket.relay = read_relay(in);
  if (!in.ok()) return std::nullopt;
  if (ticket.relay && !(is_dialable(ticket.relay->server) && is_dialable(ticket.relay->relayed)))
    ticket.relay.reset();
  return ticket;
}

}  // namespace pixelpass
