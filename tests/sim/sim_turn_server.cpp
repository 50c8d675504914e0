#include "sim_turn_server.hpp"

#include <algorithm>

namespace pixelpass::sim {
namespace {

using namespace traversal;
using A = StunAttribute;

constexpr std::string_view kSimRealm = "sim.example";
constexpr std::uint16_t kFirstRelayedPort = 50'000;
constexpr std::uint32_t kUdpTransport = 17U << 24U;
const Bytes kOffered{0, 2, 0, 0, 0, 1, 0, 0};  // PASSWORD-ALGORITHMS: SHA-256, MD5

std::string ip_of(const SocketAddress& address) {
  auto without_port = address;
  without_port.set_port(0);
  return without_port.to_string();
}

std::uint32_t seconds_of(Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

SimTurnServer::SimTurnServer(const SocketAddress& v4, const SocketAddress& v6, Settings settings)
    : v4_(v4), v6_(v6), settings_(std::move(settings)) {}

std::vector<SocketAddress> SimTurnServer::relayed_addresses() const {
  std::vector<SocketAddress> all;
  for (const auto& ip : {v4_, v6_})
    for (std::size_t i = 0; i < settings_.capacity; ++i) {
      all.push_back(ip);
      all.back().set_port(static_cast<std::uint16_t>(kFirstRelayedPort + i));
    }
  return all;
}

Network::NodeId SimTurnServer::join(Network& network) {
  const auto node = network.add(*this, v4_);
  network.add_address(node, v6_);
  for (const auto& address : relayed_addresses()) network.add_address(node, address);
  return node;
}

void SimTurnServer::restart() {
  allocations_.clear();
  to_send_.clear();
  ++nonce_;
}

std::size_t SimTurnServer::allocations(Instant now) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(allocations_, [&](const auto& entry) { return entry.second.until > now; }));
}

std::uint64_t SimTurnServer::errors(int code) const {
  const auto found = errors_.find(code);
  return found == errors_.end() ? 0 : found->second;
}

void SimTurnServer::on_datagram(const net::Path& path, ByteView bytes, net::Ecn, Instant now) {
  if (is_dead_) return;
  if (path.local == v4_ || path.local == v6_)
    on_client(path, bytes, now);
  else
    on_peer(path, bytes, now);
}

bool SimTurnServer::flush(net::DatagramSink& sink, Instant) {
  while (!to_send_.empty()) {
    const auto [path, bytes] = std::move(to_send_.front());
    to_send_.pop_front();
    sink.send(path, bytes, bytes.size(), 0);
  }
  return true;
}

void SimTurnServer::on_client(const net::Path& path, ByteView bytes, Instant now) {
  if (!bytes.empty() && bytes[0] >= 0x40) return on_channel_data(path, bytes, now);
  const auto message = StunMessage::parse(bytes);
  if (!message) return;
  if (message->cls() == StunClass::kIndication) return on_send(path, *message, now);
  if (message->cls() == StunClass::kRequest) on_request({*message, path, now, {}, {}});
}

/// From anywhere to a relayed address.
void SimTurnServer::on_peer(const net::Path& path, ByteView bytes, Instant now) {
  for (auto& [client, allocation] : allocations_) {
    if (!(allocation.relayed == path.local) || allocation.until <= now) continue;
    const auto permission = allocation.permissions.find(ip_of(path.remote));
    if (permission == allocation.permissions.end() || permission->second <= now) {
      ++unwanted_;
      return;
    }
    ++relayed_;
    for (const auto& [number, channel] : allocation.channels) {
      if (!(channel.peer == path.remote) || channel.until <= now) continue;
      const std::uint8_t header[4] = {
          static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number),
          static_cast<std::uint8_t>(bytes.size() >> 8U), static_cast<std::uint8_t>(bytes.size())};
      Bytes dressed;
      dressed.reserve(sizeof header + bytes.size());
      dressed.insert(dressed.end(), std::begin(header), std::end(header));
      dressed.insert(dressed.end(), bytes.begin(), bytes.end());
      to_send_.emplace_back(allocation.client, std::move(dressed));
      return;
    }
    StunWriter writer(StunClass::kIndication, StunMethod::kData, {});
    writer.add_xor_address(A::kXorPeerAddress, path.remote).add(A::kData, bytes);
    to_send_.emplace_back(allocation.client, writer.take());
    return;
  }
}

