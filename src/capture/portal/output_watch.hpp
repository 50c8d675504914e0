#pragma once

#include "pixelpass/gst/glib.hpp"

#include <glib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>

struct wl_display;
struct wl_registry;

namespace pixelpass::capture {

/// Notices that a monitor is switched off or unplugged, by a connection of its own to the Wayland compositor,
/// which takes it out of its registry: of what is said on the bus then, each desktop says something else, and
/// KDE nothing. Source: libwayland's manual, "Client API", and "Integrating with an event loop" of
/// wl_display_prepare_read().
/// Thread: the context's, where the callback comes; it may not destroy it. Nothing waits there for the
/// compositor.
class OutputWatch {
 public:
  OutputWatch(GMainContext* context, std::function<void()> on_gone);
  ~OutputWatch();
  OutputWatch(const OutputWatch&) = delete;
  OutputWatch& operator=(const OutputWatch&) = delete;

  /// Where the compositor was not there, or has ended: it may be there now.
  void connect();

 private:
  struct Events;
  struct Disconnect {
    void operator()(wl_display* display) const;
    void operator()(wl_registry* registry) const;
  };

  void disconnect();
  [[nodiscard]] bool read();

  GMainContext* const context_;
  const std::function<void()> on_gone_;
  std::unique_ptr<wl_display, Disconnect> display_;
  std::unique_ptr<wl_registry, Disconnect> registry_;
  gst::Owned<GSource> readable_;     ///< owns no file
  std::set<std::uint32_t> outputs_;  ///< by their names in the registry
  bool gone_ = false;                ///< one of them, in what is being read
};

}  // namespace pixelpass::capture
