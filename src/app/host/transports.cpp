#include "app/host/transports.hpp"

#include <iterator>
#include <utility>

namespace pixelpass::app {

Transports::Transports(tunnel::HostSettings settings, bool for_browsers, const Broadcast& broadcast,
                       tunnel::Admission& admission, const Random& random, Instant now,
                       const WallClock& wall_clock)
    : tunnel_(settings, broadcast, admission, random, now, wall_clock) {
  if (for_browsers) web_.emplace(settings.identity, admission, random, now, wall_clock);
}

void Transports::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  if (web_ && web::WebHost::is_ours(bytes)) return web_->on_datagram(path, bytes, ecn, now);
  tunnel_.on_datagram(path, bytes, ecn, now);
}

void Transports::on_timeout(Instant now) {
  tunnel_.on_timeout(now);
  if (web_) web_->on_timeout(now);
}

std::optional<Instant> Transports::next_timeout() const {
  auto next = tunnel_.next_timeout();
  const auto browsers = web_ ? web_->next_timeout() : std::nullopt;
  if (browsers && (!next || *browsers < *next)) next = browsers;
  return next;
}

bool Transports::flush(net::DatagramSink& sink, Instant now) {
  return tunnel_.flush(sink, now) && (!web_ || web_->flush(sink, now));
}

void Transports::on_unit(const AccessUnit& unit, Instant now) {
  if (web_) web_->on_unit(unit, now);
}

void Transports::set_bitrate(std::int64_t bits_per_second) {
  if (web_) web_->set_bitrate(bits_per_second);
}

void Transports::set_servable(bool is_servable, Instant now) {
  if (web_) web_->set_has_h264(is_servable, now);
}

void Transports::send_candidates(std::uint32_t viewer, std::vector<Candidate> candidates, Bytes tag) {
  tunnel_.send_candidates(viewer, std::move(candidates), std::move(tag));
}

void Transports::tell(std::uint32_t viewer, const wire::LeftBehind& left) {
  tunnel_.tell(viewer, left);
  if (web_) web_->tell_left_behind(viewer, left.is_left_behind);
}

void Transports::kick(std::uint32_t viewer, Instant now) {
  tunnel_.kick(viewer, now);
  if (web_) web_->kick(viewer, now);
}

void Transports::renew_secret(const Secret& secret) {
  tunnel_.renew_secret(secret);
  if (web_) web_->renew_secret(secret);
}

void Transports::close(const std::string& reason, Instant now) {
  tunnel_.close(reason, now);
  if (web_) web_->close(reason, now);
}

std::optional<tunnel::TransportEvent> Transports::poll_event() {
  auto event = tunnel_.poll_event();
  return event || !web_ ? event : web_->poll_event();
}

std::vector<tunnel::ViewerStatus> Transports::viewers() const {
  auto all = tunnel_.viewers();
  if (web_) std::ranges::move(web_->viewers(), std::back_inserter(all));
  return all;
}

}  // namespace pixelpass::app