void SimTurnServer::on_channel_data(const net::Path& path, ByteView bytes, Instant now) {
  auto* allocation = allocation_of(path, now);
  if (allocation == nullptr || bytes.size() < 4) return;
  const auto channel = allocation->channels.find(static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]));
  const std::size_t length = static_cast<std::size_t>(bytes[2]) << 8U | bytes[3];
  if (channel == allocation->channels.end() || channel->second.until <= now || length > bytes.size() - 4)
    return;
  relay(*allocation, channel->second.peer, bytes.subspan(4, length), now);
}

void SimTurnServer::on_send(const net::Path& path, const StunMessage& message, Instant now) {
  const auto* allocation = allocation_of(path, now);
  const auto peer = message.xor_address(A::kXorPeerAddress);
  const auto data = message.find(A::kData);
  if (message.method() == StunMethod::kSend && allocation != nullptr && peer && data)
    relay(*allocation, *peer, *data, now);
}

void SimTurnServer::relay(const Allocation& allocation, const SocketAddress& peer, ByteView data,
                          Instant now) {
  const auto permission = allocation.permissions.find(ip_of(peer));
  if (permission == allocation.permissions.end() || permission->second <= now) {
    ++unwanted_;
    return;
  }
  ++relayed_;
  to_send_.emplace_back(net::Path{allocation.relayed, peer}, Bytes(data.begin(), data.end()));
}

void SimTurnServer::on_request(Request request) {
  if (request.message.method() == StunMethod::kBinding)
    return answer(request, success(request).add_xor_address(A::kXorMappedAddress, request.path.remote));
  if (request.message.method() == StunMethod::kAllocate && alternate_) return refuse(request, 300);
  if (!check_credentials(request)) return;
  switch (request.message.method()) {
    case StunMethod::kAllocate:
      return on_allocate(request);
    case StunMethod::kRefresh:
      return on_refresh(request);
    case StunMethod::kCreatePermission:
      return on_create_permission(request);
    case StunMethod::kChannelBind:
      return on_channel_bind(request);
    default:
      return refuse(request, 400);
  }
}

std::string SimTurnServer::nonce() const {
  // "gAAA": bit 0 of the features, there are PASSWORD-ALGORITHMS.
  return (settings_.with_sha256 ? "obMatJos2gAAA" : "plain ") + std::to_string(nonce_);
}

bool SimTurnServer::check_credentials(Request& request) {
  const auto& message = request.message;
  const auto user = settings_.users.find(std::string(message.text(A::kUsername)));
  if (!message.is_signed() || user == settings_.users.end()) return challenge(request, 401), false;
  if (message.text(A::kNonce) != nonce()) return challenge(request, 438), false;
  const auto algorithm = settings_.with_sha256 ? PasswordAlgorithm::kSha256 : PasswordAlgorithm::kMd5;
  auto key = long_term_key(algorithm, user->first, kSimRealm, user->second);
  if (settings_.with_sha256 != message.is_signed_sha256() || !message.is_signed_with(key))
    return challenge(request, 401), false;
  request.user = user->first;
  request.key = std::move(key);
  return true;
}

StunWriter SimTurnServer::success(const Request& request) const {
  return {StunClass::kSuccess, request.message.method(), request.message.id()};
}

void SimTurnServer::answer(const Request& request, StunWriter writer) {
  if (!request.key.empty())
    settings_.with_sha256 ? writer.sign_sha256(request.key) : writer.sign_sha1(request.key);
  to_send_.emplace_back(request.path, writer.take());
}

void SimTurnServer::refuse(const Request& request, int code) {
  ++errors_[code];
  StunWriter writer(StunClass::kError, request.message.method(), request.message.id());
  writer.add_error(code, "simulated");
  if (code == 300) writer.add_address(A::kAlternateServer, *alternate_);
  answer(request, std::move(writer));
}

void SimTurnServer::challenge(const Request& request, int code) {
  ++errors_[code];
  StunWriter writer(StunClass::kError, request.message.method(), request.message.id());
  writer.add_error(code, "simulated").add_text(A::kRealm, kSimRealm).add_text(A::kNonce, nonce());
  if (settings_.with_sha256) writer.add(A::kPasswordAlgorithms, kOffered);
  answer(request, std::move(writer));
}

