#pragma once

#include "pixelpass/app/doctor/check.hpp"
#include "pixelpass/app/doctor/doctor_facts.hpp"

#include <vector>

namespace pixelpass::app {

/// What the facts mean to somebody who wants to share or to watch, in the order in which it is read. Pure.
std::vector<Check> judge(const DoctorFacts& facts);

/// Hosting and viewing work unless something missing blocks them.
DoctorResult sum_up(const std::vector<Check>& checks);

}  // namespace pixelpass::app
