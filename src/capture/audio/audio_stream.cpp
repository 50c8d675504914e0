#include "pixelpass/capture/audio/audio_stream.hpp"

#include "pixelpass/base/owner.hpp"
#include "pixelpass/capture/audio_capture.hpp"

#include "capture/audio/pipewire_failure.hpp"
#include <spa/param/audio/format-utils.h>

#include <algorithm>
#include <array>

namespace pixelpass::capture {
namespace {

/// Blocks of 10.7 ms. A power of two, since PipeWire would round anything else down to one.
constexpr const char* kLatency = "512/48000";

/// Channels in the order of Place.
constexpr std::array<std::uint32_t, kPlaces> kPositions{SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR,
                                                        SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_RC,
                                                        SPA_AUDIO_CHANNEL_SL, SPA_AUDIO_CHANNEL_SR};

pw_properties* properties(bool waits_for_others) {
  return pw_properties_new(
      PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Capture", PW_KEY_MEDIA_CLASS, "Stream/Input/Audio",
      PW_KEY_NODE_NAME, "pixelpass", PW_KEY_NODE_DESCRIPTION, "pixelpass", PW_KEY_APP_NAME, "pixelpass",
      PW_KEY_MEDIA_NAME, "what viewers hear", PW_KEY_NODE_LATENCY, kLatency, kOwnerProperty,
      owner_tag().c_str(),
      // Without these properties a session manager links the stream to the microphone, now, when a link ends,
      // or on a mixer's request, or restores a volume and a target of an earlier day.
      PW_KEY_NODE_AUTOCONNECT, "false", PW_KEY_NODE_DONT_RECONNECT, "true", "node.dont-move", "true",
      "state.restore-props", "false", "state.restore-target", "false",
      // The stream's ports are the Places, and each port's input is its output, whatever client.conf says of
      // streams: users may have asked there for more channels for their own ears.
      PW_KEY_STREAM_DONT_REMIX, "true", "channelmix.upmix", "false", "channelmix.normalize", "false",
      "channelmix.stereo-widen", "0.0",
      // Since 0.3.68 PipeWire looks at the node, not at the link, unless its configuration allows links to be
      // passive.
      PW_KEY_NODE_PASSIVE, waits_for_others ? "in" : "false", nullptr);
}

Instant instant_of(std::int64_t monotonic_ns) {
  return Instant(std::chrono::nanoseconds(monotonic_ns));  // steady_clock is CLOCK_MONOTONIC
}

std::chrono::nanoseconds length_of(std::int64_t count, std::int64_t numerator, std::int64_t denominator) {
  return std::chrono::nanoseconds(denominator > 0 ? count * numerator * std::nano::den / denominator : 0);
}

std::chrono::nanoseconds length_of_frames(std::size_t frames) {
  return length_of(static_cast<std::int64_t>(frames), 1, kAudioRate);
}

/// The time at which the first frame that the next pw_stream_dequeue_buffer() returns was played: the graph's
/// cycle began at `now`, minus the delay of the sound's way here.
Instant start_of_cycle(pw_stream* stream) {
  pw_time time{};
  if (pw_stream_get_time_n(stream, &time, sizeof time) < 0 || time.now == 0) return Clock::now();
  return instant_of(time.now) - length_of(time.delay, time.rate.num, time.rate.denom) -
         length_of_frames(time.buffered);
}

std::span<const float> samples_of(const pw_buffer* buffer) {
  const spa_data& data = buffer->buffer->datas[0];
  if (data.data == nullptr || data.chunk == nullptr) return {};
  const std::size_t offset = std::min(data.chunk->offset, data.maxsize);
  const std::size_t bytes = std::min<std::size_t>(data.chunk->size, data.maxsize - offset);
  const auto* first = static_cast<const std::uint8_t*>(data.data) + offset;
  return {reinterpret_cast<const float*>(first), bytes / sizeof(float)};
}

const spa_pod* build_format(spa_pod_builder& builder) {
  spa_audio_info_raw info{};
  info.format = SPA_AUDIO_FORMAT_F32;
  info.rate = kAudioRate;
  info.channels = kPlaces;
  std::ranges::copy(kPositions, std::begin(info.position));
  return spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info);
}

}  // namespace

