#include "ticket/payload.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <limits>

namespace pixelpass {
namespace {

constexpr std::uint8_t kHasExpiry = 1;
constexpr std::uint8_t kHasRelay = 2;
constexpr std::uint8_t kFamilyV4 = 4;
constexpr std::uint8_t kFamilyV6 = 6;
constexpr std::size_t kAddressBytesV4 = 4;
constexpr std::size_t kAddressBytesV6 = 16;

class Writer {
 public:
  void u8(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(std::uint16_t value) {
    u8(value >> 8);
    u8(value & 0xff);
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value & 0xffff));
  }
  void raw(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text) {
    text = text.substr(0, kMaxCredentialBytes);
    u8(text.size());
    raw(as_bytes(text));
  }
  void address_and_port(const SocketAddress& address) {
    raw(address.bytes());
    u16(address.port());
  }
  void address(const SocketAddress& address) {
    u8(address.is_v6() ? kFamilyV6 : kFamilyV4);
    address_and_port(address);
  }
  Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// After the first thing that is not there or not right, all else reads as zero and ok() is false.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }

  ByteView raw(std::size_t count) {
    ok_ = ok_ && count <= bytes_.size();
    if (!ok_) return {};
    const auto front = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return front;
  }
  void raw(std::span<std::uint8_t> out) { std::ranges::copy(raw(out.size()), out.begin()); }
  std::uint8_t u8() {
    std::uint8_t value = 0;
    raw({&value, 1});
    return value;
  }
  std::uint16_t u16() {
    std::array<std::uint8_t, 2> value{};
    raw(value);
    return boost::endian::load_big_u16(value.data());
  }
  std::uint32_t u32() {
    std::array<std::uint8_t, 4> value{};
    raw(value);
    return boost::endian::load_big_u32(value.data());
  }
  std::string text() { return std::string(as_text(raw(u8()))); }
  std::size_t count(std::size_t most) {
    const std::size_t value = u8();
    ok_ = ok_ && value <= most;
    return ok_ ? value : 0;
  }
  SocketAddress address_and_port(bool v6) {
    const auto address = raw(v6 ? kAddressBytesV6 : kAddressBytesV4);
    const auto port = u16();
    return ok_ ? SocketAddress(address, port) : SocketAddress();
  }
  SocketAddress address() {
    const auto family = u8();
    ok_ = ok_ && (family == kFamilyV4 || family == kFamilyV6);
    return address_and_port(family == kFamilyV6);
  }

 private:
  ByteView bytes_;
  bool ok_ = true;
};

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
}

/// Somebody may be dialled there: one machine, at a port. A ticket comes from a stranger, and must not make
/// the viewer send to everybody in its network.
bool is_dialable(const SocketAddress& address) {
  constexpr std::uint8_t kFirstMulticastV4 = 224;  // RFC 5771; from 240 on reserved, 255.255.255.255 is all
  constexpr std::uint8_t kMulticastV6 = 0xff;      // RFC 4291, 2.7
  const SocketAddress plain = address.unmapped();
  if (plain.port() == 0 || plain.is_unspecified()) return false;
  const std::uint8_t first = plain.bytes().front();
  // 0.0.0.0/8 is "this network" (RFC 6890): the kernel takes it for this machine, or for nothing.
  return plain.is_v6() ? first != kMulticastV6 : first != 0 && first < kFirstMulticastV4;
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
  return relay;
}

}  // namespace

Bytes encode_payload(const Ticket& ticket) {
  Writer out;
  out.raw(ticket.host_key);
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
  in.raw(ticket.host_key);
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
