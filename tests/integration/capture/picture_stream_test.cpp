#include "capture/portal/picture_streams.hpp"
#include "private_pipewire.hpp"
#include "screen_producer.hpp"
#include <gmock/gmock.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <set>
#include <thread>

namespace pixelpass::capture {
namespace {

using test::PrivatePipeWire;
using test::ScreenProducer;

constexpr auto kStreamPatience = 20s;
constexpr std::uint32_t kRed = 0xff'00'00;
constexpr std::uint32_t kGreen = 0x00'ff'00;
constexpr std::uint32_t kBlue = 0x00'00'ff;
constexpr std::uint64_t kTiled = 0x0100'0000'0000'0002;
const StreamOffer kShared{false, {}, 30};
const StreamOffer kImporting{true, {kTiled, kLinear}, 30};

/// As the portal gives it.
Descriptor open_remote() {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = std::string(std::getenv("XDG_RUNTIME_DIR")) + "/pipewire-0";
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
  return Descriptor(fd);
}

struct Seen {
  Size size;
  std::uint32_t pixel = 0;
  bool whole = false;  ///< every pixel is the same
  Orientation orientation;
  std::string caps;
  std::optional<PicturePart> crop;
  bool dma_buf = false;
};

/// Every pixel, as the converter reads them.
void read_pixels(GstSample* sample, Seen& seen) {
  GstVideoInfo info;
  GstVideoFrame frame;
  ASSERT_TRUE(gst_video_info_from_caps(&info, gst_sample_get_caps(sample)));
  ASSERT_TRUE(gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample), GST_MAP_READ));
  const auto* first = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0));
  const auto pixel_at = [&](int x, int y) {
    std::uint32_t pixel = 0;
    const auto row = std::ptrdiff_t{y} * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
    std::memcpy(&pixel, first + row + std::ptrdiff_t{x} * 4, sizeof pixel);
    return pixel;
  };
  seen.pixel = pixel_at(0, 0);
  seen.whole = true;
  for (int y = 0; y < seen.size.height; ++y)
    for (int x = 0; x < seen.size.width; ++x) seen.whole &= pixel_at(x, y) == seen.pixel;
  gst_video_frame_unmap(&frame);
}

Seen look_at(GstSample* sample) {
  Seen seen;
  GstCaps* caps = gst_sample_get_caps(sample);
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  gst_structure_get_int(fields, "width", &seen.size.width);
  gst_structure_get_int(fields, "height", &seen.size.height);
  seen.orientation = orientation_of(sample);
  const gst::Owned<gchar> text(gst_caps_to_string(caps));
  seen.caps = text.get();
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  if (const auto* part = gst_buffer_get_video_crop_meta(buffer))
    seen.crop = PicturePart{static_cast<int>(part->x),
                            static_cast<int>(part->y),
                            {static_cast<int>(part->width), static_cast<int>(part->height)}};
  seen.dma_buf = gst_memory_is_type(gst_buffer_peek_memory(buffer, 0), "dmabuf") != FALSE;
  if (seen.caps.find("memory:DMABuf") == std::string::npos) read_pixels(sample, seen);
  return seen;
}

/// A stream, and whatever comes out of it.
class Viewer {
 public:
  Viewer(ScreenLoop& loop, std::uint32_t node, const StreamOffer& offer, std::size_t keeps = 0)
      : keeps_(keeps),
        stream_(loop, open_remote(), node, offer,
                {[this](gst::Owned<GstSample> picture, Instant at) { take(std::move(picture), at); },
                 [this] { changed_.notify_all(); }}) {}

  PictureStream& stream() { return stream_; }

  /// The next picture of this colour that has not been waited for yet.
  std::optional<Seen> wait_for(std::uint32_t pixel, Duration patience = kStreamPatience) {
    std::unique_lock lock(mutex_);
    std::optional<Seen> found;
    changed_.wait_for(lock, patience, [&] {
      while (!seen_.empty() && !found) {
        if (seen_.front().pixel == pixel) found = seen_.front();
        seen_.pop_front();
      }
      return found.has_value();
    });
    return found;
  }

