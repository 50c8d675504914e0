#include "no_timers.hpp"
#include "picture_stream_fixture.hpp"
#include <gmock/gmock.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace pixelpass::capture {
namespace {

using namespace test;

/// The newest picture of several sources.
class SideBySideViewer {
 public:
  SideBySideViewer(ScreenLoop& loop, const std::vector<std::uint32_t>& nodes,
                   std::optional<std::size_t> alone = std::nullopt,
                   std::shared_ptr<PointerLooks> looks = nullptr)
      : streams_(loop, sources_of(nodes), kShared, kShared.fps,
                 {[this](gst::Owned<GstSample> picture, Instant) { take(picture.get()); }, [] {}}, alone,
                 std::move(looks)) {}

  /// `is_shown` looks at the newest picture; `act` is done again and again meanwhile.
  bool wait_for(const std::function<bool(Size, const std::vector<std::uint32_t>&)>& is_shown,
                const std::function<void()>& act) {
    const auto deadline = Clock::now() + kStreamPatience;
    while (Clock::now() < deadline) {
      act();
      state_ = streams_.state();
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, 20ms, [&] { return !pixels_.empty() && is_shown(size_, pixels_); }))
        return true;
    }
    return false;
  }
  [[nodiscard]] PictureStreams::State state() const { return state_; }
  PictureStreams& streams() { return streams_; }
  bool saw(std::uint32_t pixel) {
    const std::lock_guard lock(mutex_);
    return all_.contains(pixel);
  }

 private:
  static std::vector<PictureStreams::Source> sources_of(const std::vector<std::uint32_t>& nodes) {
    std::vector<PictureStreams::Source> sources;
    for (const auto node : nodes) sources.push_back({open_remote(), node});
    return sources;
  }
  void take(GstSample* picture) {
    GstVideoInfo info;
    gst_video_info_from_caps(&info, gst_sample_get_caps(picture));
    const std::lock_guard lock(mutex_);
    size_ = {GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
    pixels_.resize(gst_buffer_get_size(gst_sample_get_buffer(picture)) / sizeof(std::uint32_t));
    gst_buffer_extract(gst_sample_get_buffer(picture), 0, pixels_.data(),
                       pixels_.size() * sizeof(std::uint32_t));
    all_.insert(pixels_.begin(), pixels_.end());
    changed_.notify_all();
  }

  std::mutex mutex_;  ///< guards size_, pixels_ and all_
  std::condition_variable changed_;
  Size size_;
  std::vector<std::uint32_t> pixels_;
  std::set<std::uint32_t> all_;
  PictureStreams::State state_ = PictureStreams::State::kConnecting;
  PictureStreams streams_;
};

TEST_F(PictureStreamTest, SeveralSourcesAreShownSideBySideAndTheRestOfThemGoOn) {
  ScreenProducer left({.size = {64, 48}});
  std::optional<ScreenProducer> right(std::in_place, ScreenProducer::Nature{.size = {32, 48}});
  SideBySideViewer viewer(*loop_, {left.node(), right->node()});
  ASSERT_TRUE(viewer.wait_for(
      [](Size size, const auto& pixels) {
        return size == Size{96, 48} && pixels[0] == kRed && pixels[63] == kRed && pixels[64] == kGreen &&
               pixels.back() == kGreen;
      },
      [&] {
        left.draw(kRed);
        right->draw(kGreen);
      }));
  // One alone changes.
  ASSERT_TRUE(viewer.wait_for(
      [](Size size, const auto& pixels) {
        return size == Size{96, 48} && pixels[0] == kBlue && pixels[64] == kGreen;
      },
      [&] { left.draw(kBlue); }));
  right.reset();
  EXPECT_TRUE(viewer.wait_for(
      [](Size size, const auto& pixels) {
        return size == Size{64, 48} && pixels[0] == kBlue;
      },
      [] {}));
  EXPECT_EQ(viewer.state(), PictureStreams::State::kStreaming);
}

