#pragma once

#include "cli/tui/live_screen.hpp"
#include <ftxui/dom/elements.hpp>

#include <optional>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// The modules of a QR code (ISO/IEC 18004), row by row, without the blank margin; true: dark. Error
/// correction is the lowest, since a screen has no stains. Empty: the text is too long. Pure.
using QrModules = std::vector<std::vector<bool>>;
QrModules qr_modules(const std::string& text);

/// A ticket as a QR code in the middle of the window, two modules a character; in a window that is too small,
/// the size that is needed. Black on white if colours are wanted; otherwise the text colour is assumed to be
/// the brighter one. Pure.
ftxui::Element ticket_as_qr_code(const std::string& ticket, ScreenSize size, bool in_colour);
/// The same for a browsers' link, which a phone's camera opens; nullopt: the window is too small. Pure.
std::optional<ftxui::Element> page_link_as_qr_code(const std::string& url, ScreenSize size, bool in_colour);

}  // namespace pixelpass::cli
