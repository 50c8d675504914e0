#include "capture/portal/portal_capture_core.hpp"
#include <gst/video/video.h>

#include <mutex>
#include <utility>

namespace pixelpass::capture {
std::optional<std::size_t> PortalCapture::chosen() const {
  const std::lock_guard lock(mutex_);
  return shown_.place();
}

void PortalCapture::show_chosen() {
  told_of_chosen_ = false;
  if (stream_) stream_->show(chosen());
}

/// Tells that the source which is shown alone has ended, or is missing since another session. The others go
/// on, but are not shown: the user did not want them to be seen.
void PortalCapture::look_after_chosen() {
  const auto alone = chosen();
  if (!alone || session_watch_->is_pending()) return;
  const bool has_gone = *alone == ShownAlone::kNowhere || stream_->has_ended(*alone);
  if (!has_gone || std::exchange(told_of_chosen_, true)) return;
  gate_.notice(shown_has_gone());
}

void PortalCapture::begin() {
  if (over_ || timer_) return;
  timer_.reset(g_timeout_source_new(static_cast<guint>(kLooksEvery / 1ms)));
  g_source_set_callback(timer_.get(), &PortalCapture::on_timer, this, nullptr);
  g_source_attach(timer_.get(), media_->context());
  watch_.begin(Clock::now());
  gone_monitor_.begin(Clock::now());
  if (session_watch_->is_hidden()) show_card();
  look();
}

void PortalCapture::pause_stream() {
  if (timer_) g_source_destroy(timer_.get());
  timer_.reset();
  watch_.pause();
  held_up_.pause();
  absence_.end();
  consent_.forget_remote();
  sources_.clear();
  stream_.reset();
}

gboolean PortalCapture::on_timer(gpointer self) {
  static_cast<PortalCapture*>(self)->look();
  return G_SOURCE_CONTINUE;
}

void PortalCapture::look_soon() {
  media_->post([this] { look(); });
}

void PortalCapture::look() {
  if (over_ || !timer_) return;
  const auto held_up = held_up_.on_look(Clock::now());
  absence_.on_held_up(held_up);
  watch_.on_held_up(held_up);
  offer_rate(Clock::now());
  observe(Clock::now());
  if (!session_watch_->is_pending())
    while (act(watch_.poll(Clock::now()))) {
    }
  if (over_) return;
  if (watch_.take_recovered())
    if (auto said = std::exchange(next_back_, back())) gate_.notice(*std::move(said));
  watch_absence(Clock::now());
  watch_monitors(Clock::now());
}

void PortalCapture::watch_monitors(Instant now) {
  const auto pictured_at = [this] {
    const std::lock_guard lock(mutex_);
    return pictured_at_;
  }();
  if (session_watch_->is_pending()) return;
  switch (gone_monitor_.poll(now, pictured_at, stream_ ? stream_->ended() : 0)) {
    case GoneMonitor::Verdict::kOneOfSeveral:
      // Where it was shown alone, that was said of it.
      if (!told_of_chosen_) gate_.notice(one_is_off());
      break;
    case GoneMonitor::Verdict::kPerhaps:
      gate_.notice(perhaps_off());
      break;
    case GoneMonitor::Verdict::kNone:
      break;
  }
}

/// Tells of a missing screen. A locked one is not expected to be there.
void PortalCapture::watch_absence(Instant now) {
  if (session_watch_->is_hidden()) return absence_.end();
  if (!stream_ || stream_->state() != PictureStreams::State::kStreaming) absence_.begin(now);
  switch (absence_.poll(now)) {
    case Absence::Step::kTell:
      return gate_.notice(away(lost_by_));
    case Absence::Step::kGiveUp:
      return end(gone(lost_by_));
    case Absence::Step::kNone:
      break;
  }
}

void PortalCapture::observe(Instant now) {
  if (!stream_) return;
  auto state = stream_->state();
  if (state == PictureStreams::State::kStreaming || state == PictureStreams::State::kStuck) {
    ladder_.on_agreed();
    watch_.on_streaming(now);
    if (stream_->is_settled()) {
      absence_.end();
      lost_by_.reset();
    }
    if (stream_->has_shown()) ladder_.on_shown();
    if (const auto layout = stream_->take_failed_import(); layout && ladder_.on_import_failed(*layout))
      stream_->offer(ladder_.offer());
    // The kind of shared memory is no part of a format: for another kind, a new stream is needed.
    if (const auto kind = stream_->take_failed_mapping(); kind && ladder_.on_mapping_failed(*kind))
      state = PictureStreams::State::kStuck;
    if (may_be_behind(now)) state = PictureStreams::State::kStuck;
    if (ladder_.is_exhausted()) return end(unreadable());
    look_after_chosen();
    note_format();
  }
  if (state == PictureStreams::State::kConnecting || state == PictureStreams::State::kStreaming) return;
  const bool was_chosen = !std::exchange(stream_, nullptr)->is_unchosen_yet();
  if (state == PictureStreams::State::kStuck) {
    absence_.on_reshaped(now);
    return watch_.on_reshaped(now);
  }
  was_chosen ? ladder_.on_failed() : ladder_.on_no_choice();
  if (ladder_.is_exhausted()) return end(unreadable());
  watch_.on_stopped(now);
}

void PortalCapture::note_format() {
  const auto size = stream_->size();
  const std::lock_guard lock(mutex_);
  description_.memory = stream_->memory();
  if (!size || size_of_ != SizeOf::kDesktop) return;
  size_of_ = SizeOf::kFormat;
  description_.width = size->width;
  description_.height = size->height;
  size_known_.notify_all();
}

bool PortalCapture::may_be_behind(Instant now) {
  const std::lock_guard lock(mutex_);
  return held_up_.poll(now, pictured_at_) && stream_->redraws();
}

/// Does what the watch says. False: there is nothing to do at present.
bool PortalCapture::act(SourceWatch::Step step) {
  if (step == SourceWatch::Step::kNone) return false;
  // The time for a remote that was asked for is over.
  consent_.forget_remote();
  if (const auto left = std::exchange(stream_, nullptr))
    left->is_unchosen_yet() ? ladder_.on_no_choice() : ladder_.on_timed_out();
  if (ladder_.is_exhausted()) {
    end(unreadable());
    return false;
  }
  switch (step) {
    case SourceWatch::Step::kConnect:
      connect();
      break;
    case SourceWatch::Step::kNewSession:
      renew();
      break;
    case SourceWatch::Step::kGiveUp:
      end(gone(lost_by_));
      break;
    case SourceWatch::Step::kNone:
      break;
  }
  return !over_;
}

void PortalCapture::connect() {
  sources_.clear();
  open_remote();
}

void PortalCapture::open_remote() {
  consent_.open_remote([this](Descriptor remote) {
    on_remote(std::move(remote));
    look_soon();
  });
}

/// Opens a PipeWire stream for each of the portal's streams.
void PortalCapture::on_remote(Descriptor remote) {
  if (!remote.is_open()) return watch_.on_stopped(Clock::now());
  const auto& streams = consent_.streams();
  sources_.push_back({std::move(remote), streams[sources_.size()].node});
  if (sources_.size() < streams.size()) return open_remote();
  stream_ = std::make_unique<PictureStreams>(
      loop_, std::exchange(sources_, {}), ladder_.offer(), fps_,
      PictureStreams::Callbacks{[this](gst::Owned<GstSample> picture, Instant captured_at) {
                                  deliver(std::move(picture), captured_at);
                                },
                                [this] { look_soon(); }},
      chosen(), pointers_);
  held_up_.on_stream(Clock::now());
}

void PortalCapture::renew() {
  if (!session_watch_->may_renew()) return;
  const auto renewal = consent_.renew([this](PortalConsent::Outcome outcome) {
    if (outcome == PortalConsent::Outcome::kDismissed)
      return end(stopped(lost_by_.value_or(SessionEnd::Cause::kUser)));
    if (outcome == PortalConsent::Outcome::kMoved)
      return end(not_remembered(lost_by_.value_or(SessionEnd::Cause::kUser)));
    watch_.on_session(outcome == PortalConsent::Outcome::kAgreed, Clock::now());
    look_soon();
  });
  if (renewal == PortalConsent::Renewal::kImpossible) return end(gone(lost_by_));
  if (renewal == PortalConsent::Renewal::kNotNeeded) watch_.on_session(true, Clock::now());
}

void PortalCapture::deliver(gst::Owned<GstSample> picture, Instant captured_at) {
  const GstStructure* format = gst_caps_get_structure(gst_sample_get_caps(picture.get()), 0);
  const GstVideoCropMeta* part = gst_buffer_get_video_crop_meta(gst_sample_get_buffer(picture.get()));
  {
    const std::lock_guard lock(mutex_);
    gst_structure_get_int(format, "width", &description_.width);
    gst_structure_get_int(format, "height", &description_.height);
    if (part != nullptr) {
      description_.width = static_cast<int>(part->width);
      description_.height = static_cast<int>(part->height);
    }
    if (orientation_of(picture.get()).is_sideways()) std::swap(description_.width, description_.height);
    size_of_ = SizeOf::kPicture;
    pictured_at_ = Clock::now();
  }
  size_known_.notify_all();
  gate_.picture(std::move(picture), captured_at);
}

}  // namespace pixelpass::capture