  bool wait_until(const std::function<bool()>& holds) {
    const auto deadline = Clock::now() + kStreamPatience;
    while (!holds()) {
      if (Clock::now() > deadline) return false;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, 5ms);
    }
    return true;
  }

  bool wait_for(PictureStream::State state) {
    return wait_until([&] { return stream_.state() == state; });
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  bool saw(std::uint32_t pixel) {
    const std::lock_guard lock(mutex_);
    return all_.contains(pixel);
  }
  std::deque<gst::Owned<GstSample>> let_go() {
    const std::lock_guard lock(mutex_);
    keeps_ = 0;
    return std::exchange(kept_, {});
  }
  Instant last_at() {
    const std::lock_guard lock(mutex_);
    return last_at_;
  }

 private:
  void take(gst::Owned<GstSample> picture, Instant at) {
    const Seen seen = look_at(picture.get());
    const std::lock_guard lock(mutex_);
    seen_.push_back(seen);
    all_.insert(seen.pixel);
    last_at_ = at;
    ++count_;
    if (kept_.size() < keeps_) kept_.push_back(std::move(picture));
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Seen> seen_;
  std::set<std::uint32_t> all_;
  std::deque<gst::Owned<GstSample>> kept_;
  std::size_t keeps_;
  std::size_t count_ = 0;
  Instant last_at_;
  PictureStream stream_;  ///< last: calls all above
};

class PictureStreamTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst::start_gstreamer(); }
  void SetUp() override {
    if (const auto missing = PrivatePipeWire::missing(); !missing.empty())
      GTEST_SKIP() << "needs " << missing;
    pipewire_.emplace();
    pipewire_->start();
    loop_.emplace();
  }

  /// Draws until it is seen: nobody sees what is drawn before the stream is there, nor, at once, what is
  /// drawn while the picture before it is on its way.
  static std::optional<Seen> show(ScreenProducer& screen, Viewer& viewer, std::uint32_t pixel,
                                  const ScreenProducer::Notes& notes = {}) {
    std::optional<Seen> seen;
    viewer.wait_until([&] {
      if (screen.draw(pixel, notes)) seen = viewer.wait_for(pixel, 200ms);
      return seen.has_value();
    });
    return seen;
  }

  std::optional<PrivatePipeWire> pipewire_;
  std::optional<ScreenLoop> loop_;
};

TEST_F(PictureStreamTest, PicturesComeAsTheyAreDrawnAndOnlyThen) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  for (const auto pixel : {kRed, kGreen, kBlue}) {
    const auto before = Clock::now();
    const auto seen = show(screen, viewer, pixel);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->size, (Size{64, 48}));
    EXPECT_TRUE(seen->whole);
    EXPECT_TRUE(seen->orientation.is_upright());
    EXPECT_GE(viewer.last_at(), before) << "when it was drawn";
    EXPECT_LE(viewer.last_at(), Clock::now());
  }
  EXPECT_LE(viewer.count(), screen.drawn());
  EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming);
  EXPECT_EQ(viewer.stream().memory(), PictureMemory::kShared);
  EXPECT_EQ(screen.most_fps(), 30U) << "as many as are encoded";
}

TEST_F(PictureStreamTest, MemoryOfPipeWiresOwnIsReadToo) {
  ScreenProducer screen({.lent = true});
  Viewer viewer(*loop_, screen.node(), kShared);
  for (const auto pixel : {kRed, kGreen, kBlue}) {
    const auto seen = show(screen, viewer, pixel);
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->whole);
  }
}

