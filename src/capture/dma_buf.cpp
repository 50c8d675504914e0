#include "pixelpass/capture/dma_buf.hpp"

#include "capture/picture_info.hpp"

#include <algorithm>

namespace pixelpass::capture {
namespace {

constexpr auto kLayout = "layout";

}  // namespace

DmaBufFormats in_all_formats(std::span<const std::uint64_t> layouts) {
  DmaBufFormats formats;
  if (layouts.empty()) return formats;
  for (const auto& pixels : kDrawnPixels) formats.push_back({pixels.drm, {layouts.begin(), layouts.end()}});
  return formats;
}

bool add(DmaBufFormats& to, std::string_view drm, std::span<const std::uint64_t> layouts) {
  auto format = std::ranges::find(to, drm, &DmaBufFormat::drm);
  if (format == to.end()) format = to.insert(to.end(), {drm, {}});
  const std::size_t before = format->layouts.size();
  for (const auto layout : layouts)
    if (std::ranges::find(format->layouts, layout) == format->layouts.end())
      format->layouts.push_back(layout);
  return format->layouts.size() > before;
}

bool leave_out(DmaBufFormats& formats, std::uint64_t layout) {
  std::size_t found = 0;
  for (auto& format : formats) found += std::erase(format.layouts, layout);
  std::erase_if(formats, [](const DmaBufFormat& format) { return format.layouts.empty(); });
  return found > 0;
}

std::optional<std::uint64_t> layout_of(GstSample* picture) {
  const GstStructure* info = info_of(picture);
  guint64 layout = 0;
  if (info == nullptr || gst_structure_get_uint64(info, kLayout, &layout) == FALSE) return std::nullopt;
  return layout;
}

gst::Owned<GstSample> with_layout(GstSample* picture, std::uint64_t layout) {
  GstStructure* info = copy_info(picture);
  gst_structure_set(info, kLayout, G_TYPE_UINT64, layout, nullptr);
  return with_info(picture, info);
}

}  // namespace pixelpass::capture