const pw_stream_events AudioStream::kEvents = [] {
  pw_stream_events events{};
  events.version = PW_VERSION_STREAM_EVENTS;
  events.state_changed = &AudioStream::on_state;
  events.process = &AudioStream::on_process;
  return events;
}();

AudioStream::AudioStream(pw_core* core, AudioGate& gate, Callbacks callbacks, Options options)
    : gate_(gate), callbacks_(std::move(callbacks)) {
  // A stream without them would be linked to the microphone.
  if (auto* wanted = properties(options.waits_for_others))
    stream_.reset(pw_stream_new(core, "pixelpass", wanted));
  if (!stream_) throw StartupError(broken_pipewire_library());
  pw_stream_add_listener(stream_.get(), listener_.hook(), &kEvents, this);
  connect(options.active);
}

void AudioStream::connect(bool active) {
  std::array<std::uint8_t, 1024> memory{};
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, memory.data(), memory.size());
  const spa_pod* format = build_format(builder);
  unsigned flags = PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS | PW_STREAM_FLAG_DONT_RECONNECT;
  if (!active) flags |= PW_STREAM_FLAG_INACTIVE;
  if (pw_stream_connect(stream_.get(), PW_DIRECTION_INPUT, PW_ID_ANY, static_cast<pw_stream_flags>(flags),
                        &format, 1) < 0)
    throw StartupError(broken_pipewire_library());
}

void AudioStream::set_active(bool active) {
  if (pw_stream_set_active(stream_.get(), active) < 0) callbacks_.on_failed();
}

void AudioStream::on_state(void* self, pw_stream_state, pw_stream_state state, const char*) noexcept {
  auto& stream = *static_cast<AudioStream*>(self);
  if (state == PW_STREAM_STATE_ERROR) stream.callbacks_.on_failed();
  if (state != PW_STREAM_STATE_PAUSED && state != PW_STREAM_STATE_STREAMING) return;
  const ObjectId node = pw_stream_get_node_id(stream.stream_.get());
  if (node != SPA_ID_INVALID) stream.callbacks_.on_node(node);
}

void AudioStream::on_process(void* self) noexcept {
  static_cast<AudioStream*>(self)->take_blocks();
}

/// Each cycle has one buffer; if some were missed, the last one is this cycle's.
void AudioStream::take_blocks() {
  std::array<pw_buffer*, 16> buffers{};
  const Instant cycle = start_of_cycle(stream_.get());
  std::size_t count = 0;
  std::size_t frames_before_last = 0;
  while (count < buffers.size() && (buffers[count] = pw_stream_dequeue_buffer(stream_.get())) != nullptr) {
    if (count > 0) frames_before_last += samples_of(buffers[count - 1]).size() / kPlaces;
    ++count;
  }
  Instant captured_at = cycle - length_of_frames(frames_before_last);
  for (std::size_t i = 0; i < count; ++i) {
    const auto samples = samples_of(buffers[i]);
    pass(samples, captured_at);
    captured_at += length_of_frames(samples.size() / kPlaces);
    pw_stream_queue_buffer(stream_.get(), buffers[i]);
  }
}

void AudioStream::pass(std::span<const float> channels, Instant captured_at) {
  while (channels.size() >= kPlaces) {
    const auto some = channels.first(std::min(channels.size() / kPlaces, kMostFrames) * kPlaces);
    const auto stereo = std::span(stereo_).first(some.size() / kPlaces * kAudioChannels);
    mix_.mix(some, stereo);
    gate_.pass(stereo, captured_at);
    captured_at += length_of_frames(some.size() / kPlaces);
    channels = channels.subspan(some.size());
  }
}

}  // namespace pixelpass::capture
