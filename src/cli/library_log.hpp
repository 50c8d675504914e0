#pragma once

#include "pixelpass/cli/line_writer.hpp"

#include <memory>

namespace pixelpass::cli {

/// Sends what GLib and GStreamer log through GLib to these lines from now on. GLib's own writer would block
/// the logging thread (the media thread, an encoder's) when the terminal blocks. Only a message that ends the
/// process is written by GLib, at once. Thread: any. Once the lines are destroyed, GLib writes again.
void take_library_log(std::weak_ptr<LineWriter> lines);

}  // namespace pixelpass::cli
