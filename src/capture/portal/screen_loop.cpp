#include "capture/portal/screen_loop.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/owner.hpp"

#include "capture/audio/pipewire_failure.hpp"

namespace pixelpass::capture {

ScreenLoop::ScreenLoop() {
  start_pipewire();
  loop_.reset(pw_thread_loop_new("screen", nullptr));
  auto* properties =
      pw_properties_new(PW_KEY_APP_NAME, "pixelpass", kOwnerProperty, owner_tag().c_str(), nullptr);
  if (loop_ && properties != nullptr)
    context_.reset(pw_context_new(pw_thread_loop_get_loop(loop_.get()), properties, 0));
  if (!context_ || pw_thread_loop_start(loop_.get()) < 0)
    throw StartupError("PipeWire's library does not work here: a Wayland screen comes through it",
                       pipewire_hint());
}

ScreenLoop::~ScreenLoop() {
  if (loop_) pw_thread_loop_stop(loop_.get());
}

}  // namespace pixelpass::capture