TEST_F(PictureStreamTest, OnlyTheVisiblePartIsHandedOnAndItFollows) {
  ScreenProducer screen({.padding = 32});
  Viewer viewer(*loop_, screen.node(), kShared);
  for (const auto& [x, y, width, height] : {std::array{10, 8, 20, 16}, {10, 8, 33, 17}, {44, 40, 20, 8}}) {
    const spa_region part{{x, y}, {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)}};
    const auto seen = show(screen, viewer, kRed, {.crop = part});
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->size, (Size{width, height}));
    EXPECT_TRUE(seen->whole);
    EXPECT_FALSE(seen->crop) << "what is not visible is not even there";
  }
  const auto whole = show(screen, viewer, kGreen);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->size, (Size{64, 48}));
}

TEST_F(PictureStreamTest, ATurnedScreenIsFollowed) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  for (const auto& [transform, orientation] : {std::pair{SPA_META_TRANSFORMATION_90, Orientation{false, 1}},
                                               {SPA_META_TRANSFORMATION_None, {false, 0}},
                                               {SPA_META_TRANSFORMATION_Flipped270, {true, 1}}}) {
    const auto seen = show(screen, viewer, kRed, {.transform = static_cast<std::uint32_t>(transform)});
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->orientation, orientation) << transform;
  }
}

/// As a compositor that draws on: a picture that meets the change of buffers is lost.
std::optional<Seen> show_in_size(ScreenProducer& screen, Viewer& viewer, std::uint32_t pixel, Size size) {
  std::optional<Seen> seen;
  const bool shown = viewer.wait_until([&] {
    if (screen.draw(pixel)) seen = viewer.wait_for(pixel, 20ms);
    return seen && seen->size == size;
  });
  return shown ? seen : std::nullopt;
}

TEST_F(PictureStreamTest, AResizeInManyStepsIsFollowedWithinOneStream) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  for (int step = 1; step <= 20; ++step) {
    const Size size{64 + 7 * step, 48 + 3 * step};
    screen.resize(size);
    const auto seen = show_in_size(screen, viewer, kRed, size);
    ASSERT_TRUE(seen) << step;
    EXPECT_TRUE(seen->whole) << step;
    EXPECT_EQ(viewer.stream().state(), PictureStream::State::kStreaming) << step;
  }
}

TEST_F(PictureStreamTest, WhereNoPictureFollowsAResizeKWinIsStartedAgain) {
  ScreenProducer screen({.name = "kwin-screencast-window"});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  for (int step = 1; step <= 3; ++step) {
    const auto before = screen.starts();
    screen.resize({64 + step, 48});
    ASSERT_TRUE(viewer.wait_until([&] { return screen.starts() > before; })) << step;
    ASSERT_TRUE(show_in_size(screen, viewer, kRed, {64 + step, 48})) << step;
  }
}

TEST_F(PictureStreamTest, WhereNoPictureFollowsAResizeOthersAreLeftToFinishIt) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  const auto before = screen.starts();
  screen.resize({32, 32});
  ASSERT_TRUE(viewer.wait_for(PictureStream::State::kStuck));
  EXPECT_EQ(screen.starts(), before);
}

TEST_F(PictureStreamTest, WhereNoPictureFollowsAResizeAnotherStreamIsWanted) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  screen.resize({32, 32});
  ASSERT_TRUE(viewer.wait_for(PictureStream::State::kStuck));
  Viewer next(*loop_, screen.node(), kShared);
  EXPECT_TRUE(show_in_size(screen, next, kRed, {32, 32}));
}

TEST_F(PictureStreamTest, ASourceThatTakesAnySizeGivesTheOneThatIsAskedFor) {
  ScreenProducer screen({.any_size = true});
  Viewer viewer(*loop_, screen.node(), {false, {}, 30, SharedMemory::kAny, true, Size{96, 32}});
  EXPECT_TRUE(show_in_size(screen, viewer, kRed, {96, 32}));
}

TEST_F(PictureStreamTest, ASourceThatHasASizeOfItsOwnIsTakenAsItIs) {
  ScreenProducer screen({.size = {64, 48}});
  Viewer viewer(*loop_, screen.node(), {false, {}, 30, SharedMemory::kAny, true, Size{96, 32}});
  EXPECT_TRUE(show_in_size(screen, viewer, kRed, {64, 48}));
}

