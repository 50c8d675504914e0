#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/gst/glib.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include <functional>
#include <string>

namespace pixelpass::capture {

/// The path of PipeWire's socket, as its clients find it (module-protocol-native): PIPEWIRE_REMOTE is its
/// name or path, in the first of some folders that is set.
std::string pipewire_socket();
/// Connects to PipeWire's socket and does nothing more; if systemd listens on it, that starts the service.
/// Not open: nothing answers there; `errno` says why.
Descriptor connect_to_pipewire();

/// Notices when PipeWire ends and when it is back, over a connection that sends nothing. It needs no stream,
/// since PipeWire's end closes a session also while nobody watches.
/// Thread: the context's, where the callbacks come; they may not destroy it.
class PipeWireWatch {
 public:
  struct Callbacks {
    std::function<void()> on_lost;
    std::function<void()> on_back;
  };

  /// A PipeWire that is missing from the start does not count as lost.
  PipeWireWatch(GMainContext* context, Callbacks callbacks);
  ~PipeWireWatch();
  PipeWireWatch(const PipeWireWatch&) = delete;
  PipeWireWatch& operator=(const PipeWireWatch&) = delete;

  /// Whether PipeWire is missing: true between on_lost and on_back.
  [[nodiscard]] bool is_lost() const { return lost_; }

 private:
  static gboolean on_hang_up(gint file, GIOCondition condition, gpointer self);
  bool connect();
  void disconnect();
  void look();

  GMainContext* const context_;
  const Callbacks callbacks_;
  gst::Owned<GSource> hang_up_;  ///< owns no file
  int socket_ = -1;
  bool lost_ = false;
  gst::MediaTimer timer_;  ///< runs while it is not there
};

}  // namespace pixelpass::capture
