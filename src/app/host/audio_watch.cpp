#include "app/host/audio_watch.hpp"

#include <cmath>
#include <utility>

namespace pixelpass::app {
namespace {

/// Whether the difference is worth drawing; a meter shows no smaller ones.
bool differs(const std::optional<AudioLevel>& a, const std::optional<AudioLevel>& b) {
  constexpr double kDecibel = 1;
  if (!a || !b) return a.has_value() != b.has_value();
  return a->is_silent() != b->is_silent() || std::abs(a->rms_db - b->rms_db) >= kDecibel;
}

}  // namespace

AudioWatch::AudioWatch(const boost::asio::any_io_executor& network, HostConsole& console, Ask ask)
    : console_(console), ask_(std::move(ask)), timer_(network) {
  wait();
}

void AudioWatch::wait() {
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const auto& error) {
    if (error) return;
    look();
    wait();
  });
}

void AudioWatch::look() {
  auto level = ask_();
  if (!level && ++empty_ < kPatience) return;
  if (level) empty_ = 0;
  if (!differs(level, told_)) return;
  told_ = level;
  console_.on_audio_level(told_);
}

}  // namespace pixelpass::app
