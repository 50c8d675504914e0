// What the session does for those who take no MPEG-TS: browsers, and engines over WHIP.
#include "app/host/host_session.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {

void HostSession::pass_on(const Frame& frame) {
  now_ = std::max(now_, frame.captured_at);
  const auto verdict = passed_.feed(frame, transports_.has_browsers() || engines_.want_units,
                                    [this](const AccessUnit& unit) { pass_unit(unit); });
  if (!verdict) return;
  transports_.set_servable(verdict->is_servable, now_);
  if (verdict->notice) events_.emplace_back(*verdict->notice);
}

void HostSession::begin_with_newest_group(std::uint32_t viewer) {
  if (!transports_.awaits_first_picture(viewer)) return;
  if (const auto beginning = passed_.beginning(broadcast_))
    transports_.begin_with(viewer, beginning->units, beginning->is_all, now_);
}

void HostSession::on_unit(const AccessUnit& unit, Instant now) {
  now_ = now;
  if (rest_.is_resting()) return;
  if (settings_.is_encoded_here) {
    meter_.count(unit);
    return pass_unit(unit);
  }
  if (const auto audio = passed_.place(unit)) pass_unit(*audio);
}

void HostSession::pass_unit(const AccessUnit& unit) {
  transports_.on_unit(unit, now_);
  if (engines_.want_units && settings_.units) settings_.units(unit);
}

/// The sound is encoded once more only while somebody listens to that.
void HostSession::follow_listeners() {
  const bool wanted = transports_.wants_opus() || engines_.want_opus;
  if (std::exchange(makes_opus_, wanted) != wanted) commands_.emplace_back(source_command::Opus{wanted});
}

}  // namespace pixelpass::app
