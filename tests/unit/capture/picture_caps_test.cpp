#include "capture/portal/picture_caps.hpp"

#include "capture/portal/stream_memory.hpp"
#include <gst/video/video.h>
#include <gtest/gtest.h>
#include <spa/buffer/buffer.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>

namespace pixelpass::capture {
namespace {

constexpr std::uint64_t kTiledModifier = 0x0100'0000'0000'0002;
constexpr PixelFormat kBgrx{"BGRx", SPA_VIDEO_FORMAT_BGRx, "XR24"};
constexpr Size kPictureSize{64, 32};
constexpr DmaBufRules kBefore124{.names_by_drm = false, .reads_rows = true};
constexpr DmaBufRules kOf124{.names_by_drm = true, .reads_rows = false};
constexpr DmaBufRules kSince1246{};

bool are_caps(const StreamFormat& format, std::optional<DmaBufRules> import, const std::string& expected) {
  gst::start_gstreamer();
  PictureCaps caps(format, import);
  const gst::Owned<GstCaps> wanted(
      gst_caps_from_string((expected + ",width=64,height=32,framerate=0/1,pixel-aspect-ratio=1/1").c_str()));
  return gst_caps_is_strictly_equal(caps.of(kPictureSize), wanted.get()) != FALSE;
}

TEST(PictureCaps, BeforeGStreamer124AFormatInAGpusMemoryGoesByItsUsualName) {
  for (const auto modifier : {kLinear, kTiledModifier, kImplicit})
    EXPECT_TRUE(
        are_caps({kBgrx, kPictureSize, modifier}, kBefore124, "video/x-raw(memory:DMABuf),format=BGRx"));
}

TEST(PictureCaps, From124OnItGoesByTheKernelsNameWithItsLayout) {
  for (const auto& rules : {kOf124, kSince1246}) {
    EXPECT_TRUE(
        are_caps({kBgrx, kPictureSize, kTiledModifier}, rules,
                 "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=(string)XR24:0x0100000000000002"));
    EXPECT_TRUE(are_caps({kBgrx, kPictureSize, kLinear}, rules,
                         "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=(string)XR24"))
        << "which says no layout where it is a linear one";
  }
}

TEST(PictureCaps, WhatIsReadGoesByItsUsualNameWhateverItIsIn) {
  EXPECT_TRUE(are_caps({kBgrx, kPictureSize, std::nullopt}, std::nullopt, "video/x-raw,format=BGRx"));
  EXPECT_TRUE(are_caps({kBgrx, kPictureSize, kLinear}, std::nullopt, "video/x-raw,format=BGRx"));
}

TEST(PictureCaps, TheRangeOfTelevisionIsToldWhereverThePictureIsIn) {
  const StreamFormat shared{kBgrx, kPictureSize, std::nullopt, true};
  EXPECT_TRUE(are_caps(shared, std::nullopt, "video/x-raw,format=BGRx,colorimetry=(string)2:1:7:1"));
  StreamFormat drawn = shared;
  drawn.modifier = kLinear;
  EXPECT_TRUE(
      are_caps(drawn, kBefore124, "video/x-raw(memory:DMABuf),format=BGRx,colorimetry=(string)2:1:7:1"));
  PictureCaps caps(shared);
  GstVideoInfo info;
  ASSERT_TRUE(gst_video_info_from_caps(&info, caps.of(kPictureSize)));
  EXPECT_EQ(info.colorimetry.range, GST_VIDEO_COLOR_RANGE_16_235);
}

TEST(PictureCaps, VersionsOfGStreamerAreToldApart) {
  EXPECT_EQ(dma_buf_rules(1, 20, 3), kBefore124);
  EXPECT_EQ(dma_buf_rules(1, 22, 12), kBefore124);
  EXPECT_EQ(dma_buf_rules(1, 24, 0), kOf124);
  EXPECT_EQ(dma_buf_rules(1, 24, 5), kOf124);
  EXPECT_EQ(dma_buf_rules(1, 24, 6), kSince1246);
  EXPECT_EQ(dma_buf_rules(1, 26, 2), kSince1246);
  EXPECT_EQ(dma_buf_rules(2, 0, 0), kSince1246);
}

/// A DMA-BUF, as far as a file in memory is one, with rows of this length from this place on.
class DrawnBuffer {
 public:
  DrawnBuffer(std::uint32_t offset, std::int32_t stride) : file_(memfd_create("drawn", MFD_ALLOW_SEALING)) {
    constexpr std::uint32_t kFileBytes = 64 << 10;
    EXPECT_EQ(ftruncate(file_, kFileBytes), 0);
    chunk_.offset = offset;
    chunk_.stride = stride;
    chunk_.size = kFileBytes;
    data_.type = SPA_DATA_DmaBuf;
    data_.fd = file_;
    data_.maxsize = kFileBytes;
    data_.chunk = &chunk_;
    buffer_.n_datas = 1;
    buffer_.datas = &data_;
  }
  ~DrawnBuffer() { close(file_); }
  DrawnBuffer(const DrawnBuffer&) = delete;
  DrawnBuffer& operator=(const DrawnBuffer&) = delete;

  /// Whether a picture comes of it; if not, whether that is said.
  [[nodiscard]] bool gives_picture(const DmaBufRules& rules) const {
    gst::start_gstreamer();
    const auto memory = take_memory(buffer_, {kBgrx, kPictureSize, kLinear}, rules);
    if (!memory) return false;
    const PictureNotes notes{std::nullopt, {}, {0, 0, kPictureSize}};
    const bool gives = memory->picture(buffer_, notes, nullptr) != nullptr;
    EXPECT_EQ(memory->is_useless(), !gives);
    return gives;
  }

 private:
  int file_;
  spa_chunk chunk_{};
  spa_data data_{};
  spa_buffer buffer_{};
};

TEST(PictureCaps, RowsThatGStreamerWouldMisreadAreNotGivenToIt) {
  constexpr std::int32_t kRow = 64 * 4;
  const DrawnBuffer plain(0, kRow);
  const DrawnBuffer longer(0, kRow + 64);
  const DrawnBuffer later(4096, kRow);
  for (const auto& rules : {kBefore124, kOf124, kSince1246}) EXPECT_TRUE(plain.gives_picture(rules));
  for (const auto* other : {&longer, &later}) {
    EXPECT_TRUE(other->gives_picture(kBefore124));
    EXPECT_FALSE(other->gives_picture(kOf124));
    EXPECT_TRUE(other->gives_picture(kSince1246));
  }
}

}  // namespace
}  // namespace pixelpass::capture
