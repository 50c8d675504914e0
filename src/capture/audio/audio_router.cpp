#include "pixelpass/capture/audio/audio_router.hpp"

#include "pixelpass/base/owner.hpp"

#include "capture/audio/pipewire_failure.hpp"
#include "capture/audio/process_tree.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace pixelpass::capture {
namespace {

constexpr auto kFirstWait = 100ms;
constexpr auto kLongestWait = 500ms;
/// How long our node may be without ports: the session manager makes them, within milliseconds where there is
/// one.
constexpr auto kPatienceForPorts = 3s;

/// Before 1.3.81 this configuration alone gives the data thread real-time priority; since then it is a name
/// for the default one.
const char* configuration() {
  int major = 0;
  int minor = 0;
  int micro = 0;
  const bool known = std::sscanf(pw_get_library_version(), "%d.%d.%d", &major, &minor, &micro) == 3;
  const bool old = std::array{major, minor, micro} < std::array{1, 3, 81};
  return known && old ? "client-rt.conf" : "client.conf";
}

/// Null where PipeWire is not completely installed, or memory is short.
PipeWireOwned<pw_context> make_context(pw_thread_loop* loop) {
  auto* properties = pw_properties_new(PW_KEY_APP_NAME, "pixelpass", PW_KEY_CONFIG_NAME, configuration(),
                                       kOwnerProperty, owner_tag().c_str(), nullptr);
  if (properties == nullptr) return nullptr;
  return PipeWireOwned<pw_context>(pw_context_new(pw_thread_loop_get_loop(loop), properties, 0));
}

Error no_sound(const Error& why) {
  return {"no sound: " + why.what, why.hint};
}

}  // namespace

AudioRouter::AudioRouter(AudioSettings settings, AudioCallbacks callbacks,
                         Routing::IsOurProcess is_our_process)
    : settings_(std::move(settings)),
      is_our_process_(std::move(is_our_process)),
      on_notice_(std::move(callbacks.on_notice)),
      gate_(std::move(callbacks.on_audio)),
      retry_(kFirstWait, kLongestWait) {
  start_pipewire();
  loop_.reset(pw_thread_loop_new("sound", nullptr));
  if (loop_ && start_loop()) return;
  context_.reset();
  timer_.reset();
  loop_.reset();
  tell(no_sound(broken_pipewire_library()));
}

bool AudioRouter::start_loop() {
  pw_loop* loop = pw_thread_loop_get_loop(loop_.get());
  const auto on_time = [](void* self, std::uint64_t) { static_cast<AudioRouter*>(self)->on_time(); };
  timer_.emplace(loop, pw_loop_add_timer(loop, on_time, this));
  if (timer_->get() == nullptr) return false;
  context_ =
      make_context(loop_.get());  // here rather than there: it calls getpwuid, which two threads must not
  call_again_in(0ms);
  return pw_thread_loop_start(loop_.get()) >= 0;
}

AudioRouter::~AudioRouter() {
  gate_.close();
  if (loop_) pw_thread_loop_stop(loop_.get());
}

void AudioRouter::play() {
  gate_.open();
  set_playing(true);
}

void AudioRouter::pause() {
  gate_.close();
  set_playing(false);
}

void AudioRouter::set_playing(bool playing) {
  if (!loop_) return;
  pw_thread_loop_lock(loop_.get());
  if (std::exchange(playing_, playing) != playing && graph_) graph_->set_active(playing);
  pw_thread_loop_unlock(loop_.get());
}

std::string AudioRouter::describe() const {
  switch (settings_.mode) {
    case AudioMode::kApps:
      return "apps";
    case AudioMode::kMonitor:
      return "monitor";
    case AudioMode::kMic:
      return "mic";
  }
  return {};
}

void AudioRouter::on_time() {
  if (lost_) return connect();
  if (!graph_->routing().has_input_ports() && !std::exchange(told_outage_, true))
    tell({"no sound: PipeWire runs without a session manager", pipewire_hint()});
}

void AudioRouter::connect() {
  graph_.reset();
  lost_ = false;
  try {
    if (!context_) context_ = make_context(loop_.get());
    if (!context_) throw StartupError(broken_pipewire_library());
    graph_ = std::make_unique<AudioGraph>(
        context_.get(), Routing(settings_, is_our_process_), gate_,
        AudioGraph::Callbacks{[this] { on_lost(); }, [this] { on_changed(); }}, playing_);
    was_connected_ = true;
    call_again_in(kPatienceForPorts);
  } catch (const StartupError& failed) {
    lost_ = true;
    if (!std::exchange(told_outage_, true) && !was_connected_) tell(no_sound(failed.error()));
    call_again_in(retry_.on_failed());
  }
}

void AudioRouter::on_lost() {
  if (std::exchange(lost_, true)) return;
  if (!std::exchange(told_outage_, true))
    tell({"PipeWire has gone, and the sound with it; both come back by themselves",
          "if they do not: systemctl --user restart pipewire wireplumber"});
  call_again_in(retry_.on_failed());  // not here: this is a callback of what has to be destroyed
}

void AudioRouter::on_changed() {
  if (graph_ && graph_->routing().has_input_ports()) {
    told_outage_ = false;
    retry_.on_worked();
  }
  if (graph_ && graph_->routing().hears_a_player_of_ours() && !std::exchange(told_of_player_, true))
    tell({"a viewer on this machine plays into what is captured: viewers hear it again and again",
          "leave out --audio monitor: applications are captured without our own players"});
}

void AudioRouter::call_again_in(Duration wait) {
  const auto time = std::chrono::nanoseconds(std::max<Duration>(wait, 1ns));
  timespec value{time / 1s, (time % 1s).count()};
  pw_loop_update_timer(pw_thread_loop_get_loop(loop_.get()), timer_->get(), &value, nullptr, false);
}

void AudioRouter::tell(const Error& notice) {
  if (on_notice_) on_notice_(notice);
}

std::unique_ptr<AudioCapture> make_audio_capture(AudioSettings settings, AudioCallbacks callbacks) {
  return std::make_unique<AudioRouter>(std::move(settings), std::move(callbacks), &is_of_this_program);
}

}  // namespace pixelpass::capture
