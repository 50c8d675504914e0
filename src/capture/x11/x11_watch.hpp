#pragma once

#include "capture/pointer_image.hpp"
#include "capture/x11/x11_target.hpp"

#include <optional>
#include <span>

namespace pixelpass::capture {

/// Hears when something is drawn on a window or in it. Further drawing costs nothing until the first was
/// taken note of.
class DrawingWatch {
 public:
  DrawingWatch(const X11Connection& x11, xcb_window_t window);

  [[nodiscard]] bool concerns(const xcb_generic_event_t& event) const;
  /// Whether something was drawn on the part since the last call. Waits for the server.
  bool take(const Region& part);

 private:
  const X11Connection& x11_;
  const std::uint32_t damage_;
  const std::uint32_t region_;
};

/// Follows the mouse pointer's image and position.
class PointerWatch {
 public:
  explicit PointerWatch(const X11Connection& x11);

  /// Whether the event tells of another image.
  [[nodiscard]] bool concerns(const xcb_generic_event_t& event) const;
  void on_new_image() { image_known_ = false; }
  /// Asks for the pointer's position. Waits for the server. True: over this area it looks different from the
  /// last time.
  bool look(xcb_window_t window, const Region& area);
  /// Draws the pointer as look() has found it; `width`: the picture's, in pixels.
  void draw(std::span<std::uint32_t> picture, int width) const;

 private:
  void load_image();

  const X11Connection& x11_;
  PointerImage image_;
  bool image_known_ = false;
  std::optional<Point> over_;  ///< from the area's corner; nullopt: elsewhere
};

}  // namespace pixelpass::capture
