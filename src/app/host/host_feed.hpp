#pragma once

#include "app/host/host_input.hpp"
#include "app/host/host_session.hpp"
#include "app/host/publishers.hpp"

#include <functional>

namespace pixelpass::app {

/// What a host's source gives goes to its session, and from the session's broadcast to the engines; what it
/// says for people to `events`. `wake` comes each time that the session has been told something. Whether the
/// start has come to something is the caller's concern: on_started and on_hung are left to it.
HostInput::Handlers feed(HostSession& session, Publishers& publishers, EventSink& events,
                         std::function<void()> wake);

}  // namespace pixelpass::app
