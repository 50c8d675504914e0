#include "app/host/sources.hpp"

#include "pixelpass/base/environment.hpp"
#include "pixelpass/capture/audio/audio_router.hpp"
#include "pixelpass/capture/portal/portal_capture.hpp"
#include "pixelpass/capture/portal/restore_token.hpp"
#include "pixelpass/capture/test/test_audio.hpp"
#include "pixelpass/capture/test/test_screen.hpp"
#include "pixelpass/capture/x11/x11_capture.hpp"
#include "pixelpass/encode/screen_source.hpp"

#include "app/doctor/preflight.hpp"
#include "app/host/monitor_memory.hpp"
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace pixelpass::app {
namespace {

std::uint32_t window_id(const std::string& text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* const end = text.data() + text.size();
  std::uint32_t id = 0;
  const auto parsed = std::from_chars(text.data() + (hexadecimal ? 2 : 0), end, id, hexadecimal ? 16 : 10);
  if (parsed.ec == std::errc() && parsed.ptr == end) return id;
  throw StartupError("\"" + text + "\" is not the id of a window",
                     "xwininfo tells it, such as 0x1c00007; --window alone lets you click on the window",
                     ExitCode::kUsage);
}

capture::X11Settings x11_settings(const HostOptions& options, const std::stop_token& stop) {
  capture::X11Settings settings;
  settings.stop = stop;
  settings.monitor = options.screen.monitor.value_or("");
  settings.fps = options.picture.fps;
  if (options.screen.window && !options.screen.window->empty())
    settings.window = window_id(*options.screen.window);
  settings.pick_window = options.screen.window && options.screen.window->empty();
  return settings;
}

/// The user chooses among sources of this kind in the desktop's own dialog.
capture::ShareKind share_kind(const ScreenOptions& screen) {
  if (screen.window) return capture::ShareKind::kWindow;
  if (screen.virtual_size) return capture::ShareKind::kVirtual;
  return screen.monitor ? capture::ShareKind::kMonitor : capture::ShareKind::kAny;
}

capture::PortalSettings portal_settings(const HostOptions& options, const std::stop_token& stop) {
  capture::PortalSettings settings;
  settings.stop = stop;
  settings.kind = share_kind(options.screen);
  settings.virtual_size = options.screen.virtual_size;
  settings.fps = options.picture.fps;
  settings.state_folder = capture::state_folder();
  return settings;
}

/// The test picture gets the final size, so that nothing has to be scaled.
capture::TestScreenSettings test_settings(const PictureOptions& picture) {
  capture::TestScreenSettings settings;
  settings.fps = picture.fps;
  if (picture.size) settings.size = *picture.size;
  return settings;
}

encode::MakeScreen screen_of(SourceKind source, const HostOptions& options, const std::stop_token& stop) {
  if (source == SourceKind::kTest)
    return [settings = test_settings(options.picture)](capture::ScreenCallbacks callbacks) {
      return capture::make_test_screen(settings, std::move(callbacks));
    };
  if (source == SourceKind::kPortal)
    return [settings = portal_settings(options, stop)](capture::ScreenCallbacks callbacks) {
      return capture::make_portal_capture(settings, std::move(callbacks));
    };
  return [settings = x11_settings(options, stop)](capture::ScreenCallbacks callbacks) {
    return capture::make_x11_capture(settings, std::move(callbacks));
  };
}

/// The first screen: on X11 the monitor of the last run, if none is asked for.
encode::MakeScreen first_screen_of(SourceKind source, const HostOptions& options, SharedMonitor& monitor,
                                   const std::stop_token& stop) {
  if (source != SourceKind::kX11) return screen_of(source, options, stop);
  auto settings = x11_settings(options, stop);
  if (!options.screen.window && settings.monitor.empty())
    settings.last_choice = remembered_monitor().value_or("");
  settings.on_monitor = [&monitor](const std::string& name) { monitor.set(name); };
  return [settings](capture::ScreenCallbacks callbacks) {
    return capture::make_x11_capture(settings, std::move(callbacks));
  };
}

capture::AudioMode audio_mode(AudioKind kind) {
  switch (kind) {
    case AudioKind::kMonitor:
      return capture::AudioMode::kMonitor;
    case AudioKind::kMic:
      return capture::AudioMode::kMic;
    case AudioKind::kAuto:
    case AudioKind::kNone:
      break;
  }
  return capture::AudioMode::kApps;
}

encode::MakeAudio audio_of(SourceKind source, const AudioOptions& options) {
  if (options.kind == AudioKind::kNone) return {};
  if (source == SourceKind::kTest) return capture::make_test_audio;
  return
      [settings = capture::AudioSettings{audio_mode(options.kind), options.only_apps, options.excluded_apps,
                                         options.call_apps}](capture::AudioCallbacks callbacks) {
        return capture::make_audio_capture(settings, std::move(callbacks));
      };
}

std::unique_ptr<encode::MediaSource> screen_source(SourceKind source, const HostOptions& options,
                                                   encode::MediaCallbacks callbacks, SharedMonitor& monitor,
                                                   const std::stop_token& stop) {
  if (const auto error = foresee_host(elements_here())) throw StartupError(*error);
  const PictureOptions& picture = options.picture;
  encode::ScreenSourceSettings settings;
  settings.box = picture.size;
  settings.fps = picture.fps;
  settings.bitrate_bps = picture.bitrate_bps;
  settings.encoder = picture.encoder;
  settings.stop = stop;
  return encode::make_screen_source(settings, first_screen_of(source, options, monitor, stop),
                                    audio_of(source, options.audio), std::move(callbacks));
}

}  // namespace

Session this_session() {
  return {.wayland = !environment("WAYLAND_DISPLAY").empty() || environment("XDG_SESSION_TYPE") == "wayland",
          .x11 = !environment("DISPLAY").empty()};
}

SourceKind choose_source(SourceKind asked_for, const Session& session) {
  if (asked_for != SourceKind::kAuto) return asked_for;
  if (session.wayland) return SourceKind::kPortal;
  if (session.x11) return SourceKind::kX11;
  throw StartupError("there is no screen to share: neither WAYLAND_DISPLAY nor DISPLAY is set",
                     "run it inside a desktop session; --source test shares a generated picture, and "
                     "--source - MPEG-TS from standard input");
}

void require_possible(SourceKind source, const ScreenOptions& screen) {
  if (!screen.virtual_size || source == SourceKind::kPortal) return;
  throw StartupError("--virtual is a monitor that a Wayland desktop makes, and this is not shared from one",
                     "share what there is: leave --virtual out", ExitCode::kUsage);
}

std::optional<Error> nothing_to_share(const HostOptions& options) {
  try {
    require_possible(choose_source(options.source, this_session()), options.screen);
  } catch (const StartupError& error) {
    return error.error();
  }
  return std::nullopt;
}

std::optional<Notice> wanted_from_user(SourceKind source, const ScreenOptions& screen) {
  if (source != SourceKind::kX11 || !screen.window || !screen.window->empty()) return std::nullopt;
  return Notice{"click on the window that you want to share", "Escape cancels"};
}

void SharedMonitor::set(const std::string& name) {
  const std::lock_guard lock(mutex_);
  name_ = name;
}

std::string SharedMonitor::name() const {
  const std::lock_guard lock(mutex_);
  return name_;
}

std::optional<Error> why_no_next_screen(SourceKind source) {
  if (source == SourceKind::kStdin)
    return Error{"the stream is passed through as it comes: there is no screen to change",
                 "change it where the stream is made", ExitCode::kUsage};
  if (source == SourceKind::kTest)
    return Error{"the test picture is the only one of its kind", "share the screen: pixelpass host",
                 ExitCode::kUsage};
  return std::nullopt;
}

NextScreen next_screen(const HostOptions& present, const SharedMonitor& monitor, const ScreenOptions& wanted,
                       const std::stop_token& stop) {
  const SourceKind source = choose_source(present.source, this_session());
  HostOptions next = present;
  if (source == SourceKind::kPortal) {
    // The kind that was asked for at the start need not be the one wanted now.
    next.screen = wanted;
    auto settings = portal_settings(next, stop);
    settings.asks_anew = true;
    return {next.screen, [settings](capture::ScreenCallbacks callbacks) {
              return capture::make_portal_capture(settings, std::move(callbacks));
            }};
  }
  next.screen = wanted;
  if (wanted.monitor.value_or("").empty()) {
    auto from = x11_settings(present, stop);
    if (from.monitor.empty()) from.monitor = monitor.name();
    next.screen.monitor = capture::next_x11_monitor(from);
  } else {
    next.screen.monitor = capture::x11_monitor_name(x11_settings(next, stop));
  }
  return {next.screen, screen_of(source, next, stop)};
}

void remember_screen(const HostOptions& options, const ScreenOptions& chosen) {
  if (choose_source(options.source, this_session()) != SourceKind::kX11) return;
  if (chosen.monitor && *chosen.monitor != capture::kAllMonitors) remember_monitor(*chosen.monitor);
}

std::unique_ptr<encode::MediaSource> make_source(const HostOptions& options, encode::MediaCallbacks callbacks,
                                                 SharedMonitor& monitor, const std::stop_token& stop) {
  const SourceKind source = choose_source(options.source, this_session());
  require_possible(source, options.screen);
  if (source == SourceKind::kStdin)
    return encode::make_stdin_source(STDIN_FILENO, std::move(callbacks), encode::kFirstGroupWithin, stop);
  return screen_source(source, options, std::move(callbacks), monitor, stop);
}

}  // namespace pixelpass::app
