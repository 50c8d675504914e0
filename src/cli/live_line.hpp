#pragma once

#include "pixelpass/app/events.hpp"

#include <cstddef>
#include <string>

namespace pixelpass::cli {

/// A viewer's state in one line that is overwritten each second: path, bitrate, lag from the host's screen to
/// the shown picture (or to the local endpoint, if the player does not tell), skipped groups. What does not
/// fit into `columns` is left out, the last first. Pure.
std::string live_line(const app::ReceiveStats& stats, std::size_t columns);

/// The columns of the terminal `fd`, or 80 if unknown.
std::size_t terminal_columns(int fd);

/// Whether a line on `fd` can be overwritten: it is a terminal, and not a "dumb" one.
bool can_overwrite(int fd);

/// Whether the terminal currently belongs to another program or the shell.
bool is_in_background(int fd);

}  // namespace pixelpass::cli
