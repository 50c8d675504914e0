#pragma once

#include "pixelpass/app/doctor/doctor.hpp"
#include "pixelpass/app/doctor/doctor_facts.hpp"
#include "pixelpass/base/clock.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace pixelpass::app {

/// How long all questions together may take: whatever answers at all does so in milliseconds.
inline constexpr Duration kAnswerLimit = 2s;
/// The time for services and programs that may have to be started, or read from disk: the portal, a driver, a
/// player.
inline constexpr Duration kStartLimit = 3s;
/// The time for the network: the search for routers by UPnP takes two seconds, and a port has to be given
/// back.
inline constexpr Duration kNetworkLimit = 4s;
/// The time for GStreamer, which scans all of its plugins when they have changed.
inline constexpr Duration kRegistryLimit = 10s;

/// Asks this machine about everything; a question that is not answered in time, or crashes, is a fact, too.
/// Blocks: a tenth of a second or two, kRegistryLimit at most. Thread: the only one of the process.
DoctorFacts gather_facts(const DoctorOptions& options);

/// The first line of the output of a player's `command`, run by a shell, up to the end of the version number.
/// The command does not inherit a ticket that was meant for us.
std::string version_of(const std::string& command);

/// The existing folders from which VLC loads its plugins: the distributions' below `root`, and `own`,
/// $VLC_PLUGIN_PATH.
std::vector<std::string> vlc_plugin_folders(const std::filesystem::path& root, const std::string& own);

}  // namespace pixelpass::app
