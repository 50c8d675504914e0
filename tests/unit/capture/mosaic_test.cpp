#include "capture/portal/mosaic.hpp"

#include "pixelpass/capture/orientation.hpp"

#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace pixelpass::capture {
namespace {

constexpr Duration kEvery = 40ms;
constexpr Instant kBegin{Duration(1h)};
constexpr std::uint32_t kRed = 0xff'00'00;
constexpr std::uint32_t kGreen = 0x00'ff'00;

/// Of these pixels, as they lie in memory.
gst::Owned<GstSample> picture_of(Size size, const std::vector<std::uint32_t>& pixels,
                                 const std::string& format = "BGRx") {
  const auto bytes = pixels.size() * sizeof(std::uint32_t);
  const gst::Owned<GstBuffer> buffer(gst_buffer_new_allocate(nullptr, bytes, nullptr));
  gst_buffer_fill(buffer.get(), 0, pixels.data(), bytes);
  const gst::Owned<GstCaps> caps(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, format.c_str(),
                                                     "width", G_TYPE_INT, size.width, "height", G_TYPE_INT,
                                                     size.height, nullptr));
  return gst::Owned<GstSample>(gst_sample_new(buffer.get(), caps.get(), nullptr, nullptr));
}

gst::Owned<GstSample> picture_of(Size size, std::uint32_t pixel, const std::string& format = "BGRx") {
  return picture_of(size,
                    std::vector<std::uint32_t>(
                        static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height), pixel),
                    format);
}

Size size_of(const Mosaic::Picture& picture) {
  GstVideoInfo info;
  gst_video_info_from_caps(&info, gst_sample_get_caps(picture.sample.get()));
  return {GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
}

/// Without what is in the fourth byte.
std::uint32_t pixel(const Mosaic::Picture& picture, int x, int y) {
  std::uint32_t found = 0;
  const auto place = static_cast<std::size_t>(y) * static_cast<std::size_t>(size_of(picture).width) +
                     static_cast<std::size_t>(x);
  gst_buffer_extract(gst_sample_get_buffer(picture.sample.get()), place * sizeof found, &found, sizeof found);
  return found & 0xff'ff'ff;
}

class MosaicTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst::start_gstreamer(); }

  void put(std::size_t source, gst::Owned<GstSample> picture, Instant now = kBegin) {
    mosaic_.put(source, std::move(picture), now, now);
  }

  Mosaic mosaic_{2, kEvery};
};

TEST_F(MosaicTest, ShowsAllOnceEachHasGivenAPicture) {
  put(0, picture_of({64, 32}, kRed));
  EXPECT_FALSE(mosaic_.poll(kBegin));
  put(1, picture_of({32, 32}, kGreen), kBegin + 5ms);
  const auto whole = mosaic_.poll(kBegin + 5ms);
  ASSERT_TRUE(whole);
  EXPECT_EQ(size_of(*whole), (Size{96, 32}));
  EXPECT_EQ(whole->captured_at, kBegin + 5ms);
  EXPECT_EQ(pixel(*whole, 63, 31), kRed);
  EXPECT_EQ(pixel(*whole, 64, 0), kGreen);
  EXPECT_FALSE(mosaic_.next_timeout());
}

TEST_F(MosaicTest, DoesNotWaitForLongForOneThatGivesNone) {
  put(0, picture_of({64, 32}, kRed));
  const auto at = mosaic_.next_timeout();
  ASSERT_TRUE(at);
  EXPECT_LE(*at, kBegin + 500ms);
  EXPECT_FALSE(mosaic_.poll(*at - 1ms));
  const auto whole = mosaic_.poll(*at);
  ASSERT_TRUE(whole);
  EXPECT_EQ(size_of(*whole), (Size{64, 32}));
}

TEST_F(MosaicTest, KeepsThePlaceOfOneThatHasGivenNoneButIsKnownBySize) {
  mosaic_.expect(0, {64, 32});
  put(1, picture_of({32, 32}, kRed));
  const auto at = mosaic_.next_timeout();
  ASSERT_TRUE(at);
  const auto whole = mosaic_.poll(*at);
  ASSERT_TRUE(whole);
  EXPECT_EQ(size_of(*whole), (Size{96, 32}));
  EXPECT_EQ(pixel(*whole, 63, 31), 0U);
  EXPECT_EQ(pixel(*whole, 64, 0), kRed);
}

