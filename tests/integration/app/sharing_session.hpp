#pragma once

#include "pixelpass/base/random.hpp"

#include "app/host/host_session.hpp"
#include "app/host/host_settings.hpp"
#include "app/host/ticket_terms.hpp"

#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace pixelpass::app {

/// What stays on this machine.
inline HostOptions local_options() {
  HostOptions options;
  options.source = SourceKind::kTest;
  options.bind = *SocketAddress::parse("127.0.0.1:0");
  options.web = false;
  options.stun_servers.clear();
  options.notify = false;
  return options;
}

/// A host's session that shares, and what it wanted and told so far.
class SharingSession {
 public:
  explicit SharingSession(const HostOptions& options) : SharingSession(options, [](const AccessUnit&) {}) {}
  SharingSession(const HostOptions& options, std::function<void(const AccessUnit&)> units)
      : terms(options),
        session(settings(options, terms, std::move(units)), system_random, Clock::now(), system_wall_time) {
    StreamDescription stream;
    stream.source = "test";
    session.start(stream, Clock::now());
    drain();
  }

  void drain() {
    while (const auto command = session.poll_command()) commands.push_back(*command);
    while (auto event = session.poll_event()) events.push_back(*std::move(event));
  }
  template <class Command>
  [[nodiscard]] bool wants() const {
    return !commands.empty() && std::holds_alternative<Command>(commands.back());
  }
  /// The newest that was told; null: it was of another kind.
  template <class T>
  [[nodiscard]] const T* last() const {
    return events.empty() ? nullptr : std::get_if<T>(&events.back());
  }

  TicketTerms terms;
  HostSession session;
  std::vector<SourceCommand> commands;
  std::vector<HostEvent> events;

 private:
  static HostSessionSettings settings(const HostOptions& options, const TicketTerms& terms,
                                      std::function<void(const AccessUnit&)> units) {
    auto all = session_settings(options, terms);
    all.units = std::move(units);
    return all;
  }
};

}  // namespace pixelpass::app
