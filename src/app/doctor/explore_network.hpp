#pragma once

#include "pixelpass/app/doctor/doctor.hpp"
#include "pixelpass/app/doctor/doctor_facts.hpp"

namespace pixelpass::app {

/// What a host on this network would find out by traversal::explore(). Blocks: kNetworkLimit at most.
NetworkFacts explore_network(const DoctorOptions& options);

}  // namespace pixelpass::app