TEST_F(MosaicTest, DoesNotKeepThePlaceOfOneThatHasGoneBeforeItsFirstPicture) {
  mosaic_.expect(0, {32, 16});
  put(1, picture_of({64, 32}, kRed));
  mosaic_.forget(0, kBegin);
  const auto whole = mosaic_.poll(kBegin);
  ASSERT_TRUE(whole);
  EXPECT_EQ(size_of(*whole), (Size{64, 32}));
}

TEST_F(MosaicTest, IsMadeNoMoreOftenThanItIsAskedFor) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({64, 32}, kRed));
  ASSERT_TRUE(mosaic_.poll(kBegin));
  put(0, picture_of({64, 32}, kGreen), kBegin + 1ms);
  EXPECT_FALSE(mosaic_.poll(kBegin + 1ms));
  EXPECT_EQ(mosaic_.next_timeout(), kBegin + kEvery);
  put(1, picture_of({64, 32}, kGreen), kBegin + 2ms);
  const auto whole = mosaic_.poll(kBegin + kEvery);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pixel(*whole, 0, 0), kGreen);
  EXPECT_EQ(pixel(*whole, 64, 0), kGreen);
  put(0, picture_of({64, 32}, kRed), kBegin + 1s);
  EXPECT_TRUE(mosaic_.poll(kBegin + 1s));
}

TEST_F(MosaicTest, FollowsASourceThatChangesItsSizeAndLeavesNothingOfTheOldOne) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({64, 64}, kGreen));
  ASSERT_TRUE(mosaic_.poll(kBegin));
  put(0, picture_of({32, 32}, kRed), kBegin + 1s);
  const auto whole = mosaic_.poll(kBegin + 1s);
  ASSERT_TRUE(whole);
  EXPECT_EQ(size_of(*whole), (Size{96, 64}));
  EXPECT_EQ(pixel(*whole, 0, 32), kRed);
  EXPECT_EQ(pixel(*whole, 0, 0), 0U);
  EXPECT_EQ(pixel(*whole, 32, 0), kGreen);
}

TEST_F(MosaicTest, GivesTheOthersThePlaceOfOneThatHasGone) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({32, 32}, kGreen));
  ASSERT_TRUE(mosaic_.poll(kBegin));
  mosaic_.forget(0, kBegin + 1s);
  const auto whole = mosaic_.poll(kBegin + 1s);
  ASSERT_TRUE(whole);
  EXPECT_EQ(size_of(*whole), (Size{32, 32}));
  EXPECT_EQ(pixel(*whole, 0, 0), kGreen);
  mosaic_.forget(0, kBegin + 2s);
  EXPECT_FALSE(mosaic_.next_timeout());
}

TEST_F(MosaicTest, ShowsOneAloneAndNothingOfTheOthersUntilAllAreWantedAgain) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({32, 32}, kGreen));
  ASSERT_TRUE(mosaic_.poll(kBegin));
  mosaic_.show(1, kBegin + 1s);
  const auto alone = mosaic_.poll(kBegin + 1s);
  ASSERT_TRUE(alone);
  EXPECT_EQ(size_of(*alone), (Size{32, 32}));
  EXPECT_EQ(pixel(*alone, 0, 0), kGreen);
  EXPECT_EQ(alone->captured_at, kBegin + 1s) << "when it became so";
  put(0, picture_of({64, 32}, kGreen), kBegin + 2s);
  EXPECT_FALSE(mosaic_.next_timeout()) << "nothing that is shown has changed";
  mosaic_.show(std::nullopt, kBegin + 3s);
  const auto all = mosaic_.poll(kBegin + 3s);
  ASSERT_TRUE(all);
  EXPECT_EQ(size_of(*all), (Size{96, 32}));
  EXPECT_EQ(pixel(*all, 0, 0), kGreen) << "as it is by now";
}

