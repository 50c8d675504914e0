#include "encode/picture_turn.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pixelpass::encode {
namespace {

using gst::Owned;

TEST(PictureTurn, AnElementIsToldWhatGStreamerReadsInTheTag) {
  gst::start_gstreamer();
  for (const std::string turn : {"rotate-0", "rotate-90", "rotate-180", "rotate-270"}) {
    for (const std::string& name : {turn, "flip-" + turn}) {
      const Owned<GstElement> flip(
          GST_ELEMENT(gst_object_ref_sink(gst_element_factory_make("videoflip", nullptr))));
      EXPECT_TRUE(set_direction(flip.get(), capture::orientation_named(name).value())) << name;
      gint told = -1;
      g_object_get(flip.get(), "video-direction", &told, nullptr);
      GstTagList* tags = gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION, name.c_str(), nullptr);
      GstVideoOrientationMethod meant = GST_VIDEO_ORIENTATION_IDENTITY;
      EXPECT_TRUE(gst_video_orientation_from_tag(tags, &meant)) << name;
      gst_tag_list_unref(tags);
      EXPECT_EQ(told, meant) << name;
    }
  }
}

TEST(PictureTurn, AnElementWithoutADirectionTurnsNothing) {
  gst::start_gstreamer();
  EXPECT_TRUE(can_turn("videoflip", {false, 1}));
  EXPECT_FALSE(can_turn("identity", {false, 1}));
  EXPECT_TRUE(can_turn("identity", {}));
  EXPECT_FALSE(can_turn("no-such-element", {}));
}

}  // namespace
}  // namespace pixelpass::encode
