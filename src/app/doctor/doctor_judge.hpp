#pragma once

#include "pixelpass/app/doctor/check.hpp"
#include "pixelpass/app/doctor/doctor_facts.hpp"

#include <vector>

namespace pixelpass::app {

/// What the facts mean for hosting and viewing, in reading order. Pure.
std::vector<Check> judge(const DoctorFacts& facts);

/// Hosting and viewing work unless something missing blocks them.
DoctorResult sum_up(const std::vector<Check>& checks);

}  // namespace pixelpass::app