TEST_F(MosaicTest, GivesNothingOfASourceThatIsNotAmongThem) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({32, 32}, kGreen));
  mosaic_.show(7, kBegin);
  for (auto after = 0ms; after < 2s; after += 10ms)
    EXPECT_FALSE(mosaic_.poll(kBegin + after)) << after.count();
}

TEST_F(MosaicTest, WaitsForNoOtherThanTheOneThatIsShown) {
  mosaic_.show(0, kBegin);
  put(1, picture_of({32, 32}, kGreen));
  EXPECT_FALSE(mosaic_.poll(kBegin));
  put(0, picture_of({64, 32}, kRed), kBegin + 1ms);
  const auto alone = mosaic_.poll(kBegin + 1ms);
  ASSERT_TRUE(alone);
  EXPECT_EQ(size_of(*alone), (Size{64, 32}));
}

TEST_F(MosaicTest, ShowsNoOtherInThePlaceOfTheOneThatIsShownWhenThatHasGone) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({32, 32}, kGreen));
  mosaic_.show(0, kBegin);
  ASSERT_TRUE(mosaic_.poll(kBegin));
  mosaic_.forget(0, kBegin + 1s);
  EXPECT_FALSE(mosaic_.poll(kBegin + 1s));
  put(1, picture_of({32, 32}, kRed), kBegin + 2s);
  EXPECT_FALSE(mosaic_.poll(kBegin + 2s));
  mosaic_.show(1, kBegin + 3s);
  EXPECT_TRUE(mosaic_.poll(kBegin + 3s));
}

TEST_F(MosaicTest, HasEachPictureUpright) {
  const std::vector<std::uint32_t> row{1, 2};  // lies so in memory
  const auto lying = picture_of({2, 1}, row);
  struct Turn {
    Orientation orientation;
    std::vector<std::uint32_t> upright;
    bool is_column;
  };
  for (const Turn& turn : std::vector<Turn>{{{false, 0}, {1, 2}, false},
                                            {{false, 1}, {1, 2}, true},
                                            {{false, 2}, {2, 1}, false},
                                            {{false, 3}, {2, 1}, true},
                                            {{true, 0}, {2, 1}, false},
                                            {{true, 1}, {2, 1}, true}}) {
    Mosaic mosaic(1, kEvery);
    mosaic.put(0, with_orientation(lying.get(), turn.orientation), kBegin, kBegin);
    const auto whole = mosaic.poll(kBegin);
    ASSERT_TRUE(whole);
    EXPECT_EQ(size_of(*whole), (Size{2, 2}));  // even
    EXPECT_EQ(pixel(*whole, 0, 0), turn.upright[0]) << turn.orientation.quarter_turns;
    EXPECT_EQ(pixel(*whole, turn.is_column ? 0 : 1, turn.is_column ? 1 : 0), turn.upright[1])
        << turn.orientation.quarter_turns;
  }
}

TEST_F(MosaicTest, WhatComesInTelevisionsRangeIsBroughtIntoAScreens) {
  const auto limited = picture_of({4, 2}, {0x10'10'10, 0xeb'eb'eb, 0x7e'10'eb, 0x00'ff'05,  //
                                           0x10'10'10, 0xeb'eb'eb, 0x7e'10'eb, 0x00'ff'05});
  const gst::Owned<GstCaps> caps(gst_caps_copy(gst_sample_get_caps(limited.get())));
  gst_caps_set_simple(caps.get(), "colorimetry", G_TYPE_STRING, "2:1:7:1", nullptr);
  Mosaic mosaic(1, kEvery);
  mosaic.put(0,
             gst::Owned<GstSample>(
                 gst_sample_new(gst_sample_get_buffer(limited.get()), caps.get(), nullptr, nullptr)),
             kBegin, kBegin);
  const auto whole = mosaic.poll(kBegin);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pixel(*whole, 0, 0), 0x00'00'00U);
  EXPECT_EQ(pixel(*whole, 1, 0), 0xff'ff'ffU);
  EXPECT_EQ(pixel(*whole, 2, 1), 0x80'00'ffU);
  EXPECT_EQ(pixel(*whole, 3, 1), 0x00'ff'00U) << "cut to what there is";
}

