#include "app/host/host_feed.hpp"

#include <utility>

namespace pixelpass::app {

HostInput::Handlers feed(HostSession& session, Publishers& publishers, EventSink& events,
                         std::function<void()> wake) {
  const auto then_wake = [wake = std::move(wake)](auto tell) {
    return [wake, tell](auto what) {
      tell(std::move(what));
      wake();
    };
  };
  HostInput::Handlers handlers;
  handlers.on_unit = then_wake([&session](const AccessUnit& unit) { session.on_unit(unit, Clock::now()); });
  handlers.on_frame = then_wake([&session, &publishers](Frame frame) {
    session.on_frame(std::move(frame));
    publishers.on_broadcast();
  });
  handlers.on_ended =
      then_wake([&session](const Error& error) { session.on_source_ended(error, Clock::now()); });
  handlers.on_described =
      then_wake([&session](const StreamDescription& stream) { session.on_described(stream, Clock::now()); });
  handlers.on_notice = [&events](const Notice& notice) { events.on(notice); };
  handlers.on_hidden =
      then_wake([&session](const std::string& reason) { session.on_source_hidden(reason, Clock::now()); });
  return handlers;
}

}  // namespace pixelpass::app
