#include "pixelpass/capture/card_picture.hpp"

#include "capture/portal/portal_capture_core.hpp"
#include "capture/portal/side_by_side.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace pixelpass::capture {

namespace {

SessionEnd::Shared shared_of(const PortalStreams& streams) {
  if (std::ranges::any_of(streams, &PortalStream::is_window)) return SessionEnd::Shared::kWindow;
  return std::ranges::all_of(streams, &PortalStream::is_virtual) ? SessionEnd::Shared::kVirtual
                                                                 : SessionEnd::Shared::kMonitor;
}

}  // namespace

void PortalCapture::on_agreed(const PortalStreams& streams) {
  ladder_.on_session();
  if (draws_pointer_) pointers_ = std::make_shared<PointerLooks>();
  if (!session_watch_)
    session_watch_.emplace(
        consent_.bus(),
        SessionWatch::Callbacks{
            [this](SessionEnd::Step step, SessionEnd::Cause cause) { on_session_end(step, cause); },
            [this] { on_pipewire_back(); }, [this] { gone_monitor_.on_gone(Clock::now()); },
            [this](const std::string& places) {
              if (keeps_places_) consent_.set_places(places);
            }});
  gone_monitor_.forget();
  session_watch_->on_session(shared_of(streams));
  if (note_sources(streams)) gate_.sources();
}

/// True: there are others, or the one that is shown alone has another number.
bool PortalCapture::note_sources(const PortalStreams& streams) {
  std::vector<Size> sizes;
  for (const auto& stream : streams) sizes.push_back({stream.width, stream.height});
  const Size whole = sizes.size() > 1 ? side_by_side(sizes).whole : sizes.front();
  const std::lock_guard lock(mutex_);
  const auto before = std::pair{description_.sources, description_.shown};
  if (size_of_ == SizeOf::kDesktop) {
    description_.width = whole.width;
    description_.height = whole.height;
  }
  has_window_ = std::ranges::any_of(streams, &PortalStream::is_window);
  description_.sources = static_cast<int>(streams.size());
  shown_.on_session(streams);
  description_.shown = shown_.number();
  if (!shown_.is_missing()) told_of_chosen_ = false;
  return std::pair{description_.sources, description_.shown} != before;
}

/// The session is closed; the reason will be known soon.
void PortalCapture::on_closed() {
  if (over_ || !session_watch_) return;
  stream_.reset();
  consent_.forget_remote();
  gone_monitor_.forget();
  session_watch_->on_closed();
}

void PortalCapture::on_orphaned() {
  if (over_ || !session_watch_) return;
  session_watch_->on_portal_lost();
  on_closed();
}

void PortalCapture::on_session_end(SessionEnd::Step step, SessionEnd::Cause cause) {
  if (over_) return;
  if (cause == SessionEnd::Cause::kMonitorGone) consent_.forget_token();
  if (step == SessionEnd::Step::kEnd) return end(stopped(cause));
  if (step == SessionEnd::Step::kShow) return show_again();
  const bool lives = step == SessionEnd::Step::kHide && !session_watch_->is_lost();
  if (!lives && !consent_.has_token()) return end(not_remembered(cause));
  if (step == SessionEnd::Step::kHide) return hide();
  if (cause == SessionEnd::Cause::kLocked) gate_.hidden("");
  next_back_ = goes_on(cause);
  lost_by_ = cause;
  renew_soon();
}

/// Hides a locked screen: whatever its stream might show is nobody's business.
void PortalCapture::hide() {
  consent_.forget_remote();
  sources_.clear();
  stream_.reset();
  gate_.hidden("locked");
  show_card();
}

void PortalCapture::show_again() {
  gate_.hidden("");
  if (!timer_) return;
  watch_.begin(Clock::now());
  look_soon();
}

/// Shows the card in place of the screen's last picture.
void PortalCapture::show_card() {
  const auto [width, height] = [this] {
    const std::lock_guard lock(mutex_);
    return std::pair{description_.width, description_.height};
  }();
  if (auto card = card_picture(Card::kLocked, width, height)) gate_.picture(std::move(card), Clock::now());
}

/// PipeWire is back, without anything that it knew before. Streams that still have pictures go on.
void PortalCapture::on_pipewire_back() {
  if (absence_.has_begun()) renew_soon();
}

void PortalCapture::renew_soon() {
  if (!consent_.is_renewing()) watch_.on_session_lost(Clock::now());
  look_soon();
}

}  // namespace pixelpass::capture