TEST_F(PictureStreamTest, AStillScreenWhoseFormatIsAgreedOnOnceMoreIsLeftAlone) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  viewer.stream().offer({false, {}, 24});
  ASSERT_TRUE(viewer.wait_until([&] { return screen.most_fps() == 24; }));
  for (const auto until = Clock::now() + 400ms; Clock::now() < until; std::this_thread::sleep_for(5ms))
    ASSERT_NE(viewer.stream().state(), PictureStream::State::kStuck);
}

TEST_F(PictureStreamTest, AStreamIsSettledByItsPicturesOrByLastingAndNotWhileItIsStuck) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().is_settled(); })) << "a still screen";
  ASSERT_TRUE(show(screen, viewer, kBlue));
  EXPECT_TRUE(viewer.stream().is_settled());
  screen.resize({32, 32});
  ASSERT_TRUE(viewer.wait_for(PictureStream::State::kStuck));
  EXPECT_FALSE(viewer.stream().is_settled());
  ASSERT_TRUE(show_in_size(screen, viewer, kRed, {32, 32}));
  EXPECT_TRUE(viewer.stream().is_settled());
}

/// The newest picture of several sources.
class SideBySideViewer {
 public:
  SideBySideViewer(ScreenLoop& loop, const std::vector<std::uint32_t>& nodes,
                   std::optional<std::size_t> alone = std::nullopt)
      : streams_(loop, sources_of(nodes), kShared,
                 {[this](gst::Owned<GstSample> picture, Instant) { take(picture.get()); }, [] {}}, alone) {}

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

TEST_F(PictureStreamTest, AResizeBeforeTheFirstPictureIsFollowed) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(viewer.wait_for(PictureStream::State::kStreaming));
  screen.resize({32, 32});
  EXPECT_TRUE(show_in_size(screen, viewer, kRed, {32, 32}));
}

TEST_F(PictureStreamTest, ThePictureOfALargerScreenLivesOnWhenItsBuffersHaveGone) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared, 1);
  ASSERT_TRUE(show(screen, viewer, kRed));
  screen.resize({32, 32});
  ASSERT_TRUE(show_in_size(screen, viewer, kGreen, {32, 32}));
  const auto kept = viewer.let_go();  // AddressSanitizer looks on
  ASSERT_EQ(kept.size(), 1U);
  const Seen old = look_at(kept.front().get());
  EXPECT_EQ(old.pixel, kRed);
  EXPECT_TRUE(old.whole);
  ASSERT_TRUE(show(screen, viewer, kBlue));
}

TEST_F(PictureStreamTest, WhatIsNoPictureIsPassedOverAndItsBufferGivenBack) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kBlue));
  const std::vector<ScreenProducer::Notes> none{
      {.flags = SPA_META_HEADER_FLAG_CORRUPTED},
      {.chunk_flags = SPA_CHUNK_FLAG_CORRUPTED},
      {.chunk_size = 0},
      {.chunk_size = 64 * 4 * 48 - 1},
      {.chunk_offset = 64 * 4},
      {.chunk_offset = 0xffff'ffff},
      {.stride = 64 * 4 + 4},
      {.stride = 64},
      {.stride = -64 * 4},
  };
  for (int round = 0; round < 3; ++round)
    for (const auto& notes : none)
      ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed, notes); })) << "no buffer is left";
  ASSERT_TRUE(show(screen, viewer, kGreen));
  EXPECT_FALSE(viewer.saw(kRed));
}

TEST_F(PictureStreamTest, BuffersAreGivenBackAtOnceWhereNobodyKeepsThem) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(show(screen, viewer, i % 2 == 0 ? kRed : kGreen));
  // One may be on its way.
  EXPECT_TRUE(viewer.wait_until([&] { return screen.free_buffers() + 1 >= screen.buffers(); }));
}

