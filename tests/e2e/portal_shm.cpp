// Loaded (LD_PRELOAD) into the test desktop's xdg-desktop-portal-wlr, never into pixelpass.
//
// xdg-desktop-portal-wlr 0.7 refuses to share a screen whose compositor offers no DMA-BUF ("unable to receive
// a valid format from wlr_screencopy", github.com/emersion/xdg-desktop-portal-wlr/issues/289). Without a
// graphics card there is none, although the pictures then come through shared memory and nothing else is
// amiss. So each `buffer` event of zwlr_screencopy_frame_v1 is preceded by a `linux_dmabuf` event that claims
// the same size: the portal finds no card to allocate from and offers shared memory alone. Later versions do
// without.

#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

extern "C" {

struct wl_proxy;
using Listener = void (*)();
// Weak: the portal's child processes load this too, and have no Wayland.
__attribute__((weak)) const char* wl_proxy_get_class(wl_proxy* proxy);

}  // extern "C"

namespace {

// The events of zwlr_screencopy_frame_v1, version 3, as wlr-screencopy-unstable-v1.xml numbers them.
constexpr std::size_t kBuffer = 0;
constexpr std::size_t kLinuxDmabuf = 5;
constexpr std::size_t kEvents = 7;
constexpr std::uint32_t kXrgb8888 = 0x34325258;  // 'XR24', of drm_fourcc.h

using OnBuffer = void (*)(void*, void*, std::uint32_t format, std::uint32_t width, std::uint32_t height,
                          std::uint32_t stride);
using OnLinuxDmabuf = void (*)(void*, void*, std::uint32_t format, std::uint32_t width, std::uint32_t height);
using Events = std::array<Listener, kEvents>;

Events theirs;  // the portal's handlers: it has one set of them, and one thread
Events ours;

void on_buffer(void* data, void* frame, std::uint32_t format, std::uint32_t width, std::uint32_t height,
               std::uint32_t stride) {
  reinterpret_cast<OnLinuxDmabuf>(theirs[kLinuxDmabuf])(data, frame, kXrgb8888, width, height);
  reinterpret_cast<OnBuffer>(theirs[kBuffer])(data, frame, format, width, height, stride);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int wl_proxy_add_listener(wl_proxy* proxy,
                                                                            Listener* listeners, void* data) {
  static const auto real =
      reinterpret_cast<int (*)(wl_proxy*, Listener*, void*)>(dlsym(RTLD_NEXT, "wl_proxy_add_listener"));
  if (std::string_view(wl_proxy_get_class(proxy)) == "zwlr_screencopy_frame_v1") {
    std::memcpy(theirs.data(), static_cast<const void*>(listeners), sizeof theirs);
    ours = theirs;
    ours[kBuffer] = reinterpret_cast<Listener>(on_buffer);
    listeners = ours.data();
  }
  return real(proxy, listeners, data);
}
