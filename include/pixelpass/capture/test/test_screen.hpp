#pragma once

#include "pixelpass/capture/screen_capture.hpp"
#include "pixelpass/media/size.hpp"

#include <memory>

namespace pixelpass::capture {

struct TestScreenSettings {
  Size size{1280, 720};
  int fps = 30;  ///< pictures a second, all of them new
};

/// A screen that is not there: the SMPTE bars, which move, with the time of day and how long it has been
/// shown, in shared memory: BGRx. It needs nothing of the machine. `captured_at`: the moment that the
/// picture's own clocks show. Throws StartupError when there is no memory for its pictures.
std::unique_ptr<ScreenCapture> make_test_screen(const TestScreenSettings& settings,
                                                ScreenCallbacks callbacks);

}  // namespace pixelpass::capture