TEST_F(PictureStreamTest, WhoKeepsTooManyGetsTheNewestOneWhenThereIsRoom) {
  ScreenProducer screen({.buffers = 6});
  Viewer viewer(*loop_, screen.node(), kShared, 100);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(show(screen, viewer, kRed));
  // Each takes the place of the one that waits, whose buffer comes back.
  const auto draw = [&](std::uint32_t pixel) {
    return viewer.wait_until([&] { return screen.has_sent_all() && screen.draw(pixel); }) &&
           viewer.wait_until([&] { return screen.has_sent_all(); });
  };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(draw(kBlue)) << i;
  // PipeWire may lose one that meets the one before.
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(draw(kGreen)) << i;
  EXPECT_EQ(viewer.count(), 3U);
  viewer.let_go();
  EXPECT_TRUE(viewer.wait_for(kGreen)) << "the screen is still from now on";
}

TEST_F(PictureStreamTest, DmaBufsGoToTheEncoderAsTheyAre) {
  ScreenProducer screen({.modifiers = {kTiled}});
  Viewer viewer(*loop_, screen.node(), kImporting);
  const spa_region part{{4, 6}, {20, 10}};
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed, {.crop = part}) && viewer.count() > 0; }));
  const auto seen = viewer.wait_for(0);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->dma_buf);
  EXPECT_THAT(seen->caps, testing::HasSubstr("memory:DMABuf"));
  EXPECT_EQ(seen->size, (Size{64, 48}));
  EXPECT_EQ(seen->crop, (PicturePart{4, 6, {20, 10}}));
  EXPECT_EQ(viewer.stream().memory(), PictureMemory::kDmaBuf);
}

TEST_F(PictureStreamTest, SoftwareReadsADmaBufWhereThereIsNothingElse) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}});
  Viewer viewer(*loop_, screen.node(), kShared);
  const spa_region part{{4, 6}, {20, 10}};
  const auto seen = show(screen, viewer, kRed, {.crop = part});
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->dma_buf);
  EXPECT_TRUE(seen->whole);
  EXPECT_EQ(seen->size, (Size{20, 10}));
}

TEST_F(PictureStreamTest, AnotherOfferIsNegotiatedWithinTheStream) {
  ScreenProducer screen({.modifiers = {kTiled}});
  Viewer viewer(*loop_, screen.node(), kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  viewer.stream().offer(kShared);
  ASSERT_TRUE(viewer.wait_until([&] { return !screen.modifier(); }));
  const auto shared = show(screen, viewer, kGreen);
  ASSERT_TRUE(shared);
  EXPECT_FALSE(shared->dma_buf);
  viewer.stream().offer(kImporting);
  ASSERT_TRUE(viewer.wait_until([&] { return screen.modifier() == kTiled; }));
  ASSERT_TRUE(viewer.wait_until(
      [&] { return screen.draw(kRed) && viewer.stream().memory() == PictureMemory::kDmaBuf; }));
}

TEST_F(PictureStreamTest, ALayoutThatCannotBeTakenIsTold) {
  ScreenProducer screen({.modifiers = {kTiled, kLinear}, .unusable = {kTiled}});
  Viewer viewer(*loop_, screen.node(), kImporting);
  std::optional<std::uint64_t> failed;
  ASSERT_TRUE(viewer.wait_until([&] { return (failed = viewer.stream().take_failed_import()).has_value(); }));
  EXPECT_EQ(failed, kTiled);
  EXPECT_FALSE(viewer.stream().take_failed_import()) << "once";
  viewer.stream().offer({true, {kLinear}, 30});
  ASSERT_TRUE(viewer.wait_until([&] { return screen.draw(kRed) && viewer.count() > 0; }));
  EXPECT_EQ(screen.modifier(), kLinear);
}

TEST_F(PictureStreamTest, ADmaBufThatSoftwareCannotReadIsTold) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}, .unusable = {kLinear}});
  Viewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kLinear; }));
}

TEST_F(PictureStreamTest, SharedMemoryThatCannotBeReadIsTold) {
  ScreenProducer screen({.empty = true});
  Viewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_mapping() == SharedMemory::kAny; }));
  EXPECT_FALSE(viewer.stream().has_shown());
}

