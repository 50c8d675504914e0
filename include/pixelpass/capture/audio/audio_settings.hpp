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

/// Which sound is captured. A name stands for an application when it is, whatever its case, the application's
/// name, its program, or its node's name, or a run of whole words of one of them: "firefox" is "Firefox",
/// "Firefox Web Browser" and "firefox-bin", not "Firefoxy".
struct AudioSettings {
  AudioMode mode = AudioMode::kApps;
  /// kApps: nothing but these, calls too if they are named. Empty: all.
  std::vector<std::string> only_apps = {};
  /// kApps: none of these.
  std::vector<std::string> excluded_apps = {};
  /// kApps: left out like the built-in communication applications.
  std::vector<std::string> communication_apps = {};
};

}  // namespace pixelpass::capture
