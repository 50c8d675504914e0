#pragma once

#include <pipewire/pipewire.h>

#include <memory>
#include <string>

namespace pixelpass::capture {

/// Lets go of any handle of libpipewire that we hold. All but the loop's own: with the loop's lock held, or
/// once the loop has stopped.
struct FreePipeWire {
  void operator()(pw_thread_loop* handle) const noexcept { pw_thread_loop_destroy(handle); }
  void operator()(pw_main_loop* handle) const noexcept { pw_main_loop_destroy(handle); }
  void operator()(pw_context* handle) const noexcept { pw_context_destroy(handle); }
  void operator()(pw_core* handle) const noexcept { pw_core_disconnect(handle); }
  void operator()(pw_stream* handle) const noexcept { pw_stream_destroy(handle); }
  void operator()(pw_proxy* handle) const noexcept { pw_proxy_destroy(handle); }
  void operator()(pw_registry* handle) const noexcept {
    pw_proxy_destroy(reinterpret_cast<pw_proxy*>(handle));
  }
};

/// Proxies and streams go before their core does: it would free them itself.
template <class T>
using PipeWireOwned = std::unique_ptr<T, FreePipeWire>;

/// One entry in an object's list of listeners. It goes before the object does: declare it after it.
class PipeWireListener {
 public:
  PipeWireListener() = default;
  ~PipeWireListener() { spa_hook_remove(&hook_); }
  PipeWireListener(const PipeWireListener&) = delete;
  PipeWireListener& operator=(const PipeWireListener&) = delete;

  /// The hook that the add_listener functions take.
  spa_hook* hook() { return &hook_; }

 private:
  spa_hook hook_{};
};

/// A timer or an event of a loop, whose functions run in the loop's thread.
class LoopSource {
 public:
  LoopSource(pw_loop* loop, spa_source* source) : loop_(loop), source_(source) {}
  ~LoopSource() {
    if (source_ != nullptr) pw_loop_destroy_source(loop_, source_);
  }
  LoopSource(const LoopSource&) = delete;
  LoopSource& operator=(const LoopSource&) = delete;

  spa_source* get() { return source_; }

 private:
  pw_loop* loop_;
  spa_source* source_;
};

/// To be called before anything else of libpipewire's is used. Its own lines would go to the terminal.
void start_pipewire();

/// The name in a metadata's value such as {"name": "alsa_output.pci"}; empty: there is none.
std::string name_in_metadata(const char* json);

}  // namespace pixelpass::capture
