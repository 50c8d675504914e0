#pragma once

#include "pixelpass/capture/audio/audio_gate.hpp"
#include "pixelpass/capture/audio/audio_stream.hpp"
#include "pixelpass/capture/audio/pipewire.hpp"
#include "pixelpass/capture/audio/routing.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>

namespace pixelpass::capture {

/// Our part of PipeWire: follows its registry, has a capture stream there, and makes and destroys the links
/// that routing asks for. All of it leaves PipeWire when this is destroyed, or when the process is killed.
/// Thread: the loop's, or with its lock held. Must not be destroyed from within a callback.
class AudioGraph {
 public:
  struct Callbacks {
    std::function<void()> on_lost;     ///< the connection is of no use any more; may come more than once
    std::function<void()> on_changed;  ///< what routing() tells may have changed
  };
  /// Throws std::runtime_error when there is no PipeWire. All must outlive it.
  AudioGraph(pw_context* context, Routing routing, AudioGate& gate, Callbacks callbacks, bool active);
  ~AudioGraph();
  AudioGraph(const AudioGraph&) = delete;
  AudioGraph& operator=(const AudioGraph&) = delete;

  void set_active(bool active) { stream_->set_active(active); }
  [[nodiscard]] const Routing& routing() const { return routing_; }

 private:
  /// A client, a stream or the metadata of the defaults, all of whose properties come as events.
  struct Bound;
  /// A link of ours. The server destroys it together with the proxy.
  struct Link;
  struct Events;

  void on_global(ObjectId id, std::string_view type, Properties properties);
  void on_global_removed(ObjectId id);
  void on_default(std::string_view key, const char* value);
  void bind(ObjectId id, const char* type, std::uint32_t version, const void* events);
  void changed();
  void update_links();
  void make_link(const Route& route);
  void destroy_link(ObjectId id);

  Routing routing_;
  Callbacks callbacks_;
  pw_loop* loop_;
  PipeWireOwned<pw_core> core_;
  PipeWireListener core_listener_;
  PipeWireOwned<pw_registry> registry_;
  PipeWireListener registry_listener_;
  std::map<ObjectId, std::unique_ptr<Bound>> bound_;
  std::list<Link> links_;
  LoopSource update_;  ///< scheduled once for all events that came together
  LoopSource retry_timer_;
  /// The stream's own connection, apart from the one that binds the defaults. PipeWire reads nothing from a
  /// client that binds the defaults until the session manager, which owns them, has answered; and it reads
  /// nothing from a session manager that configures a node until the node's client has answered. One client
  /// that did both could stop all sound when a session manager starts.
  PipeWireOwned<pw_core> stream_core_;
  PipeWireListener stream_core_listener_;
  std::optional<AudioStream> stream_;
};

}  // namespace pixelpass::capture
