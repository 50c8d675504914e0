#pragma once

#include "pixelpass/app/control/control_request.hpp"

#include "cli/tui/keys.hpp"
#include "cli/tui/live_state.hpp"

#include <variant>
#include <vector>

namespace pixelpass::cli {

/// The ticket is wanted in the clipboard.
struct CopyTicket {};
/// The browsers' link is.
struct CopyLink {};

/// What a key asks for: a request as the control socket takes it, or what is the view's own.
using LiveAction = std::variant<app::ControlRequest, CopyTicket, CopyLink>;

/// What a key does, in this order; it may change what is selected and asked. Pure.
std::vector<LiveAction> press(LiveState& state, const Key& key);

}  // namespace pixelpass::cli
