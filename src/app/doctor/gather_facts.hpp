#pragma once

#include "pixelpass/app/doctor/doctor.hpp"
#include "pixelpass/app/doctor/doctor_facts.hpp"
#include "pixelpass/base/clock.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace pixelpass::app {

/// How long a question may take, all of them at once: what answers at all answers in milliseconds.
inline constexpr Duration kAnswerLimit = 2s;
/// The time for what may have to be started, or read from a disk, first: the portal, a driver, a player.
inline constexpr Duration kStartLimit = 3s;
/// Routers are searched for by UPnP for two seconds, and a port is given back.
inline constexpr Duration kNetworkLimit = 4s;
/// GStreamer looks through all of its plugins when they have changed.
inline constexpr Duration kRegistryLimit = 10s;

/// Asks this machine about everything; whatever does not answer in time, or crashes, is a fact too.
/// Blocks: a tenth of a second or two, kRegistryLimit at most. Thread: the only one of the process.
DoctorFacts gather_facts(const DoctorOptions& options);

/// The first line of what a player says to a shell's `command`, up to the end of the number in it. It does
/// not get a ticket that was meant for us.
std::string version_of(const std::string& command);

/// The folders that VLC loads its plugins from and that exist: those of the distributions below `root`, and
/// `own`, $VLC_PLUGIN_PATH.
std::vector<std::string> vlc_plugin_folders(const std::filesystem::path& root, const std::string& own);

}  // namespace pixelpass::app
