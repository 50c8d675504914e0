#pragma once

#include "cli/tui/menu_state.hpp"

#include <optional>
#include <string>

namespace pixelpass::cli {

/// The menu's page as lines to be read out, with what is asked at the end. No control sequences. Pure.
std::string plain_question(const MenuState& state);

/// Applies an answer to the menu; a choice ends it. `text`: the line, or several that were pasted. Pure.
std::optional<MenuChoice> plain_answer(MenuState& state, const std::string& text, UnixTime now);

/// Asks on standard output and reads lines from standard input, until something is chosen; the end of the
/// input leaves. For dumb terminals and screen readers. Blocks; Ctrl-C ends the process (Interrupts).
MenuChoice ask_plainly(MenuState& state);

/// Prints the text, and waits for a line of standard input or for its end.
void wait_for_enter(const std::string& says);

}  // namespace pixelpass::cli
