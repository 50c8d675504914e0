#include "capture/portal/pointer_note.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spa/buffer/meta.h>
#include <spa/param/video/raw.h>

#include <array>
#include <cstring>
#include <limits>

namespace pixelpass::capture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The metadata of a pointer of two columns and two rows, as a source writes it.
struct Note {
  spa_meta_cursor cursor{1, 0, {7, 9}, {1, 0}, sizeof(spa_meta_cursor)};
  spa_meta_bitmap bitmap{SPA_VIDEO_FORMAT_RGBA, {2, 2}, 8, sizeof(spa_meta_bitmap)};
  std::array<std::uint8_t, 16> pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  std::size_t bytes = sizeof cursor + sizeof bitmap + sizeof pixels;

  /// In memory that ends there.
  std::optional<PointerNote> read() const {
    std::vector<std::uint8_t> all(sizeof cursor + sizeof bitmap + sizeof pixels);
    std::memcpy(all.data(), &cursor, sizeof cursor);
    std::memcpy(all.data() + sizeof cursor, &bitmap, sizeof bitmap);
    std::memcpy(all.data() + sizeof cursor + sizeof bitmap, pixels.data(), sizeof pixels);
    all.resize(bytes);
    all.shrink_to_fit();
    spa_meta meta{SPA_META_Cursor, static_cast<std::uint32_t>(all.size()), all.data()};
    const spa_buffer buffer{1, 0, &meta, nullptr};
    return read_pointer(buffer);
  }
  std::optional<PointerImage> image() const { return read().value().image; }
};

TEST(PointerNote, SaysWhereThePointerIsAndHowItLooks) {
  const auto note = Note().read();
  ASSERT_TRUE(note && note->image);
  EXPECT_TRUE(note->visible);
  EXPECT_EQ(note->at, (Point{7, 9}));
  EXPECT_EQ(note->image->hot, (Point{1, 0}));
  EXPECT_EQ(note->image->width, 2);
  EXPECT_EQ(note->image->height, 2);
  EXPECT_THAT(note->image->pixels, ElementsAre(0x04010203U, 0x08050607U, 0x0c090a0bU, 0x100d0e0fU));
}

TEST(PointerNote, ABufferWithoutOneSaysNothing) {
  const spa_buffer buffer{0, 0, nullptr, nullptr};
  EXPECT_FALSE(read_pointer(buffer));
  Note cut;
  cut.bytes = sizeof(spa_meta_cursor) - 1;
  EXPECT_FALSE(cut.read());
}

TEST(PointerNote, NoNumberIsNoPointer) {
  Note note;
  note.cursor.id = 0;
  ASSERT_TRUE(note.read());
  EXPECT_FALSE(note.read()->visible);
}

TEST(PointerNote, WithoutAPictureItLooksAsBefore) {
  Note moved;
  moved.cursor.bitmap_offset = 0;
  ASSERT_TRUE(moved.read());
  EXPECT_TRUE(moved.read()->visible);
  EXPECT_FALSE(moved.image());
  Note of_no_format;
  of_no_format.bitmap.format = 0;
  EXPECT_FALSE(of_no_format.image());
}

TEST(PointerNote, APictureOfNothingIsNotSeen) {
  Note nothing;  // mutter's, of a pointer without a texture
  nothing.bitmap = {};
  ASSERT_TRUE(nothing.image());
  EXPECT_THAT(nothing.image()->pixels, IsEmpty());
  Note no_rows;
  no_rows.bitmap.size.height = 0;
  ASSERT_TRUE(no_rows.image());
  EXPECT_THAT(no_rows.image()->pixels, IsEmpty());
}

TEST(PointerNote, HasTheSameColoursInEveryOrderOfBytes) {
  const auto first = [](std::uint32_t format) {
    Note note;
    note.bitmap.format = format;
    return note.image().value().pixels.front();
  };
  EXPECT_EQ(first(SPA_VIDEO_FORMAT_RGBA), 0x04010203U);
  EXPECT_EQ(first(SPA_VIDEO_FORMAT_BGRA), 0x04030201U);
  EXPECT_EQ(first(SPA_VIDEO_FORMAT_ARGB), 0x01020304U);
  EXPECT_EQ(first(SPA_VIDEO_FORMAT_ABGR), 0x01040302U);
}

