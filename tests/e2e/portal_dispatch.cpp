// Loaded (LD_PRELOAD) into the test desktop's xdg-desktop-portal-wlr, never into pixelpass.
//
// Its main loop polls the bus and the compositor at once, and handles the bus first. Sharing a screen reads
// the compositor's events itself; where one of them was what had been polled, the loop then waits in
// wl_display_dispatch() for another one, which on a screen that stands still never comes: the portal hangs.
// (0.7; it takes a start within a few milliseconds of the last picture of a host that was killed.) So each
// wait has an end, after which there is nothing to dispatch.
//
// What came over the bus while it waited for an answer from there (its own name, at its start) has been read
// already, and the loop's poll() knows nothing of it: a call that started this portal is handled when the
// next message comes, and given up after 25 s where none does. So the loop looks there now and then.

#include <dlfcn.h>
#include <poll.h>

extern "C" {

struct wl_display;
// Weak: the portal's child processes load this too, and have no Wayland.
__attribute__((weak)) int wl_display_get_fd(wl_display* display);
__attribute__((weak)) int wl_display_prepare_read(wl_display* display);
__attribute__((weak)) void wl_display_cancel_read(wl_display* display);
__attribute__((weak)) int wl_display_read_events(wl_display* display);
__attribute__((weak)) int wl_display_dispatch_pending(wl_display* display);
__attribute__((weak)) int wl_display_flush(wl_display* display);

}  // extern "C"

extern "C" __attribute__((visibility("default"))) int wl_display_dispatch(wl_display* display) {
  constexpr int kLongest = 500;  // ms
  if (wl_display_prepare_read(display) != 0) return wl_display_dispatch_pending(display);
  wl_display_flush(display);
  pollfd events{wl_display_get_fd(display), POLLIN, 0};
  if (poll(&events, 1, kLongest) <= 0) {
    wl_display_cancel_read(display);
    return wl_display_dispatch_pending(display);
  }
  if (wl_display_read_events(display) < 0) return -1;
  return wl_display_dispatch_pending(display);
}

extern "C" __attribute__((visibility("default"))) int poll(pollfd* fds, nfds_t count, int timeout) {
  static const auto real = reinterpret_cast<int (*)(pollfd*, nfds_t, int)>(dlsym(RTLD_NEXT, "poll"));
  constexpr int kOften = 200;       // ms
  constexpr nfds_t kOfTheLoop = 4;  // the bus (first), the compositor, PipeWire and a timer
  if (timeout != -1 || count != kOfTheLoop) return real(fds, count, timeout);
  const int ready = real(fds, count, kOften);
  if (ready != 0) return ready;
  fds[0].revents = POLLIN;  // it reads without waiting
  return 1;
}
