#include "capture/x11/x11_connection.hpp"

#include "pixelpass/base/error.hpp"

#include <sys/socket.h>
#include <xcb/composite.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xfixes.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace pixelpass::capture {
namespace {

std::string display_name(const std::string& wanted) {
  const char* from_environment = std::getenv("DISPLAY");
  if (!wanted.empty() || from_environment == nullptr) return wanted;
  return from_environment;
}

[[noreturn]] void cannot_connect(const std::string& display) {
  if (display.empty())
    throw StartupError("there is no X11 screen: DISPLAY is not set",
                       "start it from a terminal inside the X11 session, or name the session's display: "
                       "DISPLAY=:0 pixelpass host --source x11");
  throw StartupError("cannot connect to the X server \"" + display + "\"",
                     "it does not run, or does not let this user in: start it from a terminal inside the "
                     "session, or set DISPLAY and XAUTHORITY as they are there");
}

const xcb_screen_t* numbered_screen(xcb_connection_t* connection, int number) {
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
  for (; screens.rem > 1 && number > 0; --number) xcb_screen_next(&screens);
  return screens.data;
}

/// The number of the extension's first event, at least 1; 0: the server does not have the extension. An
/// extension without events looks like one that has some.
std::uint8_t first_event(xcb_connection_t* connection, xcb_extension_t& extension) {
  const auto* data = xcb_get_extension_data(connection, &extension);
  return data != nullptr && data->present != 0 ? std::max<std::uint8_t>(data->first_event, 1) : 0;
}

template <std::uint32_t kMajor, std::uint32_t kMinor, class Version>
bool is_at_least(const Version& version) {
  return version != nullptr && (version->major_version > kMajor ||
                                (version->major_version == kMajor && version->minor_version >= kMinor));
}

}  // namespace

bool is_bgrx(const xcb_visualtype_t& visual) {
  return visual.red_mask == 0xff0000 && visual.green_mask == 0xff00 && visual.blue_mask == 0xff;
}

const xcb_visualtype_t* find_visual(const xcb_screen_t& screen, xcb_visualid_t id) {
  for (auto depth = xcb_screen_allowed_depths_iterator(&screen); depth.rem > 0; xcb_depth_next(&depth)) {
    const std::span visuals(xcb_depth_visuals(depth.data),
                            static_cast<std::size_t>(xcb_depth_visuals_length(depth.data)));
    const auto found =
        std::ranges::find_if(visuals, [id](const auto& visual) { return visual.visual_id == id; });
    if (found != visuals.end()) return &*found;
  }
  return nullptr;
}

X11Connection::X11Connection(const std::string& display) : display_(display_name(display)) {
  int screen = 0;
  connection_.reset(xcb_connect(display_.empty() ? nullptr : display_.c_str(), &screen));
  if (lost()) cannot_connect(display_);
  screen_ = numbered_screen(get(), screen);
  need_depth_24();
  ask_for_extensions();
}

void X11Connection::need_depth_24() const {
  const auto* visual = find_visual(screen(), screen().root_visual);
  const auto* setup = xcb_get_setup(get());
  const bool little = setup->image_byte_order == XCB_IMAGE_ORDER_LSB_FIRST;
  const std::span formats(xcb_setup_pixmap_formats(setup),
                          static_cast<std::size_t>(xcb_setup_pixmap_formats_length(setup)));
  const bool wide = std::ranges::any_of(formats, [&](const auto& format) {
    return format.depth == screen().root_depth && format.bits_per_pixel == 32;
  });
  if (visual != nullptr && is_bgrx(*visual) && wide && little) return;
  throw StartupError("the X screen has " + std::to_string(screen().root_depth) +
                         " bits a pixel, in a layout that cannot be shared",
                     "start the X server with a depth of 24 bits (DefaultDepth 24 in xorg.conf)");
}

void X11Connection::ask_for_extensions() {
  for (auto* extension : {&xcb_damage_id, &xcb_xfixes_id, &xcb_randr_id, &xcb_composite_id, &xcb_shm_id})
    xcb_prefetch_extension_data(get(), extension);
  events_ = {first_event(get(), xcb_damage_id), first_event(get(), xcb_xfixes_id),
             first_event(get(), xcb_randr_id)};
  if (events_.damage == 0 || events_.fixes == 0)
    throw StartupError("the X server does not tell when its screen changes (no DAMAGE or XFIXES extension)",
                       "use an X server of the last twenty years, with both extensions enabled");
  // Each extension has to be asked for its version before its first request.
  reply(xcb_damage_query_version_reply, xcb_damage_query_version(get(), 1, 1));
  reply(xcb_xfixes_query_version_reply, xcb_xfixes_query_version(get(), 5, 0));
  if (events_.randr != 0 &&
      !is_at_least<1, 5>(reply(xcb_randr_query_version_reply, xcb_randr_query_version(get(), 1, 5))))
    events_.randr = 0;
  has_composite_ =
      first_event(get(), xcb_composite_id) != 0 &&
      is_at_least<0, 2>(reply(xcb_composite_query_version_reply, xcb_composite_query_version(get(), 0, 2)));
  has_shared_memory_ = first_event(get(), xcb_shm_id) != 0 &&
                       is_at_least<1, 2>(reply(xcb_shm_query_version_reply, xcb_shm_query_version(get())));
}

void X11Connection::cut() const {
  shutdown(fd(), SHUT_RDWR);
}

bool X11Connection::succeeds(xcb_void_cookie_t checked) const {
  return Reply<xcb_generic_error_t>(xcb_request_check(get(), checked)) == nullptr && !lost();
}

xcb_atom_t X11Connection::atom(const char* name) const {
  const auto answer = reply(xcb_intern_atom_reply,
                            xcb_intern_atom(get(), 0, static_cast<std::uint16_t>(std::strlen(name)), name));
  return answer == nullptr ? xcb_atom_t{XCB_ATOM_NONE} : answer->atom;
}

}  // namespace pixelpass::capture
