#pragma once

#include "pixelpass/gst/gst.hpp"

namespace pixelpass::capture {

inline constexpr auto kPictureInfo = "pixelpass-picture";

/// The sample's info, or null.
inline const GstStructure* info_of(GstSample* picture) {
  const GstStructure* info = gst_sample_get_info(picture);
  return info != nullptr && gst_structure_has_name(info, kPictureInfo) != FALSE ? info : nullptr;
}

/// A copy of the info, to which more can be added. The caller owns it.
inline GstStructure* copy_info(GstSample* picture) {
  const GstStructure* info = info_of(picture);
  return info != nullptr ? gst_structure_copy(info) : gst_structure_new_empty(kPictureInfo);
}

/// The same picture (its memory is shared) with this info, of which it takes ownership.
inline gst::Owned<GstSample> with_info(GstSample* picture, GstStructure* info) {
  return gst::Owned<GstSample>(gst_sample_new(gst_sample_get_buffer(picture), gst_sample_get_caps(picture),
                                              gst_sample_get_segment(picture), info));
}

}  // namespace pixelpass::capture
