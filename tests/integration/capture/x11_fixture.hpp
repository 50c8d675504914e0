#pragma once

#include "pixelpass/capture/x11/x11_capture.hpp"

#include "x_server.hpp"
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::capture {

inline constexpr int kWidth = 320;
inline constexpr int kHeight = 240;
inline constexpr Region kAll{0, 0, kWidth, kHeight};
inline constexpr Region kMark{40, 30, 20, 10};
inline constexpr std::uint32_t kGrey = 0x203040;
inline constexpr std::uint32_t kOrange = 0xfe8001;
inline constexpr std::uint32_t kBlue = 0x0102ff;
/// Ten pictures' time: nothing more comes then.
inline constexpr Duration kStill = 300ms;

/// An X server with a grey screen, and one who shares it.
class X11CaptureTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = test::XServer::start(kWidth, kHeight);
    if (server_ == nullptr) GTEST_SKIP() << "needs Xvfb: sudo apt install xvfb";
    painter_.emplace(server_->display());
    painter_->fill(kAll, kGrey);
  }

  [[nodiscard]] X11Settings settings() const {
    X11Settings settings;
    settings.display = server_->display();
    settings.show_pointer = false;
    return settings;
  }
  void share(const X11Settings& settings) { capture_ = make_x11_capture(settings, viewer_.callbacks()); }
  void share_and_play(const X11Settings& settings) {
    share(settings);
    capture_->play();
  }
  void share_window(xcb_window_t window) {
    auto wanted = settings();
    wanted.window = window;
    share_and_play(wanted);
  }
  bool comes(const std::function<bool(const test::Picture&)>& wanted) {
    return viewer_.wait_for(wanted).has_value();
  }
  bool comes(const Region& region, std::uint32_t colour) {
    return comes([&](const test::Picture& picture) { return picture.is(region, colour); });
  }
  /// What it says instead of starting.
  std::string refusal(const X11Settings& settings) {
    try {
      make_x11_capture(settings, viewer_.callbacks());
    } catch (const StartupError& refused) {
      return refused.error().what + " | " + refused.error().hint;
    }
    return "it starts";
  }

  std::unique_ptr<test::XServer> server_;
  std::optional<test::Painter> painter_;
  test::Viewer viewer_;
  std::unique_ptr<ScreenCapture> capture_;
};

}  // namespace pixelpass::capture
