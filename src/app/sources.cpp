#include "pixelpass/app/sources.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <utility>

namespace pixelpass::app {
namespace {

/// Of the test picture, when nothing else is asked for.
constexpr int kTestWidth = 1280;
constexpr int kTestHeight = 720;

std::string_view environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

std::unique_ptr<encode::MediaSource> test_source(const HostOptions& options,
                                                 encode::MediaCallbacks callbacks) {
  const PictureOptions& picture = options.picture;
  const bool own_size = picture.width == 0;
  return encode::make_test_source(
      {own_size ? kTestWidth : picture.width, own_size ? kTestHeight : picture.height, picture.fps,
       picture.bitrate_bps, picture.encoder, options.sound.kind != SoundKind::kNone},
      std::move(callbacks));
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

std::unique_ptr<encode::MediaSource> make_source(const HostOptions& options,
                                                 encode::MediaCallbacks callbacks) {
  switch (choose_source(options.source, this_session())) {
    case SourceKind::kTest:
      return test_source(options, std::move(callbacks));
    case SourceKind::kStdin:
      return encode::make_stdin_source(STDIN_FILENO, std::move(callbacks));
    case SourceKind::kAuto:
    case SourceKind::kPortal:
    case SourceKind::kX11:
      break;
  }
  throw StartupError("capturing the screen is not built yet",
                     "use --source test for a generated picture, or pipe MPEG-TS in: ffmpeg … -f mpegts - | "
                     "pixelpass host --source -");
}

}  // namespace pixelpass::app
