#include "x11_fixture.hpp"
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::capture {
namespace {

using test::kServerPatience;
using test::Picture;
using test::XServer;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(X11CaptureTest, AServerThatIsKilledEndsTheSharingAndNotTheProcess) {
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  server_->kill();
  const auto ended = viewer_.wait_for_end();
  ASSERT_TRUE(ended);
  EXPECT_THAT(ended->what, AllOf(HasSubstr("X server"), HasSubstr(server_->display())));
  EXPECT_FALSE(ended->hint.empty());
}

TEST_F(X11CaptureTest, AServerThatHangsDoesNotKeepTheCaptureFromEnding) {
  auto wanted = settings();
  wanted.show_pointer = true;  // asks for it again and again
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  ASSERT_EQ(kill(server_->process(), SIGSTOP), 0);
  EXPECT_FALSE(viewer_.wait_for_another(kStill)) << "by now it waits for an answer";
  auto ended = std::async(std::launch::async, [this] { capture_.reset(); });
  EXPECT_EQ(ended.wait_for(kServerPatience), std::future_status::ready);
  server_->kill();
}

TEST_F(X11CaptureTest, WithoutSharedMemoryPicturesComeOverTheConnection) {
  server_ = XServer::start(kWidth, kHeight, "-extension MIT-SHM");
  painter_.emplace(server_->display());
  painter_->fill(kAll, kGrey);
  painter_->fill(kMark, kOrange);
  auto wanted = settings();
  wanted.show_pointer = true;
  share_and_play(wanted);
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.width == kWidth && picture.is(kMark, kOrange) && picture.at(0, 0) == kGrey;
  }));
}

TEST_F(X11CaptureTest, WithoutCompositeAWindowIsRefused) {
  server_ = XServer::start(kWidth, kHeight, "-extension Composite");
  painter_.emplace(server_->display());
  auto wanted = settings();
  wanted.window = painter_->open_window({50, 40, 100, 80}, kOrange);
  EXPECT_THAT(refusal(wanted), HasSubstr("Composite"));
}

TEST_F(X11CaptureTest, WithoutRandrTheWholeScreenIsShared) {
  server_ = XServer::start(kWidth, kHeight, "-extension RANDR");
  painter_.emplace(server_->display());
  painter_->fill(kAll, kOrange);
  share_and_play(settings());
  EXPECT_TRUE(comes(kAll, kOrange));
  auto wanted = settings();
  wanted.monitor = "2";
  EXPECT_THAT(refusal(wanted), HasSubstr("only the whole screen"));
}

/// Xvfb's screen as a file (XWD), so that pixels change as under a driver that says nothing of it.
class ScreenFile {
 public:
  explicit ScreenFile(const std::filesystem::path& folder)
      : file_(folder / "Xvfb_screen0", std::ios::in | std::ios::out | std::ios::binary) {}
  void fill(const Region& where, std::uint32_t colour) {
    const std::vector<std::uint32_t> line(static_cast<std::size_t>(where.width), colour);
    file_.seekg(0, std::ios::end);
    const auto pixels = std::streamoff(file_.tellg()) - std::streamoff{kWidth} * kHeight * 4;
    for (int y = where.y; y < where.y + where.height; ++y) {
      file_.seekp(pixels + (std::streamoff{y} * kWidth + where.x) * 4);
      file_.write(reinterpret_cast<const char*>(line.data()), std::streamsize{where.width} * 4);
    }
    file_.flush();
  }

 private:
  std::fstream file_;
};

TEST_F(X11CaptureTest, AChangeThatTheServerDoesNotTellOfIsSeenAndFromThenOnAtTheFullRate) {
  const std::filesystem::path folder(testing::TempDir() + "x11-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  server_ = XServer::start(kWidth, kHeight, "-fbdir " + folder.string());
  ASSERT_NE(server_, nullptr);
  painter_.emplace(server_->display());
  painter_->fill(kAll, kGrey);
  ScreenFile screen(folder);
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  screen.fill(kMark, kOrange);
  EXPECT_TRUE(comes(kMark, kOrange));
  std::vector<Duration> spacings;
  Instant last;
  for (std::uint32_t colour = 1; colour <= 10; ++colour) {
    screen.fill({0, 0, 1, 1}, colour);
    const auto picture = viewer_.wait_for([&](const Picture& one) { return one.is({0, 0, 1, 1}, colour); });
    ASSERT_TRUE(picture) << "one pixel is enough";
    spacings.push_back(picture->captured_at - std::exchange(last, picture->captured_at));
  }
  // On a busy machine some are late; when it looks once a second only, not one is sooner.
  EXPECT_LT(*std::ranges::min_element(spacings), 900ms) << "no longer one a second";
  EXPECT_FALSE(viewer_.wait_for_another(kStill)) << "still, and silent";
  capture_.reset();
  std::filesystem::remove_all(folder);
}

TEST_F(X11CaptureTest, NoServerIsAnErrorThatSaysWhatToSet) {
  auto wanted = settings();
  wanted.display = ":54321";
  EXPECT_THAT(refusal(wanted), AllOf(HasSubstr("\":54321\""), HasSubstr("DISPLAY")));
}

TEST_F(X11CaptureTest, AScreenOfFewColoursIsRefused) {
  server_ = XServer::start(kWidth, kHeight, "-screen 0 320x240x16");
  EXPECT_THAT(refusal(settings()), HasSubstr("16 bits"));
}

}  // namespace
}  // namespace pixelpass::capture
