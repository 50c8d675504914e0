#include "app/doctor/explore_network.hpp"

#include "pixelpass/traversal/explore.hpp"

namespace pixelpass::app {
namespace {

RelayFacts facts_of(const traversal::RelayHealth& relay) {
  return {relay.server, relay.round_trip ? to_ms(*relay.round_trip) : 0};
}

NetworkFacts facts_of(const traversal::Explored& explored) {
  const auto& found = explored.found.surroundings;
  const auto& verdict = explored.found.verdict;
  NetworkFacts facts;
  facts.asked = found.asks;
  facts.udp_blocked = verdict.nat == traversal::NatKind::kUdpBlocked;
  facts.nat = traversal::describe(verdict.nat);
  facts.verdict = verdict.words;
  facts.verdict_hint = verdict.hint;
  facts.mapped_by = explored.mapped_by;
  facts.mapping_complaint = explored.mapping_complaint;
  if (explored.mapped) {
    facts.mapped = explored.mapped->to_string();
    facts.mapping_leads_here = traversal::is_of_use(*explored.mapped, found);
  }
  facts.has_global_v6 = explored.has_global_v6;
  facts.internet_sees_v6 = explored.internet_sees_v6;
  for (const auto& relay : explored.relays) facts.relays.push_back(facts_of(relay));
  return facts;
}

}  // namespace

NetworkFacts explore_network(const DoctorOptions& options) {
  try {
    return facts_of(traversal::explore({.stun_servers = options.stun_servers,
                                        .asks_router = !options.stun_servers.empty(),
                                        .relays = options.relays}));
  } catch (const StartupError& error) {
    NetworkFacts facts;
    facts.socket = {error.error().what, "allow this program to use the network (a sandbox, a container)"};
    return facts;
  }
}

}  // namespace pixelpass::app
