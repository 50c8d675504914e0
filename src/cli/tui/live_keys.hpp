#pragma once

#include "pixelpass/app/control/control_request.hpp"

#include "cli/tui/keys.hpp"
#include "cli/tui/live_state.hpp"

#include <variant>
#include <vector>

namespace pixelpass::cli {

/// Copies the ticket to the clipboard.
struct CopyTicket {};
/// Copies the browsers' link.
struct CopyLink {};

/// A key's action: a request as the control socket takes it, or one of the view itself.
using LiveAction = std::variant<app::ControlRequest, CopyTicket, CopyLink>;

/// The actions of a key, in order; may change what is selected and asked. Pure.
std::vector<LiveAction> press(LiveState& state, const Key& key);

}  // namespace pixelpass::cli
