#pragma once

#include "pixelpass/cli/line_writer.hpp"

#include <memory>

namespace pixelpass::cli {

/// What GLib and GStreamer say through GLib's log, in GLib's words, goes to these lines from now
/// on. GLib itself writes to standard error, and the thread that complains (the media thread, an encoder's)
/// would stand still with a terminal that does. Only a message that ends the process is written by GLib, at
/// once. Thread: any. Once the lines are gone, GLib writes again.
void take_library_log(std::weak_ptr<LineWriter> lines);

}  // namespace pixelpass::cli
