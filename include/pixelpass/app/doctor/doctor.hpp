#pragma once

#include "pixelpass/app/doctor/doctor_facts.hpp"
#include "pixelpass/app/events.hpp"

#include <functional>

namespace pixelpass::app {

struct DoctorOptions {};

/// Says what works on this machine, what is missing, and what to type: an event for each check, and one for
/// what they come to. kDone: both hosting and viewing can work; else kCouldNotStart.
/// Thread: the only one of this process, when the facts come from gather_facts().
ExitCode run_doctor(const DoctorOptions& options, EventSink& events);
ExitCode run_doctor(const std::function<DoctorFacts()>& gather, EventSink& events);

}  // namespace pixelpass::app
