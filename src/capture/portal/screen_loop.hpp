#pragma once

#include "pixelpass/capture/audio/pipewire.hpp"

namespace pixelpass::capture {

/// A PipeWire loop with its thread, for pictures; connections come and go on it. Thread: any, but
/// libpipewire's calls need the lock.
class ScreenLoop {
 public:
  /// Throws StartupError where PipeWire's library does not work. Must not run on two threads at once: it
  /// calls getpwuid().
  ScreenLoop();
  /// All connections have to be gone before.
  ~ScreenLoop();
  ScreenLoop(const ScreenLoop&) = delete;
  ScreenLoop& operator=(const ScreenLoop&) = delete;

  /// While it lives, no callback runs on the loop.
  class Lock {
   public:
    explicit Lock(ScreenLoop& loop) : loop_(loop.loop_.get()) { pw_thread_loop_lock(loop_); }
    ~Lock() { pw_thread_loop_unlock(loop_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    pw_thread_loop* loop_;
  };

  [[nodiscard]] pw_loop* loop() const { return pw_thread_loop_get_loop(loop_.get()); }
  [[nodiscard]] pw_context* context() const { return context_.get(); }

 private:
  PipeWireOwned<pw_thread_loop> loop_;
  PipeWireOwned<pw_context> context_;
};

}  // namespace pixelpass::capture
