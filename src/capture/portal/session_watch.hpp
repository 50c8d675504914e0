#pragma once

#include "pixelpass/gst/media_timer.hpp"

#include "capture/portal/logind_lock.hpp"
#include "capture/portal/output_watch.hpp"
#include "capture/portal/pipewire_watch.hpp"
#include "capture/portal/session_bus.hpp"
#include "capture/portal/session_end.hpp"

#include <functional>
#include <list>
#include <optional>
#include <string>

namespace pixelpass::capture {

/// Listens to everything that tells why a portal session ends: the desktop's signals on the session bus,
/// logind, PipeWire and the compositor's monitors. SessionEnd judges what it means. Thread: made, used and
/// destroyed on the media thread, where the callbacks come; they may not destroy it.
class SessionWatch {
 public:
  struct Callbacks {
    /// A step, never kNone. The cause belongs to kEnd and kRenew.
    std::function<void(SessionEnd::Step, SessionEnd::Cause)> on_step;
    std::function<void()> on_pipewire_back;
    /// A monitor was switched off or unplugged, while a monitor is shared. May be empty.
    std::function<void()> on_monitor_gone{};
    /// See OutputWatch. May be empty.
    std::function<void(const std::string& places)> on_places{};
  };

  /// How long after PipeWire's return the portal may take to learn that a session has ended with it, though
  /// it may still be too busy to say so.
  static constexpr Duration kEndIsKnown = 2s;

  /// The bus is borrowed. `end_is_known`: time after PipeWire's return.
  SessionWatch(GDBusConnection* bus, Callbacks callbacks,
               const SessionEnd::Window& window = {SessionEnd::kTogether, SessionEnd::kTogether},
               Duration end_is_known = kEndIsKnown);

  void on_session(SessionEnd::Shared shared);
  void on_closed();
  /// The portal has gone: what closes with it was not closed by the user.
  void on_portal_lost() { end_.on_backend_lost(Clock::now()); }
  /// See SessionEnd.
  bool may_renew();
  /// Calls back for all that the compositor has told of its monitors by now.
  void look_at_monitors() { outputs_.look(); }
  /// Whether nothing can be done at present: why the session has ended is not known yet, the screen is
  /// locked, or PipeWire is missing.
  [[nodiscard]] bool is_pending() const;
  // See SessionEnd.
  [[nodiscard]] bool is_hidden() const { return end_.is_hidden(); }
  [[nodiscard]] bool is_lost() const { return end_.is_lost(); }

 private:
  using Hear = std::function<void(GVariant* arguments, Instant now)>;

  void listen(const BusSignal::Match& match, Hear hear);
  void listen_for_lock(SessionEnd::LockSource source, const char* interface, const char* path);
  void listen_for_backends();
  void listen_for_end(const char* name, GDBusSignalFlags flags, std::function<void(Instant now)> hear);
  void on_locked(SessionEnd::LockSource source, bool locked);
  void on_monitor_gone();
  void on_pipewire_lost();
  void on_pipewire_back();
  void ask_for_survival();
  void poll();

  GDBusConnection* const bus_;
  const Callbacks callbacks_;
  SessionEnd end_;
  SessionEnd::Shared shared_ = SessionEnd::Shared::kMonitor;
  gst::MediaTimer timer_;
  PipeWireWatch pipewire_;
  OutputWatch outputs_;
  const Duration end_is_known_;
  gst::MediaTimer survival_timer_;
  std::optional<BusCall> survival_;
  std::list<BusSignal> signals_;
  std::list<BusCall> questions_;
  SystemBus system_;
  std::optional<LogindLock> logind_;  ///< once there is a system bus
};

}  // namespace pixelpass::capture
