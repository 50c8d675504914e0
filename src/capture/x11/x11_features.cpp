#include "pixelpass/capture/x11/x11_features.hpp"

#include "capture/x11/x11_connection.hpp"

namespace pixelpass::capture {

Result<X11Features> find_x11(const std::string& display) {
  try {
    const X11Connection server(display);
    return X11Features{server.has_shared_memory()};
  } catch (const StartupError& error) {
    return error.error();
  }
}

}  // namespace pixelpass::capture
