#pragma once

#include "pixelpass/app/events.hpp"

#include <cstddef>
#include <string>

namespace pixelpass::cli {

/// A viewer's state in one line that is written over each second: path, bitrate, lag from the host's screen
/// to the picture that is shown (to the local endpoint where the player does not say), groups that were
/// skipped. What does not fit into `columns` is left out, the last first. Pure.
std::string live_line(const app::ReceiveStats& stats, std::size_t columns);

/// Columns of the terminal that `fd` is, or 80 where it does not say.
std::size_t terminal_columns(int fd);

/// Whether a line on `fd` can be written over: it is a terminal, and none that is called dumb.
bool can_overwrite(int fd);

/// Whether that terminal is another program's now, or the shell's.
bool is_in_background(int fd);

}  // namespace pixelpass::cli
