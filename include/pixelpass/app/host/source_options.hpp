#pragma once

#include "pixelpass/media/size.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::app {

/// The kinds of sources.
enum class SourceKind : std::uint8_t { kAuto, kPortal, kX11, kTest, kStdin };

/// The part of the screen, at most one of these. None: what the portal's dialog offers; on X11 the monitor
/// that was last chosen while a host ran, else the primary one; in a running host, its next monitor.
struct ScreenOptions {
  /// X11: a name, a number or "all"; empty: as none. Portal: the dialog offers only monitors.
  std::optional<std::string> monitor;
  /// X11: an XID, or empty to pick it with a click. Portal: the dialog offers only windows.
  std::optional<std::string> window;
  /// Portal: a virtual monitor of this size, made for the session.
  std::optional<Size> virtual_size;
};

/// The range of a picture's bitrate, in bits a second.
inline constexpr std::int64_t kMinBitrate = 50'000;
inline constexpr std::int64_t kMaxBitrate = 1'000'000'000;

/// What the picture is for, which says what is reduced first if not everything is possible.
enum class PictureUse : std::uint8_t {
  kAuto,    ///< by what changes on the screen
  kText,    ///< pictures a second: it stays sharp
  kMotion,  ///< size: it stays smooth
};

struct PictureOptions {
  /// The picture is scaled to fit, with its aspect ratio. None: the screen's own size (1280x720 for the test
  /// picture).
  std::optional<Size> size;
  int fps = 30;  ///< at most
  std::int64_t bitrate_bps = 6'000'000;
  /// Whether bitrate, size and rate stay fixed, instead of following the viewers' lines.
  bool is_bitrate_fixed = false;
  PictureUse use = PictureUse::kAuto;
  std::string encoder = "auto";  ///< auto, vaapi, nvenc, x264, openh264
};

enum class AudioKind : std::uint8_t {
  kAuto,     ///< what applications play, calls left out; the test picture's tone
  kNone,     ///< no sound track
  kMonitor,  ///< everything that the speakers play
  kMic,
};

struct AudioOptions {
  AudioKind kind = AudioKind::kAuto;
  std::vector<std::string> only_apps;      ///< not empty: these alone
  std::vector<std::string> excluded_apps;  ///< and calls
  std::vector<std::string> call_apps;      ///< count as calls too
};

}  // namespace pixelpass::app
