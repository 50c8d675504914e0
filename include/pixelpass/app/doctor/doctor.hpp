#pragma once

#include "pixelpass/app/doctor/doctor_facts.hpp"
#include "pixelpass/app/events.hpp"
#include "pixelpass/traversal/relay_server.hpp"
#include "pixelpass/traversal/stun_servers.hpp"

#include <functional>
#include <vector>

namespace pixelpass::app {

struct DoctorOptions {
  /// The servers that are asked for our outer address; empty: neither they nor the router are asked.
  std::vector<traversal::StunServer> stun_servers = traversal::default_stun_servers();
  std::vector<traversal::RelayServer> relays;  ///< asked whether they are there
};

/// Reports what works on this machine, what is missing, and what to type: an event for each check, and one
/// for the result. kDone: both hosting and viewing can work; else kCouldNotStart.
/// Thread: the process must have no other when the facts come from gather_facts().
ExitCode run_doctor(const DoctorOptions& options, EventSink& events);
ExitCode run_doctor(const std::function<DoctorFacts()>& gather, EventSink& events);

}  // namespace pixelpass::app
