#include "pixelpass/capture/stereo_sides.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace pixelpass::capture {
namespace {

constexpr StereoSides kNowhere{};
constexpr StereoSides kLeft{true, false};
constexpr StereoSides kRight{false, true};
constexpr StereoSides kBoth{true, true};

// The names of spa/param/audio/type-info.h.
constexpr std::array<std::string_view, 12> kLeftNames{"FL",  "SL",  "RL",  "FLC", "RLC",  "FLW",
                                                      "FLH", "TFL", "TRL", "TSL", "TFLC", "BLC"};
constexpr std::array<std::string_view, 12> kRightNames{"FR",  "SR",  "RR",  "FRC", "RRC",  "FRW",
                                                       "FRH", "TFR", "TRR", "TSR", "TFRC", "BRC"};
constexpr std::array<std::string_view, 8> kMiddleNames{"MONO", "FC", "RC", "TC", "TFC", "TRC", "FCH", "BC"};
constexpr std::array<std::string_view, 4> kLowNames{"LFE", "LFE2", "LLFE", "RLFE"};

/// Of "AUX7": 7. Any other name: the port's place.
std::size_t number_of(std::string_view channel, std::size_t index) {
  constexpr std::string_view kPrefix = "AUX";
  if (channel.starts_with(kPrefix))
    std::from_chars(channel.data() + kPrefix.size(), channel.data() + channel.size(), index);
  return index;
}

}  // namespace

StereoSides stereo_sides(std::string_view channel, std::size_t index, std::size_t count) {
  const auto is_one_of = [&](const auto& names) { return std::ranges::find(names, channel) != names.end(); };
  if (is_one_of(kLeftNames)) return kLeft;
  if (is_one_of(kRightNames)) return kRight;
  if (is_one_of(kLowNames)) return kNowhere;
  if (count == 1 || is_one_of(kMiddleNames)) return kBoth;
  return number_of(channel, index) % 2 == 0 ? kLeft : kRight;
}

}  // namespace pixelpass::capture
