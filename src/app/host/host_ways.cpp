#include "app/host/host_ways.hpp"

#include "pixelpass/base/random.hpp"

#include "app/host/host_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>
#include <vector>

namespace pixelpass::app {
namespace {

/// A random name for the relay's quota, which tells the server nothing about who shares.
std::string random_name() {
  std::array<std::uint8_t, 6> bytes{};
  system_random(bytes);
  std::string name = "host";
  for (const auto byte : bytes) name += static_cast<char>('a' + byte % 26);
  return name;
}

Notice no_way_to(const ReplyCode& code) {
  std::string addresses;
  for (const auto& address : code.addresses)
    addresses += (addresses.empty() ? "" : ", ") + address.to_string();
  return {
      "no way through in two minutes to the viewer of the reply code (" + addresses + ")",
      "ask your friend to watch again and for the new code; if that does not help, a relay does: --relay"};
}

traversal::GatherSettings with_relay(traversal::GatherSettings settings, bool relay) {
  settings.relays = relay ? 1 : 0;
  return settings;
}

}  // namespace

HostWays::HostWays(boost::asio::io_context& io, HostSession& session, EventSink& events, Settings settings)
    : settings_(std::move(settings)),
      session_(session),
      events_(events),
      agent_(session, system_random),
      gatherer_(
          io,
          with_relay(gather_settings(settings_.options, settings_.bound), !settings_.options.relays.empty()),
          gather_handlers()),
      ticket_(settings_.terms, settings_.bound, events,
              [this](const auto& ticket, const auto& candidates) {
                if (settings_.page != nullptr) settings_.page->on_ticket(ticket, candidates);
              }),
      met_(agent_, met_handlers()),
      relay_waited_for_(!settings_.options.relays.empty()) {
  if (settings_.options.port_mapping && !settings_.bound.is_loopback())
    mapper_ = std::make_unique<traversal::PortMapper>(
        io, settings_.bound,
        traversal::PortMapper::Handlers{
            .on_mapped = [this](const auto& mapping) { gatherer_.on_mapped(mapping.inner, mapping.outer); },
            .on_lost = [this](const auto& mapping) { gatherer_.on_mapping_lost(mapping.inner); },
            .on_failed = [](const auto&) {}});  // the verdict says what friends need then
  if (!settings_.options.relays.empty())
    relay_ =
        std::make_unique<HostRelay>(std::make_unique<TimerAlarm>(io), traversal::relay_connectors(io, agent_),
                                    HostRelay::Settings{.servers = settings_.options.relays,
                                                        .expires_at = settings_.terms.expires_at(),
                                                        .run = random_name()},
                                    relay_handlers());
}

MetViewers::Handlers HostWays::met_handlers() {
  return {.tell = [this](std::uint32_t viewer, const auto& ours,
                         const Bytes& tag) { session_.send_candidates(viewer, ours, tag); },
          .permit =
              [this](const SocketAddress& peer) {
                if (relay_) relay_->permit(peer);
              },
          .forbid =
              [this](const SocketAddress& peer) {
                if (relay_) relay_->forget(peer);
              }};
}

traversal::Gatherer::Handlers HostWays::gather_handlers() {
  return {.ask_server =
              [this](const SocketAddress& server) {
                agent_.ask_outer_address(server, Clock::now());
                settings_.wake();
              },
          .forget_servers = [this] { agent_.forget_servers(); },
          .on_gathered = [this](const auto& found) { on_gathered(found); },
          .on_network_change = [this] { on_network_change(); }};
}

HostRelay::Handlers HostWays::relay_handlers() {
  return {
      .on_change = [this](const auto& relay) { on_relay(relay); },
      .on_outer = [this](const auto& server, const auto& outer) { gatherer_.on_reflexive(server, outer); },
      .on_error =
          [this](const Error& why) {
            events_.on(Notice{why.what, why.hint});
          },
      .wake = settings_.wake};
}

void HostWays::on_turn(Instant now) {
  while (const auto event = agent_.poll_event())
    std::visit([this](const auto& what) { handle(what); }, *event);
  while (const auto candidates = session_.poll_candidates()) {
    met_.meet(*candidates, now);
    settings_.wake();
  }
}

void HostWays::handle(const traversal::Reflexive& reflexive) {
  gatherer_.on_reflexive(reflexive.server, reflexive.outer);
}

void HostWays::handle(const traversal::RelayReady& ready) {
  if (relay_) relay_->on_event(ready);
}

void HostWays::handle(const traversal::RelayFailed& failed) {
  if (relay_) relay_->on_event(failed);
}

void HostWays::handle(const traversal::RelaySilent& silent) {
  if (silent.is_silent && relay_ && relay_->is_over(silent.relay)) relay_->restart();
}

void HostWays::on_relay(const std::optional<Relay>& relay) {
  const bool was_waited_for = std::exchange(relay_waited_for_, false);
  if (const auto& before = ticket_.relay(); before && (!relay || relay->relayed != before->relayed))
    gatherer_.on_relay_lost(before->relayed);
  if (relay)
    gatherer_.on_relay_ready(relay->relayed);
  else if (was_waited_for)
    gatherer_.on_relay_failed();
  ticket_.set_relay(relay);
  tell_ticket();
  met_.on_relayed(relay ? std::optional(relay->relayed) : std::nullopt, Clock::now());
  settings_.wake();
}

void HostWays::on_network_change() {
  if (mapper_) mapper_->restart();
  if (settings_.page != nullptr) settings_.page->on_network_change();
  if (relay_) relay_->look();
}

void HostWays::on_gathered(const traversal::Gathered& found) {
  ticket_.set_found(found);
  tell_ticket();
  met_.on_candidates(found.candidates, Clock::now());
  settings_.wake();
}

void HostWays::tell_ticket() {
  if (relay_ && relay_->is_in_doubt()) return;  // on_relay() is about to say
  ticket_.tell();
}

void HostWays::on_new_terms() {
  if (relay_) relay_->renew_credentials(settings_.terms.expires_at(), random_name());
  ticket_.tell();
}

void HostWays::tell_tickets() {
  ticket_.open();
  tell_ticket();
}

/// A browser does not answer our checks; its arrival shows that they have opened our NAT.
void HostWays::on_joined(const net::Path& path) {
  const auto from = path.remote.whole_host();  // its NAT may have given it another port towards us
  std::erase_if(codes_, [&](const auto& code) {
    const auto& addresses = code.second.addresses;
    const bool is_here = std::ranges::find(addresses, from, &SocketAddress::whole_host) != addresses.end();
    if (is_here) agent_.stop(code.first);
    return is_here;
  });
}

/// Begins a new attempt, also for a code that was given before.
void HostWays::on_reply_code(const ReplyCode& code) {
  std::erase_if(codes_, [&](const auto& known) { return known.second == code; });
  const auto attempt =
      agent_.punch(traversal::check_key(settings_.terms.identity().secret(), code.tag),
                   {.remotes = code.addresses, .duration = kReplyTime, .with_pauses = true}, Clock::now());
  codes_.emplace(attempt, code);
  settings_.wake();
}

/// A punch has failed. A viewer that was introduced over a relay tries again by itself; one with a code has
/// given up by now.
void HostWays::handle(const traversal::PunchFailed& failed) {
  const auto code = codes_.extract(failed.attempt);
  if (!code.empty()) events_.on(no_way_to(code.mapped()));
}

}  // namespace pixelpass::app
