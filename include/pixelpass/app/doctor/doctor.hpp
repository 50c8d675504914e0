#pragma once

#include "pixelpass/app/doctor/doctor_facts.hpp"
#include "pixelpass/app/events.hpp"
#include "pixelpass/traversal/relay_server.hpp"
#include "pixelpass/traversal/stun_servers.hpp"

#include <functional>
#include <vector>

namespace pixelpass::app {

struct DoctorOptions {
  /// Asked for our outer address; empty: neither they nor the router.
  std::vector<traversal::StunServer> stun_servers = traversal::default_stun_servers();
  std::vector<traversal::RelayServer> relays;  ///< asked whether they are there
};

/// Says what works on this machine, what is missing, and what to type: an event for each check, and one for
/// what they come to. kDone: both hosting and viewing can work; else kCouldNotStart.
/// Thread: the only one of this process, when the facts come from gather_facts().
ExitCode run_doctor(const DoctorOptions& options, EventSink& events);
ExitCode run_doctor(const std::function<DoctorFacts()>& gather, EventSink& events);

}  // namespace pixelpass::app
