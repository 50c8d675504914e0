#pragma once

#include "pixelpass/base/clock.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace pixelpass::capture {

/// Decides why the portal has closed a session, and what to do about it. The signal itself gives no reason:
/// desktops send it for the user's own stop, but also when a monitor is rotated, scaled or moved, the screen
/// is locked, PipeWire restarts, or the shared window is closed. Other events shortly before or after tell
/// the cause (GNOME's MonitorsChanged comes 48 ms before `Closed` in version 43, and up to 58 ms after it in
/// 48). Nor do all desktops close the session for a lock: KWin goes on, with the lock screen in a monitor's
/// place and windows unchanged. A locked screen is hidden in that case, too. Sans-IO: is told what has
/// happened and when, and is polled for what to do.
class SessionEnd {
 public:
  enum class Cause : std::uint8_t {
    kUser,             ///< nothing else has happened: the user's own stop
    kLocked,           ///< the screen is locked
    kPipeWire,         ///< it was restarted, or has crashed
    kBackend,          ///< the portal has ended, or the desktop's part of it
    kMonitorsChanged,  ///< rotated, scaled, moved, disabled, plugged in or out
    kMonitorGone,      ///< one was disabled or unplugged, and this desktop tells of no other change
    kWindowClosed,
    kWindowOrUser,  ///< a window was shared: this desktop does not tell which of the two
  };
  /// What is shared. A monitor that was made for the sharing goes when that is stopped, which changes the
  /// monitors too; and GNOME (48) goes on with it whatever happens to the others.
  enum class Shared : std::uint8_t { kMonitor, kWindow, kVirtual };
  enum class Step : std::uint8_t {
    kNone,
    kRenew,  ///< get another session with the token, without asking the user
    kHide,   ///< nothing is shown, and the token is left alone, until kShow or kRenew comes
    kShow,   ///< it is unlocked, and the session has lived on
    kEnd,
  };

  /// The sources that say whether the screen is locked. A desktop may have several, which do not say it at
  /// the same time.
  enum class LockSource : std::uint8_t {
    kGnome,        ///< org.gnome.ScreenSaver: at the end of the lock's animation
    kFreedesktop,  ///< org.freedesktop.ScreenSaver
    kLogind,       ///< the desktop's hint to it: at once
  };
  static constexpr std::size_t kLockSources = 3;

  /// How far before or after `Closed` a fact still belongs to it.
  static constexpr Duration kTogether = 500ms;
  /// PipeWire's end closes a session at once, but a portal that itself waits for PipeWire says so late (by 10
  /// s in 1.16, and by 25 s where it waits for the bus).
  static constexpr Duration kOutage = 30s;
  /// A lock that logind reports later than this after `Closed` came after it, and is not the cause.
  static constexpr Duration kHintWithin = 250ms;

  /// How far before and after `Closed` a fact belongs to it.
  struct Window {
    Duration before = kTogether;
    Duration after = kTogether;
  };

  explicit SessionEnd(const Window& window = {kTogether, kTogether}) : window_(window) {}

  /// A session has started. Facts about the former one are dropped, except for a stop by the user that is
  /// still to be judged.
  void on_session(Shared shared);
  void on_closed(Instant now);
  /// The screen counts as locked as long as any source says so. A source that has gone says nothing.
  void on_locked(LockSource source, bool locked, Instant now);
  void on_pipewire_lost(Instant now);
  /// PipeWire has been back for a while, and the portal answers: a session that is not closed by now has
  /// survived, and a later `Closed` has another cause.
  void on_outage_survived() { outage_is_over_ = true; }
  void on_backend_lost(Instant now) { backend_lost_at_ = now; }
  void on_monitors_changed(Instant now) { monitors_changed_at_ = now; }
  void on_monitor_gone(Instant now) { monitor_gone_at_ = now; }
  void on_windows_changed(Instant now);

  /// Another session is needed, for whatever reason. False: not while the screen is locked, when a token
  /// would be spent on a dialog that nobody sees; kHide comes, and kRenew after it.
  bool may_renew();

  /// To be called after each of the above, and at next_timeout(). Each step comes once.
  Step poll(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return judged_at_; }
  /// The cause of the last step other than kNone.
  [[nodiscard]] Cause cause() const { return cause_; }
  /// Whether `Closed` has come, and its cause is still open.
  [[nodiscard]] bool is_judging() const { return judged_at_.has_value(); }
  /// Whether the screen is hidden: from kHide until kShow or kRenew.
  [[nodiscard]] bool is_hidden() const { return hidden_; }
  /// Whether the screen is hidden and its session has gone: kRenew will follow.
  [[nodiscard]] bool is_lost() const { return hidden_ && lost_; }

 private:
  struct Lock {
    bool is_on = false;
    Instant began_at;
    std::optional<Instant> ended_at;
  };

  void forget();
  [[nodiscard]] bool is_locked() const;
  [[nodiscard]] bool lost_to_lock() const;
  [[nodiscard]] bool belongs(std::optional<Instant> at) const;
  [[nodiscard]] bool lost_pipewire() const;
  [[nodiscard]] Cause judge() const;
  Step hide(bool lost);

  Window window_;
  Shared shared_ = Shared::kMonitor;
  bool windows_are_told_ = false;         ///< this desktop says when its windows change
  std::array<Lock, kLockSources> locks_;  ///< by LockSource
  std::optional<Instant> pipewire_lost_at_;
  bool outage_is_over_ = false;  ///< for the session that there is: its Closed would not be late
  std::optional<Instant> backend_lost_at_;
  std::optional<Instant> monitors_changed_at_;
  std::optional<Instant> monitor_gone_at_;
  std::optional<Instant> windows_changed_at_;
  Instant closed_at_;
  std::optional<Instant> judged_at_;
  bool superseded_ = false;     ///< there is a newer session than the one that was closed
  bool wants_session_ = false;  ///< may_renew() has said no
  bool open_ = false;           ///< there is a session, and it has not been closed
  bool hidden_ = false;
  bool lost_ = false;  ///< hidden, and another session is needed
  Cause cause_ = Cause::kUser;
};

}  // namespace pixelpass::capture
