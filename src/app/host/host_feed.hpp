#pragma once

#include "app/host/host_input.hpp"
#include "app/host/host_session.hpp"
#include "app/host/publishers.hpp"

#include <functional>

namespace pixelpass::app {

/// Connects a host's source to its session, the session's broadcast to the engines, and the source's notices
/// to `events`. `wake` is called whenever the session was told something. The caller deals with the outcome
/// of the start: on_started and on_hung are not set.
HostInput::Handlers feed(HostSession& session, Publishers& publishers, EventSink& events,
                         std::function<void()> wake);

}  // namespace pixelpass::app
