#pragma once

#include "pixelpass/media/size.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::app {

/// What is shared.
enum class SourceKind : std::uint8_t { kAuto, kPortal, kX11, kTest, kStdin };

/// Which part of the screen; one at the most. None: what the portal's dialog offers; on X11 the monitor that
/// was chosen last while a host ran, else the primary one; where a host runs, its next monitor.
struct ScreenOptions {
  /// X11: a name, a number or "all"; empty: as none. Portal: the dialog offers monitors alone.
  std::optional<std::string> monitor;
  /// X11: an XID, empty: picked with a click. Portal: the dialog offers windows alone.
  std::optional<std::string> window;
  /// Portal: a monitor of this size that is made for the occasion.
  std::optional<Size> virtual_size;
};

/// What a picture's bitrate may be, in bits a second.
inline constexpr std::int64_t kMinBitrate = 50'000;
inline constexpr std::int64_t kMaxBitrate = 1'000'000'000;

/// What is watched for, which says what a picture gives up first where not all of it can be had.
enum class PictureUse : std::uint8_t {
  kAuto,    ///< by what changes on the screen
  kText,    ///< pictures a second: it stays sharp
  kMotion,  ///< size: it stays smooth
};

struct PictureOptions {
  /// The picture fits into this, in its own proportions. None: the screen's own size (1280x720 for the test
  /// picture).
  std::optional<Size> size;
  int fps = 30;  ///< at most
  std::int64_t bitrate_bps = 6'000'000;
  /// It does not follow what the viewers' lines carry, nor do the pictures' size and rate.
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
