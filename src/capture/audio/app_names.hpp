#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pixelpass::capture {

/// Whether a person who says `name` means what calls itself `candidate`: the same, or a run of its whole
/// words, upper and lower case being alike. "firefox" stands for "Firefox Web Browser", "firefox-bin" and
/// "org.mozilla.firefox", not for "firefoxy". A word is a run of letters and digits; bytes beyond ASCII count
/// as letters and have no case. Sans-IO.
bool stands_for(std::string_view name, std::string_view candidate);

/// Whether one of an application's names is that of a program people call each other with. Names that are
/// everyday words ("Signal", "Zoom") count only when they are the whole name. Sans-IO.
bool is_communication_app(std::span<const std::string> names);

}  // namespace pixelpass::capture
