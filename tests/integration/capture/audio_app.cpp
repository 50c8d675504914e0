#include "audio_app.hpp"

#include <spa/param/audio/format-utils.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace pixelpass::capture::test {
namespace {

constexpr int kRate = 48'000;
constexpr auto kBeep = 100ms;

std::int64_t frames_of(Duration time) {
  return time / 1us * kRate / 1'000'000;
}

std::vector<std::uint32_t> usual_positions(std::size_t channels) {
  if (channels == 1) return {SPA_AUDIO_CHANNEL_MONO};
  return {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR};
}

template <class T>
T* checked(T* handle) {
  if (handle == nullptr) throw std::runtime_error("PipeWire is not there for a test's application");
  return handle;
}

}  // namespace

AudioApp::AudioApp(Options options) : options_(std::move(options)) {
  pw_init(nullptr, nullptr);
  if (options_.positions.empty()) options_.positions = usual_positions(options_.tones.size());
  loop_.reset(checked(pw_thread_loop_new("app", nullptr)));
  context_.reset(
      checked(pw_context_new(pw_thread_loop_get_loop(loop_.get()),
                             pw_properties_new(PW_KEY_APP_NAME, options_.name.c_str(),
                                               PW_KEY_APP_PROCESS_BINARY, options_.name.c_str(), nullptr),
                             0)));
  core_.reset(checked(pw_context_connect(context_.get(), nullptr, 0)));
  auto* properties =
      pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY, "Playback", PW_KEY_NODE_NAME,
                        options_.name.c_str(), PW_KEY_NODE_LATENCY, "1024/48000", nullptr);
  for (const auto& [key, value] : options_.properties)
    pw_properties_set(properties, key.c_str(), value.c_str());
  stream_.reset(checked(pw_stream_new(core_.get(), options_.name.c_str(), properties)));
  events_.version = PW_VERSION_STREAM_EVENTS;
  events_.process = &AudioApp::on_process;
  pw_stream_add_listener(stream_.get(), listener_.hook(), &events_, this);
  connect();
  pw_thread_loop_start(loop_.get());
}

AudioApp::~AudioApp() {
  pw_thread_loop_stop(loop_.get());
}

void AudioApp::connect() {
  std::array<std::uint8_t, 1024> memory{};
  spa_pod_builder builder{};
  spa_pod_builder_init(&builder, memory.data(), memory.size());
  spa_audio_info_raw info{};
  info.format = SPA_AUDIO_FORMAT_F32;
  info.rate = kRate;
  info.channels = static_cast<std::uint32_t>(options_.tones.size());
  std::ranges::copy(options_.positions, std::begin(info.position));
  const spa_pod* format = spa_format_audio_raw_build(&builder, SPA_PARAM_EnumFormat, &info);
  constexpr auto kFlags = static_cast<pw_stream_flags>(
      PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_RT_PROCESS);
  if (pw_stream_connect(stream_.get(), PW_DIRECTION_OUTPUT, PW_ID_ANY, kFlags, &format, 1) < 0)
    throw std::runtime_error("a test's application cannot play");
}

void AudioApp::die() {
  pw_thread_loop_lock(loop_.get());
  close(pw_core_steal_fd(core_.get()));
  pw_thread_loop_unlock(loop_.get());
}

void AudioApp::set_active(bool active) {
  pw_thread_loop_lock(loop_.get());
  pw_stream_set_active(stream_.get(), active);
  pw_thread_loop_unlock(loop_.get());
}

std::optional<Instant> AudioApp::beeped_at() const {
  const auto at = beeped_at_ns_.load();
  if (at == 0) return std::nullopt;
  return Instant(std::chrono::nanoseconds(at));
}

void AudioApp::on_process(void* self) {
  static_cast<AudioApp*>(self)->fill();
}

float AudioApp::sample(int tone) const {
  if (tone == 0) return 0;
  if (options_.beep_after) {
    const auto since = frame_ - frames_of(*options_.beep_after);
    if (since < 0 || since >= frames_of(kBeep)) return 0;
  }
  const double turns = static_cast<double>(tone) * static_cast<double>(frame_) / kRate;
  return static_cast<float>(options_.amplitude * std::cos(2 * std::numbers::pi * turns));
}

void AudioApp::fill() {
  pw_time time{};
  pw_stream_get_time_n(stream_.get(), &time, sizeof time);
  pw_buffer* buffer = pw_stream_dequeue_buffer(stream_.get());
  if (buffer == nullptr) return;
  spa_data& data = buffer->buffer->datas[0];
  const auto channels = static_cast<std::uint32_t>(options_.tones.size());
  const auto frame_bytes = static_cast<std::uint32_t>(channels * sizeof(float));
  auto frames = static_cast<std::int64_t>(data.maxsize / frame_bytes);
  if (buffer->requested > 0) frames = std::min(frames, static_cast<std::int64_t>(buffer->requested));
  auto* out = static_cast<float*>(data.data);
  for (std::int64_t i = 0; i < frames; ++i, ++frame_) {
    // pipewire/stream.h, on pw_time: what is queued and buffered goes first, then the way to the device.
    if (options_.beep_after && frame_ == frames_of(*options_.beep_after)) {
      const auto ahead = i + static_cast<std::int64_t>(time.queued + time.buffered) +
                         (time.rate.denom > 0 ? time.delay * time.rate.num * kRate / time.rate.denom : 0);
      beeped_at_ns_ = time.now + ahead * 1'000'000'000 / kRate;
    }
    for (const int tone : options_.tones) *out++ = sample(tone);
  }
  data.chunk->offset = 0;
  data.chunk->stride = static_cast<std::int32_t>(frame_bytes);
  data.chunk->size = static_cast<std::uint32_t>(frames) * frame_bytes;
  buffer->size = static_cast<std::uint64_t>(frames);
  pw_stream_queue_buffer(stream_.get(), buffer);
}

AudioApp::Options microphone() {
  return {.name = "test_mic",
          .tones = {3000, 3000},
          .properties = {{"media.class", "Audio/Source"}, {"priority.session", "2000"}}};
}

}  // namespace pixelpass::capture::test
