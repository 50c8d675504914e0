#include "capture/portal/picture_streams.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::capture {

PictureStreams::PictureStreams(ScreenLoop& loop, std::vector<Source> sources, const StreamOffer& offer,
                               int fps, Callbacks callbacks, std::optional<std::size_t> alone,
                               std::shared_ptr<PointerLooks> looks)
    : loop_(loop), callbacks_(std::move(callbacks)), looks_(std::move(looks)) {
  if (sources.size() > 1 || looks_ || alone) make_mosaic(sources, fps, alone);
  streams_.reserve(sources.size());
  for (Source& source : sources)
    streams_.push_back(std::make_unique<PictureStream>(loop_, std::move(source.remote), source.node,
                                                       possible(offer),
                                                       callbacks_of(streams_.size(), source.node)));
}

void PictureStreams::make_mosaic(const std::vector<Source>& sources, int fps,
                                 std::optional<std::size_t> alone) {
  const ScreenLoop::Lock lock(loop_);
  const Instant now = Clock::now();
  mosaic_.emplace(sources.size(), std::chrono::duration_cast<Duration>(1s) / std::max(fps, 1));
  mosaic_->show(alone, now);
  for (std::size_t i = 0; looks_ && i < sources.size(); ++i)
    if (const auto known = looks_->find(sources[i].node); known != looks_->end())
      mosaic_->point(i, {false, {}, known->second}, now);
  timer_.emplace(loop_.loop(), pw_loop_add_timer(loop_.loop(), &PictureStreams::on_timer, this));
}

PictureStreams::~PictureStreams() {
  streams_.clear();
  const ScreenLoop::Lock lock(loop_);
  timer_.reset();
  // What it holds goes back to nobody.
  mosaic_.reset();
}

PictureStream::Callbacks PictureStreams::callbacks_of(std::size_t source, std::uint32_t node) {
  if (!mosaic_) return {callbacks_.on_picture, callbacks_.on_change};
  PictureStream::Callbacks callbacks{[this, source](gst::Owned<GstSample> picture, Instant captured_at) {
                                       put(source, std::move(picture), captured_at);
                                     },
                                     callbacks_.on_change};
  callbacks.on_size = [this, source](Size size) { mosaic_->expect(source, size); };
  if (looks_)
    callbacks.on_pointer = [this, source, node](PointerNote note) { point(source, node, std::move(note)); };
  return callbacks;
}

/// What is painted from has to be in main memory.
StreamOffer PictureStreams::possible(StreamOffer offer) const {
  if (mosaic_) offer.dma_bufs.clear();
  return offer;
}

void PictureStreams::show(std::optional<std::size_t> alone) {
  if (!mosaic_) return;
  const ScreenLoop::Lock lock(loop_);
  mosaic_->show(alone, Clock::now());
  give();
}

void PictureStreams::offer(const StreamOffer& offer) {
  for (const auto& stream : streams_) stream->offer(possible(offer));
}

PictureStreams::State PictureStreams::state() {
  if (!mosaic_) return streams_.front()->state();
  // What it holds back would never be seen.
  if (timer_->get() == nullptr) return State::kStopped;
  std::vector<State> states;
  for (const auto& stream : streams_) states.push_back(stream->state());
  const auto any = [&states](State state) { return std::ranges::find(states, state) != states.end(); };
  if (any(State::kStuck)) return State::kStuck;
  if (!any(State::kStreaming)) return any(State::kConnecting) ? State::kConnecting : State::kStopped;
  const ScreenLoop::Lock lock(loop_);
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i] == State::kStopped) mosaic_->forget(i, Clock::now());
  give();
  return State::kStreaming;
}

std::size_t PictureStreams::ended() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(streams_, [](const auto& stream) { return stream->state() == State::kStopped; }));
}

std::optional<Size> PictureStreams::size() const {
  if (streams_.size() == 1) return streams_.front()->size();
  std::vector<Size> sizes;
  for (const auto& stream : streams_) {
    const auto size = stream->size();
    if (!size && stream->state() != State::kStopped) return std::nullopt;
    if (size) sizes.push_back(*size);
  }
  return side_by_side(sizes).whole;
}

std::optional<std::uint64_t> PictureStreams::take_failed_import() {
  for (const auto& stream : streams_)
    if (const auto layout = stream->take_failed_import()) return layout;
  return std::nullopt;
}

std::optional<SharedMemory> PictureStreams::take_failed_mapping() {
  for (const auto& stream : streams_)
    if (const auto kind = stream->take_failed_mapping()) return kind;
  return std::nullopt;
}

bool PictureStreams::is_settled() const {
  return std::ranges::all_of(streams_, [](const auto& stream) {
    return stream->state() == State::kStopped || stream->is_settled();
  });
}

bool PictureStreams::redraws() const {
  return streams_.size() == 1 && streams_.front()->redraws();
}

bool PictureStreams::has_shown() const {
  return std::ranges::any_of(streams_, [](const auto& stream) { return stream->has_shown(); });
}

/// A picture that comes with it comes before the timer.
void PictureStreams::point(std::size_t source, std::uint32_t node, PointerNote note) {
  if (note.image) (*looks_)[node] = *note.image;
  mosaic_->point(source, std::move(note), Clock::now());
  give_when_due();
}

void PictureStreams::put(std::size_t source, gst::Owned<GstSample> picture, Instant captured_at) {
  mosaic_->put(source, std::move(picture), captured_at, Clock::now());
  give();
}

void PictureStreams::give() {
  if (auto whole = mosaic_->poll(Clock::now()))
    callbacks_.on_picture(std::move(whole->sample), whole->captured_at);
  give_when_due();
}

void PictureStreams::give_when_due() {
  const auto at = mosaic_->next_timeout();
  if (!at || timer_->get() == nullptr) return;
  const auto wait = std::max<Duration>(*at - Clock::now(), 1us);
  timespec after{0, std::chrono::nanoseconds(wait).count()};
  pw_loop_update_timer(loop_.loop(), timer_->get(), &after, nullptr, false);
}

void PictureStreams::on_timer(void* self, std::uint64_t) noexcept {
  static_cast<PictureStreams*>(self)->give();
}

}  // namespace pixelpass::capture
