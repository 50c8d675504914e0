#include "pixelpass/capture/x11/x11_capture.hpp"

#include "x_forwarder.hpp"
#include "x_server.hpp"
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace pixelpass::capture {
namespace {

using test::Painter;
using test::Picture;
using test::Viewer;
using test::XForwarder;
using test::XServer;

constexpr int kDeskWidth = 320;
constexpr int kDeskHeight = 240;
constexpr Region kMark{40, 30, 20, 10};
constexpr std::uint32_t kDeskGrey = 0x203040;
constexpr std::uint32_t kOrange = 0xfe8001;

/// Whether any memory of this process is that which X servers write pictures to.
bool has_shared_pages() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find("memfd:pixelpass-x11") != std::string::npos) return true;
  return false;
}

/// Where the server is, and what is between it and us.
class X11SurroundingsTest : public testing::Test {
 protected:
  void start(const std::string& more = {}, const std::string& within = {}) {
    server_ = XServer::start(kDeskWidth, kDeskHeight, more, within);
    if (server_ == nullptr) return;
    painter_.emplace(server_->display());
    painter_->fill({0, 0, kDeskWidth, kDeskHeight}, kDeskGrey);
  }
  void share_and_play(const std::string& display, xcb_window_t window = XCB_NONE) {
    X11Settings settings;
    settings.display = display;
    settings.show_pointer = false;
    if (window != XCB_NONE) settings.window = window;
    capture_ = make_x11_capture(settings, viewer_.callbacks());
    capture_->play();
  }
  bool comes(int width, int height, const Region& region, std::uint32_t colour) {
    return viewer_
        .wait_for([&](const Picture& picture) {
          return picture.width == width && picture.height == height && picture.is(region, colour);
        })
        .has_value();
  }
  void expect_follows() {
    EXPECT_TRUE(comes(kDeskWidth, kDeskHeight, {0, 0, kDeskWidth, kDeskHeight}, kDeskGrey));
    painter_->fill(kMark, kOrange);
    EXPECT_TRUE(comes(kDeskWidth, kDeskHeight, kMark, kOrange));
    EXPECT_EQ(viewer_.count_notices(), 0U);
  }

  std::unique_ptr<XServer> server_;
  std::optional<Painter> painter_;
  std::unique_ptr<XForwarder> forwarder_;
  Viewer viewer_;
  std::unique_ptr<ScreenCapture> capture_;
};

#define NEEDS_SERVER(what) \
  if (server_ == nullptr) GTEST_SKIP() << (what)

constexpr auto kNeedsXvfb = "needs Xvfb: sudo apt install xvfb";

TEST_F(X11SurroundingsTest, AServerThatDoesNotGetOurMemoryIsAskedOverTheConnectionForEachSize) {
  start();
  NEEDS_SERVER(kNeedsXvfb);
  forwarder_ = std::make_unique<XForwarder>(server_->display());
  const auto window = painter_->open_window({50, 40, 100, 80}, kDeskGrey);
  share_and_play(forwarder_->display(), window);
  EXPECT_TRUE(comes(100, 80, {0, 0, 100, 80}, kDeskGrey));
  // More often than the server is offered memory.
  for (int height = 81; height < 86; ++height) {
    painter_->resize(window, 100, height);
    EXPECT_TRUE(comes(100, height, {0, 0, 100, height}, kDeskGrey)) << height;
    painter_->fill(window, kMark, kOrange);
    EXPECT_TRUE(comes(100, height, kMark, kOrange)) << height;
  }
  EXPECT_FALSE(has_shared_pages());
  EXPECT_EQ(viewer_.count_notices(), 0U);
}

TEST_F(X11SurroundingsTest, AServerOverTcpIsAskedOverTheConnection) {
  start("-listen tcp");
  NEEDS_SERVER(kNeedsXvfb);
  share_and_play("127.0.0.1" + server_->display());
  expect_follows();
  EXPECT_FALSE(has_shared_pages());
}

TEST_F(X11SurroundingsTest, AServerInAnotherIpcNamespaceSharesItsMemoryAllTheSame) {
  start({}, "unshare " + std::string(geteuid() == 0 ? "" : "--user --map-current-user ") + "--ipc");
  NEEDS_SERVER("needs Xvfb, and to be allowed to make namespaces");
  share_and_play(server_->display());
  expect_follows();
  EXPECT_TRUE(has_shared_pages());
}

/// A screen of which the server shows as much as its mode says.
class TurnedScreenTest : public X11SurroundingsTest {
 protected:
  static constexpr int kLong = 320;
  static constexpr int kShort = 240;

  void SetUp() override {
    server_ = XServer::start(kLong, kLong);
    NEEDS_SERVER(kNeedsXvfb);
    painter_.emplace(server_->display());
    if (!add_mode("wide", kLong, kShort) || !add_mode("high", kShort, kLong) || !turn("wide"))
      GTEST_SKIP() << "needs xrandr: sudo apt install x11-xserver-utils";
  }
  [[nodiscard]] bool add_mode(const std::string& name, int width, int height) const {
    const auto line = [](int pixels) {
      std::string numbers;
      for (int i = 0; i < 4; ++i) numbers += " " + std::to_string(pixels + i);
      return numbers;
    };
    return server_->run("xrandr --newmode " + name + " 10" + line(width) + line(height) +
                        " && xrandr --addmode screen " + name);
  }
  [[nodiscard]] bool turn(const std::string& mode) const {
    return server_->run("xrandr --output screen --mode " + mode);
  }
};

/// Xvfb does not rotate, but what a rotation is to who captures it does: the screen has its sides exchanged,
/// and as many bytes as before.
TEST_F(TurnedScreenTest, GivesPicturesTheOtherWayRound) {
  painter_->fill({0, 0, kLong, kLong}, kDeskGrey);
  share_and_play(server_->display());
  EXPECT_TRUE(comes(kLong, kShort, {0, 0, kLong, kShort}, kDeskGrey));
  ASSERT_TRUE(turn("high"));
  painter_->fill({kShort - 10, kLong - 10, 10, 10}, kOrange);
  EXPECT_TRUE(comes(kShort, kLong, {kShort - 10, kLong - 10, 10, 10}, kOrange));
  EXPECT_EQ(capture_->describe().height, kLong);
  ASSERT_TRUE(turn("wide"));
  painter_->fill({kLong - 10, kShort - 10, 10, 10}, kOrange);
  EXPECT_TRUE(comes(kLong, kShort, {kLong - 10, kShort - 10, 10, 10}, kOrange));
  EXPECT_EQ(viewer_.count_notices(), 0U);
}

TEST_F(TurnedScreenTest, AMonitorOfSeveralIsFollowedThere) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, 60}));
  painter_->fill({0, 0, kLong, kLong}, kDeskGrey);
  X11Settings settings;
  settings.display = server_->display();
  settings.show_pointer = false;
  settings.monitor = "left";
  capture_ = make_x11_capture(settings, viewer_.callbacks());
  capture_->play();
  EXPECT_TRUE(comes(100, 60, {0, 0, 100, 60}, kDeskGrey));
  ASSERT_TRUE(server_->remove_monitor("left"));
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 60, 100}));
  painter_->fill({50, 90, 10, 10}, kOrange);
  EXPECT_TRUE(comes(60, 100, {50, 90, 10, 10}, kOrange));
}

}  // namespace
}  // namespace pixelpass::capture
