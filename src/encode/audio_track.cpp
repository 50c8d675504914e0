#include "encode/audio_track.hpp"

namespace pixelpass::encode {
namespace {

constexpr std::size_t kMostWaiting = AudioTimeline::kRate * AudioTimeline::kChannels;  ///< samples: a second

}  // namespace

AudioTrack::AudioTrack(const AudioEncoder& encoder, Instant epoch, GMainContext* context, Callbacks callbacks)
    : encoder_kind_(encoder),
      epoch_(epoch),
      context_(context),
      callbacks_(std::move(callbacks)),
      timer_(context, [this] { encode_due(); }) {
  for (Inbox* inbox : {&inbox_, &taken_}) inbox->samples.reserve(kMostWaiting);
  make_encoder();  // one that nobody uses: whether it can be made is to be known now
}

std::unique_ptr<AacEncoder> AudioTrack::make_encoder() {
  return std::make_unique<AacEncoder>(
      encoder_kind_, epoch_, context_,
      AacEncoder::Callbacks{callbacks_.on_audio, [this](const std::string& why) { on_failed(why); }});
}

void AudioTrack::on_audio(std::span<const float> interleaved, Instant captured_at) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (inbox_.samples.size() + interleaved.size() > kMostWaiting) return;
    first = inbox_.pieces.empty();
    inbox_.samples.insert(inbox_.samples.end(), interleaved.begin(), interleaved.end());
    inbox_.pieces.push_back({interleaved.size(), captured_at});
  }
  if (first) callbacks_.on_arrival();
}

void AudioTrack::start(Instant now) {
  take_in();
  timeline_.start(now);
  try {
    encoder_ = make_encoder();
  } catch (const StartupError& error) {
    return on_failed(error.error().what);
  }
  settle_opus();
  timer_.arm(timeline_.next_timeout());
}

void AudioTrack::stop() {
  encoder_.reset();
  opus_.reset();
  timer_.arm(std::nullopt);
}

void AudioTrack::take_in() {
  {
    const std::lock_guard lock(mutex_);
    std::swap(inbox_, taken_);
  }
  std::span<const float> rest(taken_.samples);
  for (const Piece& piece : taken_.pieces) {
    if (encoder_ && !muted_) timeline_.push(rest.first(piece.samples), piece.captured_at);
    rest = rest.subspan(piece.samples);
  }
  taken_.samples.clear();
  taken_.pieces.clear();
  encode_due();
}

void AudioTrack::mute(bool muted) {
  take_in();  // what came before belongs to the state before
  muted_ = muted;
  if (muted) timeline_.silence();
}

void AudioTrack::set_opus(bool wanted) {
  take_in();
  wants_opus_ = wanted;
  settle_opus();
}

void AudioTrack::settle_opus() {
  if (!wants_opus_ || !encoder_) return opus_.reset();
  if (opus_) return;
  try {
    opus_ = std::make_unique<OpusEncoder>(
        epoch_, context_,
        OpusEncoder::Callbacks{callbacks_.on_audio, [this](const std::string& why) {
                                 on_opus_failed({why, "let them close the page, and open it again"});
                               }});
  } catch (const StartupError& error) {
    on_opus_failed(error.error());
  }
}

void AudioTrack::encode_due() {
  if (!encoder_) return;
  const Instant now = Clock::now();
  while (const auto block = timeline_.next(now)) {
    for (AudioMeter* meter : {&meter_, &moment_meter_}) meter->add(block->interleaved);
    encoder_->push(*block);
    if (opus_) opus_->push(*block);
  }
  timer_.arm(timeline_.next_timeout());
}

void AudioTrack::on_opus_failed(const Error& why) {
  opus_.reset();
  const auto& kind = opus_encoder();
  const bool is_there = gst::has_element(kind.element);
  callbacks_.on_notice(
      {"who watches in a browser hears nothing: " + why.what,
       is_there ? why.hint : "install what is missing: " + install_command({&kind.package, 1})});
}

void AudioTrack::on_failed(const std::string& why) {
  stop();
  callbacks_.on_notice(
      {"there is no sound any more: " + std::string(encoder_kind_.element) + " has failed: " + why,
       "start again; without sound: --audio none"});
}

}  // namespace pixelpass::encode
