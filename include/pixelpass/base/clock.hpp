#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace pixelpass {

using namespace std::chrono_literals;

/// The one clock of the program: monotonic, shared by all processes of a machine.
/// A core is handed an `Instant` and never asks for one; only drivers call `Clock::now()`.
using Clock = std::chrono::steady_clock;
using Instant = Clock::time_point;
using Duration = Clock::duration;

/// Wall-clock seconds, for times that outlive a process: a ticket's expiry.
using UnixTime = std::chrono::sys_seconds;

/// Tells the wall-clock time. Handed to sans-IO code like `Random`: `Clock` stands still while a laptop
/// sleeps, without a trace.
using WallClock = std::function<UnixTime()>;
UnixTime system_wall_time();
/// A wall clock that cannot be set: what `wall` shows now, plus the time that passes from now on, also while
/// the machine sleeps. `since_boot` counts that (boot_time).
WallClock steady_wall_clock(const WallClock& wall, std::function<Duration()> since_boot);
/// CLOCK_BOOTTIME.
Duration boot_time();

template <class D>
constexpr std::int64_t to_us(D duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

template <class D>
constexpr double to_ms(D duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace pixelpass
