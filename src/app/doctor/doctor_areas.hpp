#pragma once

#include "pixelpass/app/doctor/check.hpp"
#include "pixelpass/app/doctor/doctor_facts.hpp"

#include <span>
#include <string>
#include <vector>

namespace pixelpass::app {

/// Each function judges one area, for judge(). Pure.
std::vector<Check> judge_screen(const DoctorFacts& facts);
std::vector<Check> judge_audio(const DoctorFacts& facts);
std::vector<Check> judge_encoding(const DoctorFacts& facts);
std::vector<Check> judge_viewing(const DoctorFacts& facts);
std::vector<Check> judge_network(const DoctorFacts& facts);

/// What a start uses, too: GStreamer and its elements, VLC's plugins.
std::vector<Check> judge_elements(const DoctorFacts& facts);
Check judge_vlc_plugins(const DoctorFacts& facts);

/// The command for the machine that the facts are of.
std::string install(const DoctorFacts& facts, std::span<const PackageNames> packages);

}  // namespace pixelpass::app
