#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pixelpass::capture {

enum class AudioMode : std::uint8_t {
  kApps,     ///< what applications play, without calls
  kMonitor,  ///< everything that the default output plays, calls too
  kMic,      ///< the default microphone; no other mode ever records one
};

/// Which sound is captured. A name means an application if, whatever its case, it equals the application's
/// name, its program's or its node's, or a run of whole words in one of them: "firefox" means "Firefox",
/// "Firefox Web Browser" and "firefox-bin", not "Firefoxy".
struct AudioSettings {
  AudioMode mode = AudioMode::kApps;
  /// kApps: the only applications that are captured, calls too if they are named. Empty: all.
  std::vector<std::string> only_apps = {};
  /// kApps: applications that are left out.
  std::vector<std::string> excluded_apps = {};
  /// kApps: further communication applications, left out like the built-in ones.
  std::vector<std::string> communication_apps = {};
};

}  // namespace pixelpass::capture
