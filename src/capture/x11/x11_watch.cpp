#include "capture/x11/x11_watch.hpp"

#include <xcb/damage.h>
#include <xcb/xfixes.h>

#include <algorithm>
#include <utility>

namespace pixelpass::capture {
namespace {

Region to_region(const xcb_rectangle_t& rectangle) {
  return {rectangle.x, rectangle.y, rectangle.width, rectangle.height};
}

}  // namespace

DrawingWatch::DrawingWatch(const X11Connection& x11, xcb_window_t window)
    : x11_(x11), damage_(x11.new_id()), region_(x11.new_id()) {
  xcb_damage_create(x11_.get(), damage_, window, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
  xcb_xfixes_create_region(x11_.get(), region_, 0, nullptr);
}

bool DrawingWatch::concerns(const xcb_generic_event_t& event) const {
  return type_of(event) == x11_.events().damage + XCB_DAMAGE_NOTIFY;
}

bool DrawingWatch::take(const Region& part) {
  xcb_damage_subtract(x11_.get(), damage_, XCB_NONE, region_);
  const auto answer = x11_.reply(xcb_xfixes_fetch_region_reply, xcb_xfixes_fetch_region(x11_.get(), region_));
  if (answer == nullptr) return true;
  const std::span drawn(xcb_xfixes_fetch_region_rectangles(answer.get()),
                        static_cast<std::size_t>(xcb_xfixes_fetch_region_rectangles_length(answer.get())));
  return std::ranges::any_of(
      drawn, [&](const auto& rectangle) { return intersection(to_region(rectangle), part).has_value(); });
}

PointerWatch::PointerWatch(const X11Connection& x11) : x11_(x11) {
  xcb_xfixes_select_cursor_input(x11_.get(), x11_.root(), XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
}

bool PointerWatch::concerns(const xcb_generic_event_t& event) const {
  return type_of(event) == x11_.events().fixes + XCB_XFIXES_CURSOR_NOTIFY;
}

bool PointerWatch::look(xcb_window_t window, const Region& area) {
  const bool new_image = !image_known_;
  if (new_image) load_image();
  const auto pointer = x11_.reply(xcb_query_pointer_reply, xcb_query_pointer(x11_.get(), window));
  std::optional<Point> over;
  if (pointer != nullptr && pointer->same_screen != 0) {
    const Point at{pointer->win_x - area.x, pointer->win_y - area.y};
    if (intersection(covered_by(image_, at), {0, 0, area.width, area.height})) over = at;
  }
  const auto before = std::exchange(over_, over);
  return over_ != before || (new_image && over_);
}

void PointerWatch::load_image() {
  const auto answer = x11_.reply(xcb_xfixes_get_cursor_image_reply, xcb_xfixes_get_cursor_image(x11_.get()));
  image_ = {};
  image_known_ = answer != nullptr;
  if (answer == nullptr) return;
  const auto* pixels = xcb_xfixes_get_cursor_image_cursor_image(answer.get());
  image_ = {answer->width,
            answer->height,
            {answer->xhot, answer->yhot},
            {pixels, pixels + xcb_xfixes_get_cursor_image_cursor_image_length(answer.get())}};
}

void PointerWatch::draw(std::span<std::uint32_t> picture, int width) const {
  if (over_) draw_pointer(image_, *over_, picture, width);
}

}  // namespace pixelpass::capture