TEST_F(PictureStreamTest, ASourceThatCutsItsMemoryOffEndsNobodyButIsTold) {
  ScreenProducer screen({.sealed = false});
  Viewer viewer(*loop_, screen.node(), kShared, 1);
  ASSERT_TRUE(show(screen, viewer, kRed));
  screen.shrink();
  const auto kept = viewer.let_go();
  ASSERT_EQ(kept.size(), 1U);
  const Seen seen = look_at(kept.front().get());
  EXPECT_EQ(seen.pixel, 0U);
  EXPECT_TRUE(seen.whole);
  EXPECT_TRUE(viewer.wait_until([&] {
    screen.draw(kRed, {.draws = false});
    return viewer.stream().take_failed_mapping() == SharedMemory::kAny;
  }));
}

TEST_F(PictureStreamTest, AFileInADmaBufsPlaceThatMayBeCutOffIsNotTaken) {
  ScreenProducer screen({.shared = false, .modifiers = {kLinear}, .sealed = false});
  Viewer viewer(*loop_, screen.node(), kShared);
  EXPECT_TRUE(viewer.wait_until([&] { return viewer.stream().take_failed_import() == kLinear; }));
}

TEST_F(PictureStreamTest, MemoryOfPipeWiresOwnComesWhereNoOtherIsTaken) {
  ScreenProducer screen({.lent = true});
  Viewer viewer(*loop_, screen.node(), {false, {}, 30, SharedMemory::kLent});
  ASSERT_TRUE(show(screen, viewer, kRed));
  EXPECT_TRUE(viewer.stream().has_shown());
  EXPECT_FALSE(viewer.stream().take_failed_mapping());
}

TEST_F(PictureStreamTest, ASourceWithoutMemoryThatIsTakenEndsIt) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), {false, {}, 30, SharedMemory::kLent});
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

TEST_F(PictureStreamTest, ASourceThatHasGoneEndsIt) {
  auto screen = std::make_unique<ScreenProducer>(ScreenProducer::Nature{});
  Viewer viewer(*loop_, screen->node(), kShared);
  ASSERT_TRUE(show(*screen, viewer, kRed));
  screen.reset();
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

TEST_F(PictureStreamTest, ANodeThatIsNotThereEndsIt) {
  Viewer viewer(*loop_, 4'000'000, kShared);
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

TEST_F(PictureStreamTest, TheEndOfPipeWireEndsIt) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kRed));
  pipewire_->kill();
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
}

TEST_F(PictureStreamTest, TheEndOfItsLinkEndsIt) {
  ScreenProducer screen({});
  Viewer viewer(*loop_, screen.node(), kShared);
  ASSERT_TRUE(show(screen, viewer, kRed));
  pipewire_->stop_session_manager();
  EXPECT_TRUE(viewer.wait_for(PictureStream::State::kStopped));
  pipewire_->start_session_manager();
  Viewer next(*loop_, screen.node(), kShared);
  EXPECT_TRUE(show(screen, next, kGreen));
}

TEST_F(PictureStreamTest, ARemoteThatIsNoneEndsIt) {
  PictureStream stream(*loop_, Descriptor(-1), 1, kShared, {[](gst::Owned<GstSample>, Instant) {}, [] {}});
  const auto deadline = Clock::now() + kStreamPatience;
  while (stream.state() != PictureStream::State::kStopped && Clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(stream.state(), PictureStream::State::kStopped);
}

TEST_F(PictureStreamTest, ItsEndIsQuickWhileNobodyLinksIt) {
  pipewire_->kill();
  pipewire_->start_without_session_manager();
  ScreenProducer screen({});
  auto viewer = std::make_unique<Viewer>(*loop_, screen.node(), kShared);
  EXPECT_EQ(viewer->stream().state(), PictureStream::State::kConnecting);
  viewer.reset();
}

}  // namespace
}  // namespace pixelpass::capture
