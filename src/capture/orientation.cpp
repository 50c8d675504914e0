#include "pixelpass/capture/orientation.hpp"

#include "capture/picture_info.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr auto kMirrored = "mirrored";
constexpr auto kQuarterTurns = "quarter-turns";

/// By gsttaglist.h and gst-plugins-base/gst-libs/gst/tag/gstexiftag.c, which says what each name means:
/// Exif's 5, the transpose, is "flip-rotate-270".
constexpr std::array<std::pair<std::string_view, Orientation>, 8> kNames{{
    {"rotate-0", {false, 0}},
    {"rotate-90", {false, 1}},
    {"rotate-180", {false, 2}},
    {"rotate-270", {false, 3}},
    {"flip-rotate-0", {true, 0}},
    {"flip-rotate-90", {true, 1}},
    {"flip-rotate-180", {true, 2}},
    {"flip-rotate-270", {true, 3}},
}};

}  // namespace

std::optional<Orientation> orientation_named(std::string_view tag) {
  const auto* found = std::ranges::find(kNames, tag, [](const auto& row) { return row.first; });
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

Orientation orientation_of(GstSample* picture) {
  const GstStructure* info = info_of(picture);
  gboolean mirrored = FALSE;
  int turns = 0;
  if (info == nullptr || gst_structure_get(info, kMirrored, G_TYPE_BOOLEAN, &mirrored, kQuarterTurns,
                                           G_TYPE_INT, &turns, nullptr) == FALSE)
    return {};
  return {mirrored != FALSE, turns};
}

gst::Owned<GstSample> with_orientation(GstSample* picture, Orientation orientation) {
  GstStructure* info = copy_info(picture);
  gst_structure_set(info, kMirrored, G_TYPE_BOOLEAN, static_cast<gboolean>(orientation.mirrored),
                    kQuarterTurns, G_TYPE_INT, orientation.quarter_turns, nullptr);
  return with_info(picture, info);
}

}  // namespace pixelpass::capture
