#include "capture/portal/screen_loop.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/owner.hpp"

#include "capture/audio/pipewire_failure.hpp"

namespace pixelpass::capture {
namespace {

PipeWireOwned<pw_context> make_context(pw_loop* loop) {
  auto* properties =
      pw_properties_new(PW_KEY_APP_NAME, "pixelpass", kOwnerProperty, owner_tag().c_str(), nullptr);
  return PipeWireOwned<pw_context>(properties != nullptr ? pw_context_new(loop, properties, 0) : nullptr);
}

}  // namespace

ScreenLoop::ScreenLoop() {
  start_pipewire();
  loop_.reset(pw_thread_loop_new("screen", nullptr));
  if (loop_) context_ = make_context(pw_thread_loop_get_loop(loop_.get()));
  if (!context_ || pw_thread_loop_start(loop_.get()) < 0)
    throw StartupError("PipeWire's library does not work here: a Wayland screen comes through it",
                       pipewire_hint());
}

ScreenLoop::~ScreenLoop() {
  if (loop_) pw_thread_loop_stop(loop_.get());
}

}  // namespace pixelpass::capture
