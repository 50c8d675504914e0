#pragma once

#include "cli/tui/live_state.hpp"
#include <ftxui/dom/elements.hpp>

#include <string>

namespace pixelpass::cli {

/// One machine word, so that an atomic one needs no lock.
struct alignas(8) ScreenSize {
  int width = 0;   ///< columns
  int height = 0;  ///< lines
  friend bool operator==(const ScreenSize&, const ScreenSize&) = default;
};

/// The host's live view. What does not fit is left out, the least important first; a window too small for any
/// of it gets one line. `in_colour`: otherwise only bold, dim and inverse are used. Pure.
ftxui::Element live_screen(const LiveState& state, ScreenSize size, bool in_colour);

/// The element as text for a terminal, line by line, from the upper left corner. Pure.
std::string painted(const ftxui::Element& element, ScreenSize size);

}  // namespace pixelpass::cli
