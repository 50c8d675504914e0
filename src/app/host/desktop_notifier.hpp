#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/glib.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include "app/host/desktop_notice.hpp"

#include <cstdint>
#include <future>
#include <optional>
#include <string>

namespace pixelpass::app {

/// Shows desktop notifications over the message bus: org.freedesktop.Notifications, or the portal's within a
/// sandbox. Each replaces the one before, and while one is being sent only the newest waits, so that a burst
/// of them is one notification. Without a notification service nothing happens.
/// Thread: any; all waiting is done on a thread of its own. The destructor cancels what is being sent.
class DesktopNotifier {
 public:
  struct Settings {
    std::string bus_address;  ///< of the session's message bus
    bool in_sandbox = false;
    /// How long the bus and the desktop may take to answer. After that, the next notice tries again.
    Duration patience = 3s;
  };
  /// This session's settings; nullopt: it has no message bus.
  static std::optional<Settings> settings_here();

  explicit DesktopNotifier(Settings settings);
  ~DesktopNotifier();
  DesktopNotifier(const DesktopNotifier&) = delete;
  DesktopNotifier& operator=(const DesktopNotifier&) = delete;

  void show(DesktopNotice notice);

 private:
  static void on_bus(GObject* source, GAsyncResult* result, gpointer self);
  static void on_answer(GObject* source, GAsyncResult* result, gpointer self);

  // The own thread's:
  void send_newest();
  void open_bus();
  void notify();
  void call(const char* service, const char* path, const char* interface, const char* method,
            GVariant* arguments);
  void settle();
  void give_up(std::promise<void>& done);

  const Settings settings_;
  std::optional<DesktopNotice> newest_;  ///< not sent yet
  bool busy_ = false;                    ///< something is on its way
  std::uint32_t shown_ = 0;              ///< the bubble's number, for the next one to replace; 0: none
  std::promise<void>* given_up_ = nullptr;
  gst::Object<GDBusConnection> bus_;  ///< null: not there yet, or not any more
  gst::Object<GCancellable> cancel_;
  gst::MediaThread thread_;
  gst::MediaTimer deadline_;
};

}  // namespace pixelpass::app
