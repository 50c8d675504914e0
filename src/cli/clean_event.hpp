#pragma once

#include "pixelpass/app/events.hpp"

namespace pixelpass::cli {

/// The event with every text in it as it may be shown (base/clean_text): names, titles and reasons come from
/// peers, other programs and files. One line each and cut, but for what is of several lines (hints) or has
/// to stay whole (tickets, commands, URLs). Pure.
app::Event cleaned(app::Event event);

}  // namespace pixelpass::cli
