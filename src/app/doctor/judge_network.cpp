#include "app/doctor/doctor_areas.hpp"

#include <cmath>

namespace pixelpass::app {
namespace {

constexpr const char* kNetArea = "network";
constexpr const char* kNotAsked = "not asked (--stun none)";

Check judge_udp(const NetworkFacts& network) {
  Check check{kNetArea, "UDP", CheckStatus::kOk, "a socket can be bound"};
  if (network.udp_blocked) {
    check.status = CheckStatus::kWarning;
    check.found = "nobody on the internet answers";
    check.means =
        "UDP is blocked here, or there is no internet: friends elsewhere need a relay over TCP or TLS";
    check.hint = "name one: --relay turns:USER:PASS@HOST";
  } else if (network.asked) {
    check.found += ", and the internet answers";
  }
  return check;
}

Check judge_nat(const NetworkFacts& network) {
  return {kNetArea, "NAT", CheckStatus::kOk, network.asked ? network.nat : kNotAsked};
}

/// Missing port mapping usually does no harm: the verdict on the whole network says what it means.
Check judge_mapping(const NetworkFacts& network) {
  Check check{kNetArea, "port mapping", CheckStatus::kOk, kNotAsked};
  if (!network.asked) return check;
  check.found = network.mapped_by + ": " + network.mapped;
  if (network.mapped_by.empty()) {
    check.status = CheckStatus::kWarning;
    check.found = network.mapping_complaint.empty() ? "the router has opened no port in time"
                                                    : network.mapping_complaint;
  } else if (!network.mapping_leads_here) {
    check.status = CheckStatus::kWarning;
    check.means = "the internet sees another address: behind a second NAT (the provider\'s?) it is of no use";
  }
  return check;
}

Check judge_v6(const NetworkFacts& network) {
  if (network.internet_sees_v6)
    return {kNetArea, "IPv6", CheckStatus::kOk, "a global address, and the internet sees it"};
  if (!network.has_global_v6) return {kNetArea, "IPv6", CheckStatus::kWarning, "no global address"};
  if (!network.asked) return {kNetArea, "IPv6", CheckStatus::kOk, "a global address"};
  return {kNetArea, "IPv6", CheckStatus::kWarning, "a global address, and no server has answered over it"};
}

Check judge_relay(const RelayFacts& relay) {
  Check check{kNetArea, "relay", CheckStatus::kOk, relay.server};
  if (relay.round_trip_ms > 0) {
    const auto ms = static_cast<long>(std::ceil(relay.round_trip_ms));
    check.found += " answers in " + std::to_string(ms) + " ms";
    return check;
  }
  check.status = CheckStatus::kWarning;
  check.found += " does not answer";
  check.means = "friends whom nothing else reaches cannot get in";
  check.hint = "is it running, and is its name right? Is its port open?";
  return check;
}

Check judge_friends(const NetworkFacts& network) {
  const bool is_well = network.verdict_hint.empty();
  return {kNetArea, "friends", is_well ? CheckStatus::kOk : CheckStatus::kWarning, network.verdict,
          network.verdict_hint};
}

}  // namespace

std::vector<Check> judge_network(const DoctorFacts& facts) {
  const NetworkFacts& network = facts.network;
  if (!network.socket.what.empty())
    return {{kNetArea,
             "UDP",
             CheckStatus::kMissing,
             "no socket can be bound: " + network.socket.what,
             "hosts and viewers talk over UDP",
             network.socket.hint,
             {true, true}}};
  if (!network.failure.what.empty())
    return {
        {kNetArea, "UDP", CheckStatus::kWarning, network.failure.what, "how friends get here is not known"}};
  std::vector<Check> checks{judge_udp(network), judge_nat(network), judge_mapping(network),
                            judge_v6(network)};
  for (const RelayFacts& relay : network.relays) checks.push_back(judge_relay(relay));
  checks.push_back(judge_friends(network));
  return checks;
}

}  // namespace pixelpass::app