/// Of one pixel, opaque.
PointerNote pointing_at(Point at, std::uint32_t pixel) {
  return {true, at, PointerImage{1, 1, {0, 0}, {0xff'00'00'00 | pixel}}};
}

TEST_F(MosaicTest, DrawsAPointerOverThePictureThatItIsOf) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({32, 32}, kRed));
  mosaic_.point(1, pointing_at({3, 4}, kGreen), kBegin);
  const auto whole = mosaic_.poll(kBegin);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pixel(*whole, 64 + 3, 4), kGreen);
  EXPECT_EQ(pixel(*whole, 3, 4), kRed);
  EXPECT_EQ(pixel(*whole, 64 + 4, 4), kRed);
}

TEST_F(MosaicTest, APointerThatMovesOnAStillScreenIsAPictureAndLeavesNoTrace) {
  Mosaic mosaic(1, kEvery);
  mosaic.point(0, pointing_at({3, 4}, kGreen), kBegin);
  EXPECT_FALSE(mosaic.next_timeout()) << "there is nothing to draw it on";
  mosaic.put(0, picture_of({64, 32}, kRed), kBegin, kBegin);
  ASSERT_TRUE(mosaic.poll(kBegin));
  mosaic.point(0, {true, {5, 6}, std::nullopt}, kBegin + 1s);
  const auto moved = mosaic.poll(kBegin + 1s);
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->captured_at, kBegin + 1s);
  EXPECT_EQ(pixel(*moved, 5, 6), kGreen);
  EXPECT_EQ(pixel(*moved, 3, 4), kRed);
  mosaic.point(0, {false, {}, std::nullopt}, kBegin + 2s);
  const auto hidden = mosaic.poll(kBegin + 2s);
  ASSERT_TRUE(hidden);
  EXPECT_EQ(pixel(*hidden, 5, 6), kRed);
  mosaic.point(0, {true, {5, 6}, std::nullopt}, kBegin + 3s);
  const auto again = mosaic.poll(kBegin + 3s);
  ASSERT_TRUE(again);
  EXPECT_EQ(pixel(*again, 5, 6), kGreen) << "looks as it did";
}

TEST_F(MosaicTest, APointerIsSeenNoMoreOftenThanPicturesAreWanted) {
  Mosaic mosaic(1, kEvery);
  mosaic.put(0, picture_of({64, 32}, kRed), kBegin, kBegin);
  ASSERT_TRUE(mosaic.poll(kBegin));
  for (int i = 1; i <= 10; ++i) {
    mosaic.point(0, pointing_at({i, 0}, kGreen), kBegin + 1ms * i);
    EXPECT_FALSE(mosaic.poll(kBegin + 1ms * i));
  }
  EXPECT_EQ(mosaic.next_timeout(), kBegin + kEvery);
  const auto whole = mosaic.poll(kBegin + kEvery);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pixel(*whole, 10, 0), kGreen) << "the newest";
  mosaic.point(0, {true, {10, 0}, std::nullopt}, kBegin + 1s);
  EXPECT_FALSE(mosaic.next_timeout()) << "nothing has changed";
}

TEST_F(MosaicTest, APointerIsCutOffWhereItsPictureEnds) {
  const PointerImage square{2, 2, {1, 1}, std::vector<std::uint32_t>(4, 0xff'00'00'00 | kGreen)};
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({32, 32}, kRed));
  mosaic_.point(1, {true, {0, 0}, square}, kBegin);
  const auto whole = mosaic_.poll(kBegin);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pixel(*whole, 64, 0), kGreen);
  EXPECT_EQ(pixel(*whole, 63, 0), kRed) << "another's";
  EXPECT_EQ(pixel(*whole, 64, 1), kRed);
}

