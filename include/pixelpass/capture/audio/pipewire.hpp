#pragma once

#include <pipewire/pipewire.h>

#include <memory>
#include <string>

namespace pixelpass::capture {

/// Frees any handle of libpipewire that we own. All but the loop itself: with the loop's lock held, or once
/// the loop has stopped.
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

/// Owns a handle. Proxies and streams have to be freed before their core, which would free them itself.
template <class T>
using PipeWireOwned = std::unique_ptr<T, FreePipeWire>;

/// One listener hook of an object. It has to go before the object: declare it after it.
class PipeWireListener {
 public:
  PipeWireListener() = default;
  ~PipeWireListener() { spa_hook_remove(&hook_); }
  PipeWireListener(const PipeWireListener&) = delete;
  PipeWireListener& operator=(const PipeWireListener&) = delete;

  /// The hook to give to an add_listener function.
  spa_hook* hook() { return &hook_; }

 private:
  spa_hook hook_{};
};

/// A timer or an event of a loop, whose functions run on the loop's thread.
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

/// Initialises libpipewire; to be called before anything else of it. Its own log lines would go to the
/// terminal.
void start_pipewire();

/// The name in a metadata's value such as {"name": "alsa_output.pci"}; empty: there is none.
std::string name_in_metadata(const char* json);

}  // namespace pixelpass::capture
