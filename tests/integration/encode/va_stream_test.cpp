#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/encode/screen_source.hpp"

#include "encode/import_formats.hpp"
#include "stand_in_va.hpp"
#include "stream_screen.hpp"
#include "support.hpp"
#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

namespace pixelpass::encode {
namespace {

using capture::test::PrivatePipeWire;
using capture::test::ScreenProducer;
using test::Collector;
using test::StreamScreen;
using testing::HasSubstr;

/// Smaller ones get borders, which are painted in main memory.
constexpr Size kAtFirst{320, 240};
constexpr Size kLater{640, 480};

/// From the compositor's buffer to what VA-API is given, in the one process that has both.
class VaStream : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (const auto missing = PrivatePipeWire::missing(); !missing.empty())
      GTEST_SKIP() << "needs " << missing;
    if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
    stand_in_.emplace();
    // What the producer draws.
    const auto formats = import_formats("vapostproc");
    const auto drawn = std::ranges::find(formats, "XR24", &capture::DmaBufFormat::drm);
    ASSERT_NE(drawn, formats.end());
    layouts_ = drawn->layouts;
    pipewire_.emplace();
    pipewire_->start();
  }

  void share(const ScreenProducer::Nature& nature) {
    screen_.emplace(nature);
    ScreenSourceSettings settings;
    settings.bitrate_bps = 1'000'000;
    settings.encoder_facts = machine_with_a_gpu();
    source_ = make_screen_source(
        settings,
        [node = screen_->node()](capture::ScreenCallbacks callbacks) {
          return std::make_unique<StreamScreen>(node, std::move(callbacks));
        },
        {}, collector_.callbacks());
    source_->play();
  }
  /// Draws on until it is so.
  bool draw_until(const std::function<bool()>& holds) {
    const Instant deadline = Clock::now() + test::kPatience;
    for (std::uint32_t pixel = 0; !holds() && Clock::now() < deadline; ++pixel) {
      screen_->draw(pixel);
      std::this_thread::sleep_for(2ms);
    }
    return holds();
  }
  bool draw_until_encoded(std::size_t more) {
    const std::size_t before = collector_.count();
    return draw_until([&] { return collector_.count() >= before + more; });
  }

  std::optional<StandInVa> stand_in_;
  std::vector<std::uint64_t> layouts_;
  std::optional<PrivatePipeWire> pipewire_;
  std::optional<ScreenProducer> screen_;
  Collector collector_;
  std::unique_ptr<MediaSource> source_;
};

TEST_F(VaStream, WhatTheCompositorHasDrawnIsWhatTheDriverIsGiven) {
  share({.size = kAtFirst, .modifiers = layouts_, .padding = 64, .before = 8192});
  ASSERT_TRUE(draw_until_encoded(5));
  const auto imports = StandInVa::imports();
  ASSERT_FALSE(imports.empty());
  EXPECT_TRUE(imports.back().dma_buf);
  EXPECT_EQ(imports.back().memories, 1U);
  EXPECT_EQ(imports.back().planes, 1U);
  EXPECT_EQ(imports.back().offset, 8192U);
  EXPECT_EQ(imports.back().stride, kAtFirst.width * 4 + 64);
  EXPECT_THAT(imports.back().caps, HasSubstr("memory:DMABuf"));
  EXPECT_TRUE(screen_->modifier());
  EXPECT_TRUE(collector_.notices().empty());
}

/// The compositor fails at the first layout itself, the driver at the second.
TEST_F(VaStream, StepByStepItComesDownToSharedMemoryWithTheSameEncoder) {
  ASSERT_GE(layouts_.size(), 1U);
  StandInVa::refuse_imports(0, 100);
  share({.size = kAtFirst, .modifiers = layouts_, .unusable = {layouts_.front()}});
  ASSERT_TRUE(draw_until_encoded(5));
  EXPECT_FALSE(screen_->modifier());
  EXPECT_EQ(StandInVa::imports().size(), layouts_.size() - 1) << "each layout is tried once";
  EXPECT_EQ(source_->describe().encoder, "vah264enc");
}

TEST_F(VaStream, AnImportThatFailsInTheMiddleIsFollowedByOtherMemoryWithTheSameEncoder) {
  share({.size = kAtFirst, .modifiers = layouts_});
  ASSERT_TRUE(draw_until_encoded(5));
  StandInVa::refuse_next(100);
  ASSERT_TRUE(draw_until([&] { return !screen_->modifier(); }));
  ASSERT_TRUE(draw_until_encoded(5));
  EXPECT_EQ(source_->describe().encoder, "vah264enc");
  EXPECT_EQ(collector_.notices().size(), 1U);
}

TEST_F(VaStream, AWindowIsFollowedToAnotherSizeInTheGpusMemory) {
  share({.size = kAtFirst, .modifiers = layouts_});
  ASSERT_TRUE(draw_until_encoded(5));
  screen_->resize(kLater);
  ASSERT_TRUE(draw_until([&] { return source_->describe().width == kLater.width; }));
  ASSERT_TRUE(draw_until_encoded(5));
  ASSERT_FALSE(StandInVa::imports().empty());
  EXPECT_EQ(StandInVa::imports().back().stride, kLater.width * 4);
  EXPECT_TRUE(screen_->modifier());
  EXPECT_TRUE(collector_.notices().empty());
}

}  // namespace
}  // namespace pixelpass::encode
