#pragma once

#include "cli/tui/live_state.hpp"
#include <ftxui/dom/elements.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// The viewers, as at most `room` lines: a heading, the columns' names, a line a viewer. Columns that do not
/// fit are left out. Pure.
ftxui::Elements viewer_table(const LiveState& state, int width, std::size_t room);

/// Durations as blocks of eight heights, the newest last, at most `width` of them; full height is `kLate`, or
/// the longest one if that is longer.
std::string sparkline(const std::deque<Duration>& values, int width);

/// A line of exactly `width` columns. What is cut ends in "…": a ticket or a link that is not whole would
/// else be taken for one.
ftxui::Element one_line(const std::string& text, int width);
/// Parts, whole, in lines of at most `width` columns; `between` stands between two on a line.
std::vector<std::string> wrapped(const std::vector<std::string>& parts, const std::string& between,
                                 int width);
/// Wraps text into lines of at most `width` columns, at blanks if possible.
std::vector<std::string> wrapped(const std::string& text, int width);

}  // namespace pixelpass::cli