TEST_F(PictureStreamTest, ThePlaceOfASourceThatDrawsNothingYetIsKeptForIt) {
  ScreenProducer left({.size = {64, 48}});
  ScreenProducer still({.size = {32, 48}});
  SideBySideViewer viewer(*loop_, {left.node(), still.node()});
  EXPECT_TRUE(viewer.wait_for(
      [](Size size, const auto& pixels) {
        return size == Size{96, 48} && pixels[63] == kRed && (pixels[64] & 0xff'ff'ff) == 0;
      },
      [&] { left.draw(kRed); }));
}

TEST_F(PictureStreamTest, OneOfSeveralIsShownAloneFromTheBeginningOnAndAnotherWhenThatIsWanted) {
  ScreenProducer left({.size = {64, 48}});
  std::optional<ScreenProducer> right(std::in_place, ScreenProducer::Nature{.size = {32, 48}});
  SideBySideViewer viewer(*loop_, {left.node(), right->node()}, 1);
  const auto draw = [&] {
    left.draw(kRed);
    if (right) right->draw(kGreen);
  };
  const auto shows = [](Size wanted, std::uint32_t pixel) {
    return [=](Size size, const auto& pixels) { return size == wanted && pixels.front() == pixel; };
  };
  ASSERT_TRUE(viewer.wait_for(shows({32, 48}, kGreen), draw));
  EXPECT_FALSE(viewer.saw(kRed));
  viewer.streams().show(0);
  ASSERT_TRUE(viewer.wait_for(shows({64, 48}, kRed), draw));
  viewer.streams().show(std::nullopt);
  ASSERT_TRUE(viewer.wait_for(shows({96, 48}, kRed), draw));
  EXPECT_FALSE(viewer.streams().has_ended(1));
  right.reset();
  EXPECT_TRUE(viewer.wait_for([&](Size, const auto&) { return viewer.streams().has_ended(1); }, draw));
}

TEST_F(PictureStreamTest, SeveralSourcesThatNobodyCanWaitForAreNotStreaming) {
  ScreenProducer left({.size = {64, 48}});
  ScreenProducer right({.size = {32, 48}});
  const std::vector<std::uint32_t> nodes{left.node(), right.node()};
  std::optional<NoTimers> refused(1);
  SideBySideViewer viewer(*loop_, nodes);
  EXPECT_TRUE(NoTimers::refused());
  refused.reset();
  EXPECT_EQ(viewer.streams().state(), PictureStreams::State::kStopped);
  SideBySideViewer next(*loop_, nodes);
  EXPECT_TRUE(next.wait_for(
      [](Size size, const auto&) {
        return size == Size{96, 48};
      },
      [&] {
        left.draw(kRed);
        right.draw(kGreen);
      }));
}

using Pointer = ScreenProducer::Pointer;
using Notes = ScreenProducer::Notes;

/// What is sent for the pointer's sake alone.
Notes without_picture(std::optional<Pointer> pointer) {
  return {.chunk_flags = SPA_CHUNK_FLAG_CORRUPTED, .chunk_size = 0, .pointer = pointer, .draws = false};
}

/// Every pixel of a red picture, but for those of a green square.
auto shows_square(Size wanted, int left, int top, int side) {
  return [=](Size size, const std::vector<std::uint32_t>& pixels) {
    if (size != wanted) return false;
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const bool inside = x >= left && x < left + side && y >= top && y < top + side;
        const auto at = static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width);
        if ((pixels[at + static_cast<std::size_t>(x)] & 0xff'ff'ff) != (inside ? kGreen : kRed)) return false;
      }
    return true;
  };
}

TEST_F(PictureStreamTest, APointerThatIsOnlyToldOfIsDrawnWhereItPointsAlsoOnAStillScreen) {
  ScreenProducer screen({.size = {64, 48}, .pointer = true});
  SideBySideViewer viewer(*loop_, {screen.node()}, std::nullopt, std::make_shared<PointerLooks>());
  const Pointer pointer{.at = {11, 9}, .hot = {1, 2}, .side = 4, .pixel = kGreen};
  ASSERT_TRUE(
      viewer.wait_for(shows_square({64, 48}, 10, 7, 4), [&] { screen.draw(kRed, {.pointer = pointer}); }));
  ASSERT_TRUE(viewer.wait_for(shows_square({64, 48}, 61, 46, 4), [&] {
    screen.draw(0, without_picture(Pointer{.at = {62, 48}}));
  }));
  ASSERT_TRUE(viewer.wait_for(shows_square({64, 48}, 0, 0, 0),
                              [&] { screen.draw(0, without_picture(std::nullopt)); }));
  // A window's, in a larger picture.
  EXPECT_TRUE(viewer.wait_for(shows_square({20, 16}, 5, 6, 4), [&] {
    screen.draw(kRed, {.crop = spa_region{{8, 4}, {20, 16}}, .pointer = Pointer{.at = {14, 12}}});
  }));
}

