#include "cli/quantities.hpp"

#include "pixelpass/app/host/source_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace pixelpass::cli {
namespace {

using std::chrono::milliseconds;

constexpr double kMaxMilliseconds = 10.0 * 366 * 24 * 3600 * 1000;
constexpr int kMinPixels = 64;
constexpr int kMaxPixels = 8192;
constexpr int kMostFps = 240;

/// A number, and what follows it, in lower case.
struct Measure {
  double value = 0;
  std::string unit;
};

/// ASCII alone, whatever the locale.
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::optional<Measure> split(std::string_view text) {
  // from_chars would take "inf", "nan" and a minus sign.
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  return Measure{value, lower(text.substr(static_cast<std::size_t>(end - text.data())))};
}

std::optional<double> milliseconds_in(std::string_view unit, milliseconds bare) {
  struct Unit {
    std::string_view name;
    double ms;
  };
  constexpr std::array<Unit, 5> kUnits = {
      {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}}};
  if (unit.empty()) return static_cast<double>(bare.count());
  for (const auto& [name, ms] : kUnits)
    if (unit == name) return ms;
  return std::nullopt;
}

/// Not "MBps": whether that means bits or bytes, nobody can tell.
std::optional<double> bits_in(std::string_view unit) {
  if (unit.empty()) return 1;
  const auto rest = unit.substr(1);
  if (!rest.empty() && rest != "bit" && rest != "bit/s") return std::nullopt;
  if (unit[0] == 'm') return 1e6;
  if (unit[0] == 'k') return 1e3;
  return std::nullopt;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_side(std::optional<int> pixels) {
  return pixels && *pixels >= kMinPixels && *pixels <= kMaxPixels && *pixels % 2 == 0;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text, milliseconds unit) {
  const auto measure = split(text);
  if (!measure) return std::nullopt;
  const auto factor = milliseconds_in(measure->unit, unit);
  if (!factor || measure->value * *factor > kMaxMilliseconds) return std::nullopt;
  return milliseconds(std::llround(measure->value * *factor));
}

std::optional<std::int64_t> parse_bitrate(std::string_view text) {
  const auto measure = split(text);
  if (!measure) return std::nullopt;
  const auto factor = bits_in(measure->unit);
  if (!factor) return std::nullopt;
  const double bits = measure->value * *factor;
  if (bits < static_cast<double>(app::kMinBitrate) || bits > static_cast<double>(app::kMaxBitrate))
    return std::nullopt;
  return std::llround(bits);
}

std::optional<int> parse_shown(std::string_view text) {
  if (text == "all") return 0;
  const auto number = whole_number(text);
  return number && *number > 0 ? number : std::nullopt;
}

std::optional<std::uint32_t> parse_viewer(std::string_view text) {
  const auto number = whole_number(text);
  if (!number || *number < 1) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<AskedBitrate> parse_asked_bitrate(std::string_view text) {
  constexpr std::string_view kFixed = "fixed:";
  const bool is_fixed = lower(text.substr(0, kFixed.size())) == kFixed;
  const auto rate = parse_bitrate(is_fixed ? text.substr(kFixed.size()) : text);
  if (!rate) return std::nullopt;
  return AskedBitrate{*rate, is_fixed};
}

std::optional<Size> parse_size(std::string_view text) {
  const auto x = text.find_first_of("xX");
  if (x == text.npos) return std::nullopt;
  const auto width = whole_number(text.substr(0, x));
  const auto height = whole_number(text.substr(x + 1));
  if (!is_side(width) || !is_side(height)) return std::nullopt;
  return Size{*width, *height};
}

std::optional<int> parse_fps(std::string_view text) {
  constexpr std::string_view kUnit = "fps";
  const bool has_unit = lower(text).ends_with(kUnit);
  const auto fps = whole_number(has_unit ? text.substr(0, text.size() - kUnit.size()) : text);
  return fps && *fps >= 1 && *fps <= kMostFps ? fps : std::nullopt;
}

std::optional<SocketAddress> parse_bind(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto address = SocketAddress::parse(text)) return address;
  const auto port = text.starts_with(':') ? text.substr(1) : text;
  return SocketAddress::parse("0.0.0.0:" + std::string(port));
}

bool is_page_url(std::string_view text) {
  constexpr std::size_t kLongest = 1024;
  constexpr std::string_view kNotInUrls = "#\"<>\\^`{|}";  // RFC 3986, appendix A, but for the fragment's
  const auto fits = [=](char c) {
    return c > ' ' && c <= '~' && kNotInUrls.find(c) == std::string_view::npos;
  };
  if (text.size() > kLongest || !std::ranges::all_of(text, fits)) return false;
  for (const std::string_view scheme : {"http://", "https://", "file:///"})
    if (text.starts_with(scheme)) return text.size() > scheme.size() && text[scheme.size()] != '/';
  return false;
}

std::string bitrate_text(std::int64_t bits_per_second) {
  std::array<char, 32> text{};
  const auto bits = static_cast<double>(bits_per_second);
  if (bits < 1e6)
    std::snprintf(text.data(), text.size(), "%.0f kbit/s", bits / 1e3);
  else
    std::snprintf(text.data(), text.size(), "%.1f Mbit/s", bits / 1e6);
  return text.data();
}

}  // namespace pixelpass::cli