void SimTurnServer::on_allocate(const Request& request) {
  if (const auto* known = allocation_of(request.path, request.now))
    return known->id == request.message.id() ? answer_allocated(request, *known) : refuse(request, 437);
  if (request.message.u32(A::kRequestedTransport) != kUdpTransport) return refuse(request, 442);
  const auto family = request.message.find(A::kRequestedAddressFamily);
  const bool v6 = family && !family->empty() && family->front() == 2;
  if (v6 && !settings_.relays_v6) return refuse(request, 440);
  const auto of_user = std::ranges::count_if(allocations_, [&](const auto& entry) {
    return entry.second.user == request.user && entry.second.until > request.now;
  });
  if (static_cast<std::size_t>(of_user) >= settings_.quota) return refuse(request, 486);
  const auto relayed = free_relayed(v6, request.now);
  if (!relayed) return refuse(request, 508);
  auto& allocation = allocations_[request.path.remote.to_string()];
  allocation = {
      request.path, *relayed, request.user, request.message.id(), request.now + settings_.allocation, {}, {}};
  answer_allocated(request, allocation);
}

void SimTurnServer::answer_allocated(const Request& request, const Allocation& allocation) {
  answer(request, success(request)
                      .add_xor_address(A::kXorRelayedAddress, allocation.relayed)
                      .add_xor_address(A::kXorMappedAddress, request.path.remote)
                      .add_u32(A::kLifetime, seconds_of(allocation.until - request.now)));
}

std::optional<SocketAddress> SimTurnServer::free_relayed(bool v6, Instant now) const {
  for (const auto& address : relayed_addresses()) {
    const bool is_taken = std::ranges::any_of(allocations_, [&](const auto& entry) {
      return entry.second.until > now && entry.second.relayed == address;
    });
    if (address.is_v6() == v6 && !is_taken) return address;
  }
  return std::nullopt;
}

void SimTurnServer::on_refresh(const Request& request) {
  auto* allocation = allocation_of(request.path, request.now);
  if (allocation == nullptr) return refuse(request, 437);
  const bool frees = request.message.u32(A::kLifetime) == 0U;
  const auto lifetime = frees ? Duration::zero() : settings_.allocation;
  allocation->until = request.now + lifetime;
  answer(request, success(request).add_u32(A::kLifetime, seconds_of(lifetime)));
}

/// Nullopt: done, else the error.
std::optional<int> SimTurnServer::permit(const Request& request, Allocation& allocation,
                                         const SocketAddress& peer) const {
  if (peer.is_v6() != allocation.relayed.is_v6()) return 443;
  const auto ip = ip_of(peer);
  if (std::ranges::any_of(forbidden_, [&](const auto& other) { return ip_of(other) == ip; })) return 403;
  allocation.permissions[ip] = request.now + settings_.permission;
  return std::nullopt;
}

void SimTurnServer::on_create_permission(const Request& request) {
  auto* allocation = allocation_of(request.path, request.now);
  const auto peer = request.message.xor_address(A::kXorPeerAddress);
  if (allocation == nullptr) return refuse(request, 437);
  if (!peer) return refuse(request, 400);
  if (const auto error = permit(request, *allocation, *peer)) return refuse(request, *error);
  answer(request, success(request));
}

void SimTurnServer::on_channel_bind(const Request& request) {
  auto* allocation = allocation_of(request.path, request.now);
  const auto peer = request.message.xor_address(A::kXorPeerAddress);
  const auto number = static_cast<std::uint16_t>(request.message.u32(A::kChannelNumber).value_or(0) >> 16U);
  if (allocation == nullptr) return refuse(request, 437);
  if (!peer || number < 0x4000 || number > 0x4fff) return refuse(request, 400);
  // Neither another peer on this channel, nor another channel to this peer (RFC 8656 section 12.2).
  for (const auto& [other, channel] : allocation->channels)
    if (channel.until > request.now && (other == number) != (channel.peer == *peer))
      return refuse(request, 400);
  if (const auto error = permit(request, *allocation, *peer)) return refuse(request, *error);
  allocation->channels[number] = {*peer, request.now + settings_.channel};
  answer(request, success(request));
}

SimTurnServer::Allocation* SimTurnServer::allocation_of(const net::Path& path, Instant now) {
  const auto found = allocations_.find(path.remote.to_string());
  return found == allocations_.end() || found->second.until <= now ? nullptr : &found->second;
}

}  // namespace pixelpass::sim
