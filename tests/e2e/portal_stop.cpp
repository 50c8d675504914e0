// Loaded (LD_PRELOAD) into the test desktop's xdg-desktop-portal-wlr, never into pixelpass.
//
// Its "stop sharing" button: other desktops have one in their panel, and their portals then emit `Closed` of
// org.freedesktop.impl.portal.Session. xdg-desktop-portal-wlr has none and never does so by itself; with this
// it does when its method pixelpass.Test.StopSharing is called, at whatever path, for the session that was
// opened last.

#include <dlfcn.h>

#include <string>
#include <string_view>

extern "C" {

// As sd-bus.h has them; libelogind and libbasu too.
struct sd_bus;
struct sd_bus_slot;
struct sd_bus_message;
struct sd_bus_vtable;
struct sd_bus_error;
using OnMessage = int (*)(sd_bus_message*, void*, sd_bus_error*);
// Weak: the portal's child processes load this too, and have no bus.
__attribute__((weak)) int sd_bus_add_filter(sd_bus*, sd_bus_slot**, OnMessage, void* data);
__attribute__((weak)) int sd_bus_message_is_method_call(sd_bus_message*, const char* interface,
                                                        const char* method);
__attribute__((weak)) int sd_bus_emit_signal(sd_bus*, const char* path, const char* interface,
                                             const char* signal, const char* types, ...);
__attribute__((weak)) int sd_bus_reply_method_return(sd_bus_message*, const char* types, ...);

}  // extern "C"

namespace {

constexpr auto kSession = "org.freedesktop.impl.portal.Session";

// The portal has one bus and one thread.
sd_bus* session_bus = nullptr;
std::string session_path;

int on_message(sd_bus_message* message, void* /*data*/, sd_bus_error* /*error*/) {
  constexpr int kGoesOn = 0;
  if (sd_bus_message_is_method_call(message, "pixelpass.Test", "StopSharing") <= 0) return kGoesOn;
  sd_bus_emit_signal(session_bus, session_path.c_str(), kSession, "Closed", nullptr);
  return sd_bus_reply_method_return(message, nullptr);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int sd_bus_add_object_vtable(
    sd_bus* bus, sd_bus_slot** slot, const char* path, const char* interface, const sd_bus_vtable* vtable,
    void* data) {
  static const auto real =
      reinterpret_cast<int (*)(sd_bus*, sd_bus_slot**, const char*, const char*, const sd_bus_vtable*,
                               void*)>(dlsym(RTLD_NEXT, "sd_bus_add_object_vtable"));
  if (std::string_view(interface) == kSession) {
    if (session_bus == nullptr) sd_bus_add_filter(bus, nullptr, on_message, nullptr);
    session_bus = bus;
    session_path = path;
  }
  return real(bus, slot, path, interface, vtable, data);
}
