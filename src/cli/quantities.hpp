#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/media/size.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass::cli {

/// Quantities as people type them on the command line, units in any case. Pure. Nullopt: not understood; each
/// comment says what is accepted.

/// "250ms", "8s", "90m", "8h", "2d"; a number alone counts in `unit`. Not negative, at most ten years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                        std::chrono::milliseconds unit);

/// "6M", "2.5Mbit", "800kbit/s", "6000000": bits per second, 50 kbit/s to 1 Gbit/s.
std::optional<std::int64_t> parse_bitrate(std::string_view text);

/// "1", "2", …: a monitor or window; "all": 0.
std::optional<int> parse_shown(std::string_view text);
/// A viewer's number: from 1 on.
std::optional<std::uint32_t> parse_viewer(std::string_view text);
struct AskedBitrate {
  std::int64_t bits_per_second = 0;
  bool is_fixed = false;
};
/// The same, as a maximum that follows the lines, and "fixed:6M", which does not follow them.
std::optional<AskedBitrate> parse_asked_bitrate(std::string_view text);

/// "1280x720": pixels, both even (the encoders' 4:2:0 needs it), 64 to 8192.
std::optional<Size> parse_size(std::string_view text);
/// "60", "60fps": pictures a second, 1 to 240.
std::optional<int> parse_fps(std::string_view text);

/// "192.0.2.1:4433", "[::]:4433", "192.0.2.1", ":4433" and "4433" (all interfaces).
std::optional<SocketAddress> parse_bind(std::string_view text);

/// "https://pages.example/watch", "http://…", "file:///…", to which a fragment can be added: printable ASCII
/// without one.
bool is_page_url(std::string_view text);

/// "12.3 Mbit/s", "800 kbit/s".
std::string bitrate_text(std::int64_t bits_per_second);

}  // namespace pixelpass::cli