TEST_F(MosaicTest, APointerLiesAsItsPictureDoes) {
  const PointerImage row{2, 1, {0, 0}, {0xff'00'00'03, 0xff'00'00'04}};
  const auto lying = picture_of({4, 2}, std::vector<std::uint32_t>{0, 0, 0, 0, 0, 1, 2, 0});
  for (const bool mirrored : {false, true}) {
    for (int turns = 0; turns < 4; ++turns) {
      const auto picture = with_orientation(lying.get(), {mirrored, turns});
      Mosaic mosaic(1, kEvery);
      mosaic.put(0, gst::Owned<GstSample>(gst_sample_ref(picture.get())), kBegin, kBegin);
      const auto without = mosaic.poll(kBegin);
      mosaic.point(0, {true, {1, 1}, row}, kBegin + 1s);
      const auto with = mosaic.poll(kBegin + 1s);
      ASSERT_TRUE(without && with);
      for (int x = 0; x < size_of(*with).width; ++x) {
        for (int y = 0; y < size_of(*with).height; ++y) {
          const auto below = pixel(*without, x, y);
          EXPECT_EQ(pixel(*with, x, y), below == 0 ? 0 : below + 2) << mirrored << turns;
        }
      }
    }
  }
}

/// A dark pixel of the arrow that is drawn for want of another pointer, from its tip, which is light.
constexpr Point kInArrow{2, 7};
constexpr std::uint32_t kLight = 0xff'ff'ff;
constexpr std::uint32_t kDark = 0;

PointerNote of_unknown_looks(Point at) {
  return {true, at, std::nullopt};
}

TEST_F(MosaicTest, APointerWhoseLooksWereNeverToldIsAnArrowThatPointsThere) {
  Mosaic mosaic(1, kEvery);
  mosaic.put(0, picture_of({64, 32}, kRed), kBegin, kBegin);
  mosaic.point(0, of_unknown_looks({10, 5}), kBegin);
  const auto whole = mosaic.poll(kBegin);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pixel(*whole, 10, 5), kLight);
  EXPECT_EQ(pixel(*whole, 10 + kInArrow.x, 5 + kInArrow.y), kDark);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(pixel(*whole, 9, i), kRed) << "left of its tip";
  for (int i = 0; i < 64; ++i) EXPECT_EQ(pixel(*whole, i, 4), kRed) << "above it";
  mosaic.point(0, of_unknown_looks({40, 9}), kBegin + 1s);
  const auto moved = mosaic.poll(kBegin + 1s);
  ASSERT_TRUE(moved);
  EXPECT_EQ(pixel(*moved, 40, 9), kLight);
  EXPECT_EQ(pixel(*moved, 10, 5), kRed);
}

TEST_F(MosaicTest, APointerIsAnArrowOnlyUntilItsLooksAreTold) {
  Mosaic mosaic(1, kEvery);
  mosaic.put(0, picture_of({64, 32}, kRed), kBegin, kBegin);
  mosaic.point(0, of_unknown_looks({10, 5}), kBegin);
  ASSERT_TRUE(mosaic.poll(kBegin));
  mosaic.point(0, pointing_at({10, 5}, kGreen), kBegin + 1s);
  const auto told = mosaic.poll(kBegin + 1s);
  ASSERT_TRUE(told);
  EXPECT_EQ(pixel(*told, 10, 5), kGreen);
  EXPECT_EQ(pixel(*told, 10 + kInArrow.x, 5 + kInArrow.y), kRed);
  mosaic.point(0, {true, {10, 5}, PointerImage{}}, kBegin + 2s);
  const auto nothing = mosaic.poll(kBegin + 2s);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(pixel(*nothing, 10, 5), kRed) << "looks like nothing, says the source";
}

TEST_F(MosaicTest, ThereIsNoArrowWhereNoPointerIsSeen) {
  const auto is_red = [](const std::optional<Mosaic::Picture>& whole) {
    for (int i = 0; i < 64 * 32; ++i)
      if (!whole || pixel(*whole, i % 64, i / 64) != kRed) return false;
    return true;
  };
  Mosaic mosaic(1, kEvery);
  mosaic.put(0, picture_of({64, 32}, kRed), kBegin, kBegin);
  EXPECT_TRUE(is_red(mosaic.poll(kBegin))) << "nothing was told";
  mosaic.point(0, of_unknown_looks({10, 5}), kBegin + 1s);
  EXPECT_FALSE(is_red(mosaic.poll(kBegin + 1s)));
  mosaic.point(0, {false, {10, 5}, std::nullopt}, kBegin + 2s);
  EXPECT_TRUE(is_red(mosaic.poll(kBegin + 2s))) << "it is hidden";
}

