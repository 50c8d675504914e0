#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/encode/screen_source.hpp"

#include "drawn_pictures.hpp"
#include "encode/picture_schedule.hpp"
#include "fake_desk.hpp"
#include "pictures.hpp"
#include "stand_in_va.hpp"
#include "support.hpp"
#include <gmock/gmock.h>

#include <functional>
#include <thread>

namespace pixelpass::encode {
namespace {

using capture::kLinear;
using test::Collector;
using test::DrawnPictures;
using test::FakeDesk;
using testing::HasSubstr;

constexpr Size kDrawnSize{DrawnPictures::kWidth, DrawnPictures::kHeight};

ScreenSourceSettings importing() {
  ScreenSourceSettings settings;
  settings.fps = 60;
  settings.bitrate_bps = 1'000'000;
  settings.encoder_facts = machine_with_a_gpu();
  return settings;
}

/// A screen that a GPU draws, shared while this lives.
class VaImport : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
    stand_in_.emplace();
    source_ = make_screen_source(importing(), desk_.make_screen(), {}, collector_.callbacks());
    begun_ = Clock::now();
    source_->play();
    ASSERT_TRUE(desk_.wait_until_playing(true));
  }
  void TearDown() override { StandInVa::hold_imports(false); }

  static bool wait_until(const std::function<bool()>& holds) {
    const Instant deadline = Clock::now() + test::kPatience;
    while (!holds() && Clock::now() < deadline) std::this_thread::sleep_for(1ms);
    return holds();
  }
  /// As a capture: in the layout that is on offer.
  void show(std::uint64_t layout) { desk_.show(drawn_.draw(layout).get()); }
  /// Until pictures have been encoded, so many of them.
  bool show_until_encoded(std::uint64_t layout, std::size_t count) {
    const std::size_t before = collector_.count();
    return wait_until([&] {
      show(layout);
      return collector_.count() >= before + count;
    });
  }
  bool takes(std::uint64_t layout) {
    auto formats = desk_.dma_bufs().value_or(capture::DmaBufFormats{});
    return capture::leave_out(formats, layout);
  }

  /// Besides kLinear; the versions of GStreamer differ in which that is.
  std::uint64_t other_layout() {
    auto layouts = desk_.dma_bufs().value().at(0).layouts;
    std::erase(layouts, kLinear);
    return layouts.at(0);
  }

  Instant begun_;
  DrawnPictures drawn_;
  std::optional<StandInVa> stand_in_;
  FakeDesk desk_{kDrawnSize};
  Collector collector_;
  std::unique_ptr<MediaSource> source_;
};

TEST_F(VaImport, ADmaBufComesToTheDriverAsItIs) {
  ASSERT_TRUE(show_until_encoded(kLinear, 5));
  const auto imports = StandInVa::imports();
  ASSERT_FALSE(imports.empty());
  for (const auto& import : imports) {
    EXPECT_TRUE(import.dma_buf);
    EXPECT_EQ(import.memories, 1U);
    EXPECT_EQ(import.planes, 1U);
    EXPECT_EQ(import.offset, DrawnPictures::kOffset);
    EXPECT_EQ(import.stride, DrawnPictures::kStride);
    EXPECT_THAT(import.caps, HasSubstr("memory:DMABuf"));
  }
  EXPECT_TRUE(collector_.notices().empty());
  EXPECT_EQ(source_->describe().encoder, "vah264enc");
}

TEST_F(VaImport, ALayoutThatCannotBeImportedIsLeftOutAndTheEncoderStays) {
  StandInVa::refuse_imports(0, 1);
  ASSERT_TRUE(takes(kLinear));
  const auto other = other_layout();
  show(kLinear);
  ASSERT_TRUE(wait_until([&] { return !takes(kLinear); }));
  EXPECT_TRUE(takes(other));
  EXPECT_EQ(source_->describe().encoder, "vah264enc");
  // What is still on its way.
  for (int i = 0; i < 10; ++i) show(kLinear);
  ASSERT_TRUE(show_until_encoded(other, 5));
  EXPECT_TRUE(collector_.frames().front().keyframe);
  EXPECT_TRUE(collector_.notices().empty()) << "nothing is lost";
}

TEST_F(VaImport, WhereNoLayoutCanBeImportedPicturesAreCopiedAndTheEncoderStays) {
  StandInVa::refuse_imports(0, 100);
  const auto other = other_layout();
  show(kLinear);
  ASSERT_TRUE(wait_until([] { return !StandInVa::imports().empty(); }));
  const std::size_t before = collector_.count();
  ASSERT_TRUE(wait_until([&] { return !takes(kLinear); }));
  show(other);
  ASSERT_TRUE(wait_until([&] { return !takes(other); }));
  ASSERT_TRUE(collector_.wait_for_notice());
  ASSERT_EQ(collector_.notices().size(), 1U);
  EXPECT_THAT(collector_.notices().front().what, HasSubstr("vah264enc"));
  const std::size_t count = collector_.count();
  // A screen that is not seen for so long is a dark one.
  if (Clock::now() < begun_ + PictureSchedule::kDarkAfter) {
    EXPECT_EQ(count, before) << "a dark picture in place of the screen";
  }
  desk_.show(test::make_picture(kDrawnSize, "BGRx", test::solid({200, 30, 30})).get());
  ASSERT_TRUE(collector_.wait_for_frames(5));
  EXPECT_EQ(source_->describe().encoder, "vah264enc");
}

/// A compositor may not draw a still screen anew.
TEST_F(VaImport, AScreenOfWhichNothingMoreComesAfterARefusalIsDarkInTheEnd) {
  StandInVa::refuse_next(1);
  show(kLinear);
  ASSERT_TRUE(wait_until([&] { return !takes(kLinear); }));
  const std::size_t before = collector_.count();
  EXPECT_TRUE(wait_until([&] { return collector_.count() > before; }));
  ASSERT_TRUE(show_until_encoded(other_layout(), 5));
}

TEST_F(VaImport, ADriverThatStopsImportingInTheMiddleIsGivenOtherMemory) {
  ASSERT_TRUE(show_until_encoded(kLinear, 5));
  StandInVa::refuse_next(1);
  ASSERT_TRUE(wait_until([&] {
    show(kLinear);
    return !takes(kLinear);
  }));
  const std::size_t described = collector_.described().size();
  EXPECT_EQ(source_->describe().encoder, "vah264enc");
  ASSERT_TRUE(show_until_encoded(other_layout(), 5));
  // Whoever has none of the pictures before can decode from there on.
  const auto told = collector_.described();
  ASSERT_GE(told.size(), described);
  EXPECT_TRUE(collector_.frames().at(told.back().first).keyframe);
  EXPECT_TRUE(collector_.notices().empty());
}

TEST_F(VaImport, NoMoreThanTwoOfTheCompositorsBuffersAreKept) {
  ASSERT_TRUE(show_until_encoded(kLinear, 2));
  StandInVa::hold_imports(true);
  const std::size_t so_far = StandInVa::imports().size();
  ASSERT_TRUE(wait_until([&] {
    show(kLinear);
    return StandInVa::imports().size() > so_far;
  }));
  for (int i = 0; i < 50; ++i) {
    show(kLinear);
    ASSERT_TRUE(wait_until([&] { return drawn_.held() <= 2; })) << drawn_.held() << " at " << i;
  }
  StandInVa::hold_imports(false);
  ASSERT_TRUE(show_until_encoded(kLinear, 10));
  source_->pause();
  EXPECT_TRUE(wait_until([&] { return drawn_.held() <= 1; })) << "the last one is shown to who joins";
}

}  // namespace
}  // namespace pixelpass::encode
