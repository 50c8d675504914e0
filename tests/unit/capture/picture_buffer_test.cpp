#include "capture/portal/picture_buffer.hpp"

#include <gtest/gtest.h>
#include <spa/buffer/meta.h>

#include <array>
#include <limits>

namespace pixelpass::capture {
namespace {

constexpr Size kWhole{40, 30};
constexpr std::uint32_t kStride = 40 * 4;
constexpr std::size_t kBytes = std::size_t{kStride} * 30;

/// A buffer with one picture, as a source writes it.
struct Buffer {
  spa_meta_header header{};
  spa_meta_region crop{};
  spa_meta_videotransform transform{};
  spa_chunk chunk{0, kBytes, kStride, SPA_CHUNK_FLAG_NONE};
  std::array<spa_meta, 3> metas{{{SPA_META_Header, sizeof header, &header},
                                 {SPA_META_VideoCrop, sizeof crop, &crop},
                                 {SPA_META_VideoTransform, sizeof transform, &transform}}};
  spa_data data{SPA_DATA_MemFd, 0, -1, 0, kBytes, nullptr, &chunk};
  spa_buffer buffer{3, 1, metas.data(), &data};

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::optional<PictureNotes> notes() const { return read_notes(buffer, kWhole); }
  std::optional<PixelRows> rows(const PicturePart& part = {0, 0, kWhole},
                                std::size_t readable = kBytes) const {
    return find_rows(data, readable, kWhole, part);
  }
  PicturePart part(std::int32_t x, std::int32_t y, std::uint32_t width, std::uint32_t height) {
    crop.region = {{x, y}, {width, height}};
    return notes().value().visible;
  }
};

TEST(PictureBuffer, ThePictureIsWholeWhereNothingElseIsSaid) {
  const Buffer buffer;
  const auto notes = buffer.notes();
  ASSERT_TRUE(notes);
  EXPECT_EQ(notes->visible, (PicturePart{0, 0, kWhole}));
  EXPECT_EQ(notes->stamp, Duration::zero());
  EXPECT_TRUE(notes->orientation.is_upright());
  EXPECT_EQ(buffer.rows(), (PixelRows{0, kStride, kBytes}));
}

TEST(PictureBuffer, ABufferWithoutAnyNotesHoldsAWholePictureOfNoTime) {
  Buffer buffer;
  buffer.buffer.n_metas = 0;
  const auto notes = buffer.notes();
  ASSERT_TRUE(notes);
  EXPECT_FALSE(notes->stamp);
  EXPECT_EQ(notes->visible, (PicturePart{0, 0, kWhole}));
}

TEST(PictureBuffer, NotesThatAreTooShortAreNotRead) {
  Buffer buffer;
  buffer.crop.region = {{10, 10}, {5, 5}};
  buffer.metas[1].size = sizeof(spa_meta_region) - 1;
  EXPECT_EQ(buffer.notes()->visible, (PicturePart{0, 0, kWhole}));
}

TEST(PictureBuffer, TheTimeIsTheSourcesOwnAndNoneBeforeTheBeginning) {
  Buffer buffer;
  buffer.header.pts = 1'500'000;
  EXPECT_EQ(buffer.notes()->stamp, std::chrono::microseconds(1500));
  buffer.header.pts = -1;
  EXPECT_FALSE(buffer.notes()->stamp);
}

TEST(PictureBuffer, WhatIsCorruptedOrEmptyIsNoPicture) {
  Buffer corrupted;
  corrupted.header.flags = SPA_META_HEADER_FLAG_CORRUPTED;
  EXPECT_FALSE(corrupted.notes());
  for (const auto flag : {SPA_CHUNK_FLAG_CORRUPTED, SPA_CHUNK_FLAG_EMPTY}) {
    Buffer buffer;
    buffer.chunk.flags = static_cast<std::int32_t>(flag);
    EXPECT_FALSE(buffer.notes()) << flag;
  }
  Buffer empty;
  empty.chunk.size = 0;
  EXPECT_FALSE(empty.notes()) << "a pointer has moved";
  Buffer none;
  none.buffer.n_datas = 0;
  EXPECT_FALSE(none.notes());
}

TEST(PictureBuffer, APartOfThePictureIsTakenAsFarAsItIsInside) {
  Buffer buffer;
  EXPECT_EQ(buffer.part(10, 20, 8, 4), (PicturePart{10, 20, {8, 4}}));
  EXPECT_EQ(buffer.part(30, 20, 100, 100), (PicturePart{30, 20, {10, 10}}));
  EXPECT_EQ(buffer.part(-4, -2, 8, 4), (PicturePart{0, 0, {4, 2}}));
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(buffer.part(39, 28, kMost, kMost), (PicturePart{39, 28, {1, 2}}));
}

TEST(PictureBuffer, APartThatIsNothingOrOutsideSaysNothing) {
  const PicturePart all{0, 0, kWhole};
  Buffer buffer;
  EXPECT_EQ(buffer.part(0, 0, 0, 0), all) << "mutter's, where a monitor is shared";
  EXPECT_EQ(buffer.part(5, 5, 10, 0), all);
  EXPECT_EQ(buffer.part(0, 0, 1, 1), all)
      << "mutter's, where a window is drawn in surfaces over a single pixel";
  EXPECT_EQ(buffer.part(40, 0, 10, 10), all);
  constexpr auto kLeast = std::numeric_limits<std::int32_t>::min();
  EXPECT_EQ(buffer.part(kLeast, kLeast, 10, 10), all);
}

TEST(PictureBuffer, APictureIsTurnedBackTheWayItWasTurned) {
  // PipeWire's own element says the same of each to GStreamer, in words that orientation_named() reads.
  constexpr std::array kNames{"rotate-0",      "rotate-90",       "rotate-180",      "rotate-270",
                              "flip-rotate-0", "flip-rotate-270", "flip-rotate-180", "flip-rotate-90"};
  Buffer buffer;
  for (std::uint32_t value = 0; value < kNames.size(); ++value) {
    buffer.transform.transform = value;
    EXPECT_EQ(buffer.notes()->orientation, orientation_named(kNames[value])) << kNames[value];
  }
  buffer.transform.transform = 8;
  EXPECT_TRUE(buffer.notes()->orientation.is_upright()) << "not one of the eight";
}

TEST(PictureBuffer, APartLiesWhereItsFirstRowBegins) {
  const Buffer buffer;
  EXPECT_EQ(buffer.rows({10, 20, {8, 4}}),
            (PixelRows{std::size_t{20} * kStride + 40, kStride, std::size_t{3} * kStride + 32}));
}

TEST(PictureBuffer, RowsMayBePaddedAndTheLastOneEndWhereItsPixelsDo) {
  Buffer buffer;
  buffer.chunk = {64, 256 * 29 + kStride, 256, 0};
  EXPECT_EQ(buffer.rows({0, 0, kWhole}, 10'000), (PixelRows{64, 256, 256 * 29 + kStride}));
  EXPECT_EQ(buffer.rows({10, 20, {8, 4}}, 10'000), (PixelRows{64 + 256 * 20 + 40, 256, 256 * 3 + 32}));
  buffer.chunk.size -= 1;
  EXPECT_FALSE(buffer.rows({0, 0, kWhole}, 10'000));
}

TEST(PictureBuffer, AChunkThatIsSmallerThanThePictureIsNone) {
  Buffer buffer;
  buffer.chunk.size = kBytes - 1;
  EXPECT_FALSE(buffer.rows());
}

TEST(PictureBuffer, WhatLiesBehindTheMemorysEndIsNotThere) {
  Buffer buffer;
  EXPECT_FALSE(buffer.rows({0, 0, kWhole}, kBytes - 1)) << "the chunk says more than there is";
  buffer.chunk.offset = 1;
  EXPECT_FALSE(buffer.rows());
  buffer.chunk.offset = std::numeric_limits<std::uint32_t>::max();
  EXPECT_FALSE(buffer.rows());
}

TEST(PictureBuffer, RowsThatOverlapOrGoBackwardsAreNone) {
  Buffer buffer;
  for (const std::int32_t stride : {-1, std::numeric_limits<std::int32_t>::min(), 1, int{kStride} - 1}) {
    buffer.chunk.stride = stride;
    EXPECT_FALSE(buffer.rows()) << stride;
  }
  buffer.chunk.stride = std::numeric_limits<std::int32_t>::max();
  EXPECT_FALSE(buffer.rows());
}

TEST(PictureBuffer, ASourceThatDoesNotSayItsStrideHasNoPadding) {
  Buffer buffer;
  buffer.chunk.stride = 0;
  EXPECT_EQ(buffer.rows(), (PixelRows{0, kStride, kBytes}));
}

TEST(PictureBuffer, ADmaBufNeedNotSayItsSizeButHasOne) {
  Buffer buffer;
  buffer.data.type = SPA_DATA_DmaBuf;
  for (const std::uint32_t size : {1U, 0U}) {
    buffer.chunk.size = size;
    EXPECT_TRUE(buffer.notes());
    EXPECT_TRUE(buffer.rows());
    EXPECT_FALSE(buffer.rows({0, 0, kWhole}, kBytes - 1));
  }
  buffer.chunk.flags = SPA_CHUNK_FLAG_CORRUPTED;
  EXPECT_FALSE(buffer.notes());
}

TEST(PictureBuffer, APartOfALargerFormatsPictureIsNotReadOutOfASmallerOne) {
  const Buffer buffer;
  const Size larger{kWhole.width, kWhole.height + 1};
  EXPECT_FALSE(buffer.rows({0, 0, larger}));
  EXPECT_FALSE(buffer.rows({1, 0, kWhole}));
  EXPECT_FALSE(buffer.rows({0, 0, {}}));
  EXPECT_TRUE(buffer.rows({1, 1, {kWhole.width - 1, kWhole.height - 1}}));
}

}  // namespace
}  // namespace pixelpass::capture
