#pragma once

#include "pixelpass/app/events.hpp"

namespace pixelpass::cli {

/// The event with every text made fit to be shown (base/clean_text): names, titles and reasons come from
/// peers, other programs and files. Each becomes one line and is cut, except texts that have several lines
/// (hints) or have to stay whole (tickets, commands, URLs). Pure.
app::Event cleaned(app::Event event);

}  // namespace pixelpass::cli
