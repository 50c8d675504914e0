#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/gst/glib.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include <functional>
#include <string>

namespace pixelpass::capture {

/// Where PipeWire's clients look (its module-protocol-native): PIPEWIRE_REMOTE names the socket or its path,
/// below the first of some folders that is set.
std::string pipewire_socket();
/// Not open: nothing answers there. Connects, and nothing more: a socket that systemd listens on starts the
/// service. `errno` says why.
Descriptor connect_to_pipewire();

/// Notices PipeWire's end, and that it is back, by a connection over which nothing is ever said. It needs no
/// stream: a session is closed with PipeWire while nobody watches, too.
/// Thread: the context's, where the callbacks come; they may not destroy it.
class PipeWireWatch {
 public:
  struct Callbacks {
    std::function<void()> on_lost;
    std::function<void()> on_back;
  };

  /// What does not answer from the start is no loss.
  PipeWireWatch(GMainContext* context, Callbacks callbacks);
  ~PipeWireWatch();
  PipeWireWatch(const PipeWireWatch&) = delete;
  PipeWireWatch& operator=(const PipeWireWatch&) = delete;

  /// Between on_lost and on_back.
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
