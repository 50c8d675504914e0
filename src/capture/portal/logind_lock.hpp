#pragma once

#include "capture/portal/session_bus.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::capture {

/// The system bus, once it is connected; never on a machine without one.
/// Thread: as BusCall.
class SystemBus {
 public:
  explicit SystemBus(std::function<void(GDBusConnection*)> on_there);
  ~SystemBus();
  SystemBus(const SystemBus&) = delete;
  SystemBus& operator=(const SystemBus&) = delete;

 private:
  static void on_done(GObject* source, GAsyncResult* result, gpointer waiting);

  const std::function<void(GDBusConnection*)> on_there_;
  gst::Object<GDBusConnection> bus_;
  gst::Object<GCancellable> cancellable_{g_cancellable_new()};
  /// Empties with this; the wait in flight has a copy.
  std::shared_ptr<SystemBus*> self_ = std::make_shared<SystemBus*>(this);
};

/// Follows whether this user's graphical session is locked, as its desktop tells logind (LockedHint of
/// org.freedesktop.login1.Session). GNOME sets it when it takes the screen away, 0.3 s before it says so on
/// the session bus, after an animation. Thread: as BusCall.
class LogindLock {
 public:
  using OnLocked = std::function<void(bool locked)>;

  /// The bus is borrowed. Where there is no logind, no callback comes.
  LogindLock(GDBusConnection* bus, OnLocked on_locked);

 private:
  void on_user(const BusCall::Answer& answer);
  void on_changed(GVariant* arguments);
  void ask(const char* path, const char* interface, const char* property, BusCall::OnAnswer on_answer);

  GDBusConnection* const bus_;
  const OnLocked on_locked_;
  std::string session_;
  std::optional<BusCall> question_;
  std::optional<BusSignal> changes_;
};

}  // namespace pixelpass::capture