TEST_F(MosaicTest, TheArrowIsCutOffWhereItsPictureEnds) {
  put(0, picture_of({64, 32}, kRed));
  put(1, picture_of({32, 32}, kRed));
  mosaic_.point(0, of_unknown_looks({63, 31}), kBegin);
  mosaic_.point(1, of_unknown_looks({-kInArrow.x, -kInArrow.y}), kBegin);
  const auto whole = mosaic_.poll(kBegin);
  ASSERT_TRUE(whole);
  EXPECT_EQ(pixel(*whole, 63, 31), kLight);
  EXPECT_EQ(pixel(*whole, 62, 31), kRed);
  EXPECT_EQ(pixel(*whole, 64, 0), kDark);
  EXPECT_EQ(pixel(*whole, 64, 31), kRed) << "another's";
  for (int i = 0; i < 31; ++i) EXPECT_EQ(pixel(*whole, 63, i), kRed) << "another's";
}

TEST_F(MosaicTest, TheArrowIsUprightHoweverItsPictureLies) {
  constexpr Size kSize{44, 40};
  constexpr std::uint32_t kMark = 0x12'34'56;
  constexpr Point kMarked{22, 20};
  std::vector<std::uint32_t> pixels(std::size_t{44} * 40, kRed);
  pixels[std::size_t{20} * 44 + 22] = kMark;
  const auto lying = picture_of(kSize, pixels);
  for (const bool mirrored : {false, true}) {
    for (int turns = 0; turns < 4; ++turns) {
      const auto picture = with_orientation(lying.get(), {mirrored, turns});
      Mosaic mosaic(1, kEvery);
      mosaic.put(0, gst::Owned<GstSample>(gst_sample_ref(picture.get())), kBegin, kBegin);
      const auto without = mosaic.poll(kBegin);
      mosaic.point(0, of_unknown_looks(kMarked), kBegin + 1s);
      const auto with = mosaic.poll(kBegin + 1s);
      ASSERT_TRUE(without && with);
      int marked = 0;
      for (int x = 0; x + kInArrow.x < size_of(*with).width; ++x) {
        for (int y = 0; y + kInArrow.y < size_of(*with).height; ++y) {
          if (pixel(*without, x, y) != kMark) continue;
          ++marked;
          EXPECT_EQ(pixel(*with, x, y), kLight) << mirrored << turns;
          EXPECT_EQ(pixel(*with, x + kInArrow.x, y + kInArrow.y), kDark) << mirrored << turns;
        }
      }
      EXPECT_EQ(marked, 1);
    }
  }
}

TEST_F(MosaicTest, HasTheSameColoursInEveryOrderOfBytes) {
  // The first byte in memory is the lowest here.
  const std::vector<std::pair<std::string, std::uint32_t>> formats{
      {"BGRA", 0x80'ff'20'10}, {"RGBx", 0x00'10'20'ff}, {"xRGB", 0x10'20'ff'00}, {"ABGR", 0xff'20'10'80}};
  for (const auto& [format, red] : formats) {
    Mosaic mosaic(1, kEvery);
    mosaic.put(0, picture_of({2, 2}, red, format), kBegin, kBegin);
    const auto whole = mosaic.poll(kBegin);
    ASSERT_TRUE(whole);
    EXPECT_EQ(pixel(*whole, 1, 1), 0xff'20'10U) << format;
  }
}

TEST_F(MosaicTest, LosesNothingWhileAllItsPicturesAreInUse) {
  std::vector<Mosaic::Picture> kept;
  put(1, picture_of({32, 32}, kRed));
  for (int i = 0; i < 10; ++i) {
    put(0, picture_of({32, 32}, kRed), kBegin + i * kEvery);
    if (auto whole = mosaic_.poll(kBegin + i * kEvery)) kept.push_back(*std::move(whole));
  }
  EXPECT_LT(kept.size(), 10U);
  kept.clear();
  const auto at = mosaic_.next_timeout();
  ASSERT_TRUE(at) << "what could not be given is still to come";
  EXPECT_TRUE(mosaic_.poll(*at));
}

}  // namespace
}  // namespace pixelpass::capture
