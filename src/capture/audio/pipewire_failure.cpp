#include "capture/audio/pipewire_failure.hpp"

#include "pixelpass/base/distribution.hpp"

#include <array>
#include <cerrno>
#include <cstring>

namespace pixelpass::capture {
namespace {

constexpr std::array<PackageNames, 2> kPackages{{
    {"pipewire", "pipewire", "pipewire", "pipewire"},
    {"wireplumber", "wireplumber", "wireplumber", "wireplumber"},
}};

}  // namespace

std::string pipewire_hint() {
  return "start it: systemctl --user start pipewire wireplumber; or install it: " +
         install_command(kPackages);
}

Error unreachable_pipewire(int reason) {
  const std::string words = std::strerror(reason);
  switch (reason) {
    case ENOENT:
    case ECONNREFUSED:
    case EHOSTDOWN:  // libpipewire's word for both
      return {"PipeWire does not run for this user", pipewire_hint()};
    case EACCES:
    case EPERM:
      return {"PipeWire does not let this user in: " + words,
              "start pixelpass as the user whose desktop this is, without sudo"};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return {"PipeWire cannot be spoken with: " + words, "close other programs, then try again"};
    default:
      return {"PipeWire cannot be spoken with: " + words,
              "start it again: systemctl --user restart pipewire wireplumber; XDG_RUNTIME_DIR and "
              "PIPEWIRE_REMOTE say where it is"};
  }
}

Error broken_pipewire_library() {
  return {"PipeWire's library does not work here", pipewire_hint()};
}

}  // namespace pixelpass::capture
