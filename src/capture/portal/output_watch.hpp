#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/glib.hpp"

#include <glib.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

struct wl_display;
struct wl_output;
struct wl_registry;

namespace pixelpass::capture {

/// Notices that a monitor is switched off, unplugged or moved, over a separate connection to the Wayland
/// compositor: on the bus each desktop says something else then, and KDE nothing. Source: libwayland's
/// manual, "Client API", and "Integrating with an event loop" of wl_display_prepare_read().
/// Thread: the context's, where the callbacks come; they may not destroy it. Nothing there waits for the
/// compositor.
class OutputWatch {
 public:
  struct Callbacks {
    std::function<void()> on_gone;
    /// Which monitors lie where, at first and whenever that changes: a text that is only compared with
    /// others.
    std::function<void(const std::string& places)> on_places;
  };

  OutputWatch(GMainContext* context, Callbacks callbacks);
  ~OutputWatch();
  OutputWatch(const OutputWatch&) = delete;
  OutputWatch& operator=(const OutputWatch&) = delete;

  /// Connects again, where the compositor was missing or has ended.
  void connect();
  [[nodiscard]] bool is_connected() const { return display_ != nullptr; }
  /// Calls back for all that the compositor has told by now.
  void look();

 private:
  struct Events;
  struct Disconnect {
    void operator()(wl_display* display) const;
    void operator()(wl_registry* registry) const;
    void operator()(wl_output* output) const;
  };
  struct Output {
    std::unique_ptr<wl_output, Disconnect> object;
    std::string name;
    std::string place;
    bool is_told = false;  ///< all of it
  };

  void disconnect();
  [[nodiscard]] bool read();
  void tell_places();

  GMainContext* const context_;
  const Callbacks callbacks_;
  std::unique_ptr<wl_display, Disconnect> display_;
  std::unique_ptr<wl_registry, Disconnect> registry_;
  gst::Owned<GSource> readable_;             ///< owns no file
  std::map<std::uint32_t, Output> outputs_;  ///< by their names in the registry
  bool gone_ = false;                        ///< one of them, in what is being read
  std::string places_;                       ///< told last
};

/// The places, as OutputWatch tells them. Nullopt: there is no compositor, or it has not answered in time or
/// before `stop`. Waits.
std::optional<std::string> monitor_places(Duration patience, const std::stop_token& stop);

}  // namespace pixelpass::capture
