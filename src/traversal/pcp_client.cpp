#include "traversal/pcp_client.hpp"

#include <algorithm>

namespace pixelpass::traversal {
namespace {

// RFC 6887, 8.1.1, begins with 3 s, for a network of any size. The gateway here is one hop away, and the
// ticket waits: as RFC 6886, 3.1, has it.
constexpr Duration kFirstPcpWait = 250ms;
constexpr Duration kLongestPcpWait = 60s;
constexpr int kPcpRequests = 4;  // answered by nobody after 3.75 s: there is no PCP here
constexpr int kPcpReleases = 2;
constexpr Duration kShortestPcpPause = 1s;  // whoever announces all the time has us ask once a second
constexpr std::chrono::seconds kLongestPcpLifetime = 24h;  // RFC 6887, 15
// A gateway that grants next to nothing is not to be asked all the time.
constexpr std::chrono::seconds kShortestPcpLifetime = 2s;

SocketAddress anywhere_like(const SocketAddress& inner) {
  constexpr std::array<std::uint8_t, 16> kZeros{};
  return {ByteView(kZeros).first(inner.is_v6() ? 16 : 4), inner.port()};
}

}  // namespace

PcpClient::PcpClient(const Settings& settings, Random random)
    : inner_(settings.inner),
      transport_(settings.transport),
      lifetime_(settings.lifetime),
      random_(std::move(random)),
      outer_(anywhere_like(settings.inner)) {
  random_(nonce_);
}

void PcpClient::start(Instant now) {
  state_ = State::kAsking;
  ask(now);
}

/// Begins a row of requests, each of which waits twice as long for its answer as the one before.
void PcpClient::ask(Instant now) {
  sent_ = 0;
  asked_at_ = now;
  send(lifetime_, now);
}

void PcpClient::send(std::chrono::seconds lifetime, Instant now) {
  to_send_ = write_pcp_map({.client = inner_,
                            .nonce = nonce_,
                            .transport = transport_,
                            .lifetime = lifetime,
                            .suggested = outer_});
  const Duration wait = std::min<Duration>(kFirstPcpWait * (1 << std::min(sent_, 10)), kLongestPcpWait);
  send_at_ = now + varied(wait);
  ++sent_;
}

/// By a tenth to either side (RFC 6887, 8.1.1), so that machines which began together do not stay together.
Duration PcpClient::varied(Duration delay) const {
  std::array<std::uint8_t, 1> drawn{};
  random_(drawn);
  return delay + delay / 10 * (int{drawn[0]} - 128) / 128;
}

void PcpClient::on_timeout(Instant now) {
  if (state_ == State::kMapped && now >= expires_at_)
    return end(PcpResult::kSuccess, "the gateway does not answer any more");
  if (!send_at_ || now < *send_at_) return;
  if (state_ == State::kAsking && sent_ >= kPcpRequests) return end(PcpResult::kSuccess, "no answer");
  if (state_ == State::kReleasing && sent_ >= kPcpReleases) return end(PcpResult::kSuccess, "no answer");
  if (state_ == State::kMapped || state_ == State::kAsking) send(lifetime_, now);
  if (state_ == State::kReleasing) send(0s, now);
}

void PcpClient::on_datagram(ByteView bytes, Instant now) {
  const auto response = parse_pcp(bytes);
  if (!response || state_ == State::kIdle || state_ == State::kOver) return;
  // Without a nonce in it, it is believed while nothing is lost by that.
  if (response->result == PcpResult::kUnsupportedVersion && state_ == State::kAsking)
    return end(response->result, std::string(words_of(response->result)));
  if (response->map) take_map(*response, now);
}

void PcpClient::take_map(const PcpResponse& response, Instant now) {
  const PcpMapResponse& map = *response.map;
  const bool is_ours = map.nonce == nonce_ && map.protocol == static_cast<std::uint8_t>(transport_) &&
                       map.inner_port == inner_.port();
  if (!is_ours) return;
  if (state_ == State::kReleasing) return end(response.result, "given back");
  if (response.result != PcpResult::kSuccess)
    return end(response.result, std::string(words_of(response.result)));
  const bool is_address =
      !map.outer.is_unspecified() && map.outer.port() != 0 && map.outer.is_v6() == inner_.is_v6();
  if (!is_address || response.lifetime == 0s)
    return end(PcpResult::kMalformedRequest, "the gateway's answer makes no sense");
  take_granted(response, now);
}

void PcpClient::take_granted(const PcpResponse& response, Instant now) {
  const auto lifetime = std::clamp(response.lifetime, kShortestPcpLifetime, kLongestPcpLifetime);
  const bool is_news = state_ != State::kMapped || !(outer_ == response.map->outer);
  state_ = State::kMapped;
  outer_ = response.map->outer;
  epoch_ = Epoch{response.epoch, now};
  expires_at_ = now + lifetime;
  send_at_ = now + lifetime / 2;
  sent_ = 0;
  if (is_news) event_ = Mapped{outer_, lifetime};
}

void PcpClient::on_refused() {
  if (state_ == State::kAsking) end(PcpResult::kSuccess, "nobody listens at the gateway");
  if (state_ == State::kReleasing) end(PcpResult::kSuccess, "given back");
}

void PcpClient::on_announcement(const PcpResponse& announcement, Instant now) {
  if (state_ != State::kMapped || now - asked_at_ < kShortestPcpPause) return;
  if (!has_lost_state(announcement.epoch, now)) return;
  // One row of requests for all that it says from now on.
  epoch_ = Epoch{announcement.epoch, now};
  ask(now);
}

void PcpClient::renew(Instant now) {
  if (state_ == State::kMapped) ask(now);
}

/// RFC 6887, 8.5: both clocks have gone on alike, but for a second or two and a sixteenth.
bool PcpClient::has_lost_state(std::chrono::seconds epoch, Instant now) const {
  if (!epoch_) return true;
  if (epoch + 1s < epoch_->server) return true;
  const Duration client = now - epoch_->client;
  const Duration server = epoch - epoch_->server;
  return client + 2s < server - server / 16 || server + 2s < client - client / 16;
}

void PcpClient::release(Instant now) {
  if (state_ == State::kIdle || state_ == State::kOver) {
    state_ = State::kOver;
    return;
  }
  state_ = State::kReleasing;
  event_.reset();
  sent_ = 0;
  send(0s, now);
}

void PcpClient::end(PcpResult result, std::string why) {
  event_ = Over{.result = result, .was_mapped = state_ == State::kMapped, .why = std::move(why)};
  state_ = State::kOver;
  to_send_.reset();
  send_at_.reset();
}

std::optional<PcpClient::Event> PcpClient::poll_event() {
  return std::exchange(event_, std::nullopt);
}

std::optional<Instant> PcpClient::next_timeout() const {
  if (state_ == State::kMapped) return std::min(send_at_.value_or(expires_at_), expires_at_);
  return send_at_;
}

}  // namespace pixelpass::traversal