TEST_F(PictureStreamTest, APointerWhoseLooksWereLostIsAnArrowUntilTheyAreToldAgain) {
  ScreenProducer screen({.size = {64, 48}, .pointer = true});
  SideBySideViewer viewer(*loop_, {screen.node()}, std::nullopt, std::make_shared<PointerLooks>());
  const auto shows_arrow = [](Size size, const std::vector<std::uint32_t>& pixels) {
    const auto at = [&](std::size_t x, std::size_t y) { return pixels[y * 64 + x] & 0xff'ff'ff; };
    return size == Size{64, 48} && at(11, 9) == 0xff'ff'ff && at(13, 16) == 0 && at(10, 9) == kRed;
  };
  ASSERT_TRUE(viewer.wait_for(shows_arrow, [&] { screen.draw(kRed, {.pointer = Pointer{.at = {11, 9}}}); }));
  const Pointer told{.at = {11, 9}, .hot = {1, 2}, .side = 4, .pixel = kGreen};
  EXPECT_TRUE(
      viewer.wait_for(shows_square({64, 48}, 10, 7, 4), [&] { screen.draw(0, without_picture(told)); }));
}

TEST_F(PictureStreamTest, APointerWhoseLooksAreToldOnceIsSeenByWhoeverComesLater) {
  ScreenProducer screen({.size = {64, 48}, .pointer = true});
  const auto looks = std::make_shared<PointerLooks>();
  const Pointer pointer{.at = {11, 9}, .hot = {1, 2}, .side = 4, .pixel = kGreen};
  {
    SideBySideViewer first(*loop_, {screen.node()}, std::nullopt, looks);
    ASSERT_TRUE(
        first.wait_for(shows_square({64, 48}, 10, 7, 4), [&] { screen.draw(kRed, {.pointer = pointer}); }));
  }
  SideBySideViewer next(*loop_, {screen.node()}, std::nullopt, looks);
  EXPECT_TRUE(next.wait_for(shows_square({64, 48}, 20, 10, 4), [&] {
    screen.draw(kRed, {.pointer = Pointer{.at = {21, 12}}});
  }));
}

TEST_F(PictureStreamTest, WhatCannotBeReadOfAnyOfSeveralSourcesIsTold) {
  ScreenProducer left({.size = {32, 48}});
  ScreenProducer right({.size = {32, 48}, .shared = false, .modifiers = {kLinear}, .unusable = {kLinear}});
  SideBySideViewer viewer(*loop_, {left.node(), right.node()});
  const auto deadline = Clock::now() + kStreamPatience;
  std::optional<std::uint64_t> failed;
  while (!(failed = viewer.streams().take_failed_import()) && Clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(failed, kLinear);
}

TEST_F(PictureStreamTest, TheEndOfAllOfSeveralSourcesIsTheirEnd) {
  std::optional<ScreenProducer> left(std::in_place, ScreenProducer::Nature{.size = {64, 48}});
  std::optional<ScreenProducer> right(std::in_place, ScreenProducer::Nature{.size = {32, 48}});
  SideBySideViewer viewer(*loop_, {left->node(), right->node()});
  ASSERT_TRUE(viewer.wait_for(
      [](Size size, const auto&) {
        return size == Size{96, 48};
      },
      [&] {
        left->draw(kRed);
        right->draw(kGreen);
      }));
  left.reset();
  right.reset();
  EXPECT_TRUE(viewer.wait_for(
      [&](Size, const auto&) { return viewer.state() == PictureStreams::State::kStopped; }, [] {}));
}

}  // namespace
}  // namespace pixelpass::capture