TEST(PointerNote, RowsMayHaveGapsBetweenThem) {
  Note note;
  note.bitmap.size = {1, 2};
  note.bitmap.stride = 12;
  ASSERT_TRUE(note.image());
  EXPECT_THAT(note.image()->pixels, ElementsAre(0x04010203U, 0x100d0e0fU));
}

TEST(PointerNote, WhatDoesNotFitIntoItsMemoryIsNotRead) {
  constexpr auto kLargest = std::numeric_limits<std::uint32_t>::max();
  const auto looks = [](const auto& change) {
    Note note;
    change(note);
    return note.image().has_value();
  };
  EXPECT_FALSE(looks([](Note& note) { --note.bytes; }));
  EXPECT_FALSE(looks([](Note& note) { note.bytes = sizeof(spa_meta_cursor) + sizeof(spa_meta_bitmap) - 1; }));
  EXPECT_FALSE(looks([](Note& note) { note.cursor.bitmap_offset = sizeof(spa_meta_cursor) - 1; }));
  EXPECT_FALSE(looks([](Note& note) { note.cursor.bitmap_offset += 1; })) << "another format, there";
  EXPECT_FALSE(looks([](Note& note) { note.cursor.bitmap_offset = kLargest; }));
  EXPECT_FALSE(looks([](Note& note) { note.bitmap.offset = sizeof(spa_meta_bitmap) - 1; }));
  EXPECT_FALSE(looks([](Note& note) { note.bitmap.offset += 1; }));
  EXPECT_FALSE(looks([](Note& note) { note.bitmap.offset = kLargest; }));
  EXPECT_FALSE(looks([](Note& note) { note.bitmap.size.height = 3; }));
  EXPECT_FALSE(looks([](Note& note) { note.bitmap.size = {kLargest, kLargest}; }));
  for (const int stride : {7, 0, -8, 9, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()})
    EXPECT_FALSE(looks([stride](Note& note) { note.bitmap.stride = stride; })) << stride;
}

TEST(PointerNote, PlacesBeyondAllScreensStayNumbersThatCanBeAddedUp) {
  Note note;
  note.cursor.position = {std::numeric_limits<int>::min(), std::numeric_limits<int>::max()};
  note.cursor.hotspot = {std::numeric_limits<int>::max(), std::numeric_limits<int>::min()};
  const auto read = note.read();
  ASSERT_TRUE(read && read->image);
  EXPECT_LT(read->at.x, -100'000);
  EXPECT_GT(read->at.y, 100'000);
  EXPECT_LT(std::int64_t{read->image->hot.x} - read->at.x, std::numeric_limits<int>::max());
}

TEST(PointerNote, TheLargestPointerFitsIntoWhatIsAskedFor) {
  std::vector<std::uint8_t> all(pointer_note_bytes(kLongestPointer));
  const spa_meta_cursor cursor{1, 0, {0, 0}, {0, 0}, sizeof(spa_meta_cursor)};
  const spa_meta_bitmap bitmap{SPA_VIDEO_FORMAT_RGBA,
                               {kLongestPointer, kLongestPointer},
                               kLongestPointer * 4,
                               sizeof(spa_meta_bitmap)};
  std::memcpy(all.data(), &cursor, sizeof cursor);
  std::memcpy(all.data() + sizeof cursor, &bitmap, sizeof bitmap);
  spa_meta meta{SPA_META_Cursor, static_cast<std::uint32_t>(all.size()), all.data()};
  const auto note = read_pointer({1, 0, &meta, nullptr});
  ASSERT_TRUE(note && note->image);
  EXPECT_EQ(note->image->width, kLongestPointer);
}

}  // namespace
}  // namespace pixelpass::capture
