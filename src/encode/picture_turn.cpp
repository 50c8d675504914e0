#include "encode/picture_turn.hpp"

#include "encode/picture_planes.hpp"
#include <libyuv/convert_from.h>
#include <libyuv/rotate.h>

#include <array>
#include <cstdint>

namespace pixelpass::encode {

using capture::Orientation;
using gst::Owned;

namespace {

struct Planes {
  std::uint8_t* y;
  int y_stride;
  std::uint8_t* u;
  int u_stride;
  std::uint8_t* v;
  int v_stride;
};

Planes planes_of(const GstVideoFrame& frame) {
  return {plane(frame, 0), GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0),
          plane(frame, 1), GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 1),
          plane(frame, 2), GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 2)};
}

Planes planes_in(Bytes& memory, Size size) {
  const auto luma = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  memory.resize(luma * 3 / 2);
  return {memory.data(), size.width, memory.data() + luma, size.width / 2, memory.data() + luma * 5 / 4,
          size.width / 2};
}

bool turn(const Planes& from, Size lying, Orientation orientation, const Planes& to) {
  // A negative height makes libyuv flip the picture vertically: that is, mirror it left to right and turn it
  // by 180°.
  constexpr int kHalfTurn = 2;
  constexpr std::array kModes{libyuv::kRotate0, libyuv::kRotate90, libyuv::kRotate180, libyuv::kRotate270};
  const int turns = orientation.quarter_turns + (orientation.mirrored ? kHalfTurn : 0);
  return libyuv::I420Rotate(from.y, from.y_stride, from.u, from.u_stride, from.v, from.v_stride, to.y,
                            to.y_stride, to.u, to.u_stride, to.v, to.v_stride, lying.width,
                            orientation.mirrored ? -lying.height : lying.height,
                            kModes.at(static_cast<std::size_t>(turns % 4))) == 0;
}

GstVideoOrientationMethod method_for(Orientation orientation) {
  constexpr std::array kTurned{GST_VIDEO_ORIENTATION_IDENTITY, GST_VIDEO_ORIENTATION_90R,
                               GST_VIDEO_ORIENTATION_180, GST_VIDEO_ORIENTATION_90L};
  // After mirroring and a turn by 90°, the upper right and lower left corners are where they were; after
  // 270°, the other two.
  constexpr std::array kMirrored{GST_VIDEO_ORIENTATION_HORIZ, GST_VIDEO_ORIENTATION_UR_LL,
                                 GST_VIDEO_ORIENTATION_VERT, GST_VIDEO_ORIENTATION_UL_LR};
  const auto turns = static_cast<std::size_t>(orientation.quarter_turns);
  return orientation.mirrored ? kMirrored.at(turns) : kTurned.at(turns);
}

}  // namespace

Size upright(Size lying, Orientation orientation) {
  return orientation.is_sideways() ? Size{lying.height, lying.width} : lying;
}

bool turn_picture(const GstVideoFrame& lying, Orientation orientation, GstVideoFrame& upright,
                  Bytes& scratch) {
  const Size from{GST_VIDEO_FRAME_WIDTH(&lying), GST_VIDEO_FRAME_HEIGHT(&lying)};
  const Size to{GST_VIDEO_FRAME_WIDTH(&upright), GST_VIDEO_FRAME_HEIGHT(&upright)};
  if (encode::upright(from, orientation) != to) return false;
  if (GST_VIDEO_FRAME_FORMAT(&upright) == GST_VIDEO_FORMAT_I420)
    return turn(planes_of(lying), from, orientation, planes_of(upright));
  const Planes turned = planes_in(scratch, to);
  if (!turn(planes_of(lying), from, orientation, turned)) return false;
  return libyuv::I420ToNV12(turned.y, turned.y_stride, turned.u, turned.u_stride, turned.v, turned.v_stride,
                            plane(upright, 0), GST_VIDEO_FRAME_PLANE_STRIDE(&upright, 0), plane(upright, 1),
                            GST_VIDEO_FRAME_PLANE_STRIDE(&upright, 1), to.width, to.height) == 0;
}

bool set_direction(GstElement* converter, Orientation orientation) {
  constexpr auto kProperty = "video-direction";
  const auto method = method_for(orientation);
  if (g_object_class_find_property(G_OBJECT_GET_CLASS(converter), kProperty) == nullptr)
    return orientation.is_upright();
  g_object_set(converter, kProperty, method, nullptr);
  // vapostproc resets the property where its driver cannot turn.
  gint kept = GST_VIDEO_ORIENTATION_IDENTITY;
  g_object_get(converter, kProperty, &kept, nullptr);
  return kept == method;
}

bool can_turn(std::string_view converter, Orientation orientation) {
  GstElement* made = gst_element_factory_make(std::string(converter).c_str(), nullptr);
  if (made == nullptr) return false;
  const Owned<GstElement> element(GST_ELEMENT(gst_object_ref_sink(made)));
  const bool opened = gst_element_set_state(element.get(), GST_STATE_READY) != GST_STATE_CHANGE_FAILURE;
  const bool can = opened && set_direction(element.get(), orientation);
  gst_element_set_state(element.get(), GST_STATE_NULL);
  return can;
}

}  // namespace pixelpass::encode
