#include "drawn_pictures.hpp"
#include "pictures.hpp"
#include "stand_in_va.hpp"
#include "video_track_fixture.hpp"
#include <gmock/gmock.h>
#include <gst/allocators/gstdmabuf.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <optional>

namespace pixelpass::encode {
namespace {

using test::make_picture;
using test::real_one;
using test::Told;
using test::Track;
using testing::HasSubstr;

/// A DMA-BUF of which nothing can be read: the file that stands for it is empty.
gst::Owned<GstSample> unreadable_dma_buf(bool for_import) {
  const gst::Object<GstAllocator> allocator(gst_dmabuf_allocator_new());
  const gst::Owned<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_append_memory(buffer.get(),
                           gst_dmabuf_allocator_alloc(allocator.get(), memfd_create("picture", MFD_CLOEXEC),
                                                      std::size_t{320} * 4));
  const gst::Owned<GstCaps> caps(gst_caps_from_string("video/x-raw,format=BGRx,width=320,height=240"));
  if (for_import) gst_caps_set_features(caps.get(), 0, gst_caps_features_new("memory:DMABuf", nullptr));
  return gst::Owned<GstSample>(gst_sample_new(buffer.get(), caps.get(), nullptr, nullptr));
}

TEST(VideoTrack, ADmaBufThatCannotBeMappedIsSaidAndIsAnErrorInTheEnd) {
  Track track({&real_one()});
  track.run([](VideoTrack& it) {
    for (int i = 0; i < 500; ++i) it.show(unreadable_dma_buf(false).get());
    EXPECT_FALSE(it.is_free());
  });
  const Told told = track.told();
  EXPECT_EQ(told.notices.size(), 1U);
  EXPECT_EQ(told.failures.size(), 1U);
}

TEST(VideoTrack, ADmaBufThatStillComesToBeImportedIsPassedOver) {
  Track track({&real_one()});
  track.run([](VideoTrack& it) {
    for (int i = 0; i < 500; ++i) EXPECT_FALSE(it.show(unreadable_dma_buf(true).get()));
  });
  const Told told = track.told();
  EXPECT_TRUE(told.notices.empty());
  EXPECT_TRUE(told.failures.empty());
}

/// A track with VA-API's encoder and one behind it, and a screen that a GPU draws.
class VideoTrackOfDmaBufs : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
    stand_in_.emplace();
    track_.emplace(video_encoder_candidates("auto", machine_with_a_gpu()));
    ASSERT_EQ(track_->element(), "vah264enc");
  }
  void TearDown() override {
    StandInVa::hold_imports(false);
    track_.reset();
  }
  /// Encoded, it takes many more bytes than the blank.
  static gst::Owned<GstSample> card() {
    return make_picture({320, 240}, "BGRx", [](int x, int y) {
      const int grey = (x * 7919 + y * 104'729) % 251;
      return test::Rgb{grey, grey, grey};
    });
  }
  static constexpr std::size_t kMoreThanBlank = 5'000;

  test::DrawnPictures drawn_;
  std::optional<StandInVa> stand_in_;
  std::optional<Track> track_;
};

TEST_F(VideoTrackOfDmaBufs, OneForWhichTheEncoderTakesMainMemoryIsPassedOver) {
  const auto part = drawn_.draw(capture::kLinear);
  // Too small for the encoder: with borders, which are painted in main memory.
  auto* crop = gst_buffer_add_video_crop_meta(gst_sample_get_buffer(part.get()));
  ASSERT_NE(crop, nullptr);
  crop->width = crop->height = 16;
  track_->run([&](VideoTrack& it) {
    EXPECT_TRUE(it.show(drawn_.draw(capture::kLinear).get()));
    EXPECT_FALSE(it.show(part.get()));
    EXPECT_TRUE(it.dma_bufs().empty());
  });
  EXPECT_TRUE(track_->told().notices.empty());
}

TEST_F(VideoTrackOfDmaBufs, TheLayoutThatFailedIsRefusedAlsoWhereACardHasComeSince) {
  StandInVa::refuse_next(1);
  StandInVa::hold_imports(true);
  track_->run([&](VideoTrack& it) {
    EXPECT_TRUE(it.show(drawn_.draw(capture::kLinear).get()));
    it.encode(Clock::now(), false);
    it.cover(card().get());
  });
  StandInVa::hold_imports(false);
  ASSERT_TRUE(track_->wait_for([](const Told& told) { return told.changes == 2; }));
  EXPECT_EQ(track_->element(), "vah264enc");
  track_->run([](VideoTrack& it) {
    auto formats = it.dma_bufs();
    EXPECT_FALSE(capture::leave_out(formats, capture::kLinear));
    it.uncover();
    it.encode(Clock::now(), false);
  });
  ASSERT_TRUE(track_->wait_for_pictures(1));
  EXPECT_GT(track_->told().pictures[0].bytes.size(), kMoreThanBlank) << "the card stays";
  EXPECT_TRUE(track_->told().notices.empty());
}

TEST_F(VideoTrackOfDmaBufs, ARequestForAKeyframeThatIsRefusedIsTheEncodersFaultAndNoLayouts) {
  track_->run([&](VideoTrack& it) {
    EXPECT_TRUE(it.show(drawn_.draw(capture::kLinear).get()));
    it.encode(Clock::now(), true);
  });
  ASSERT_TRUE(track_->wait_for_pictures(1));
  const auto imported = StandInVa::imports().size();
  StandInVa::refuse_keyframes();
  track_->run([&](VideoTrack& it) {
    it.encode(Clock::now(), true);
    it.encode(Clock::now(), false);
    EXPECT_EQ(StandInVa::imports().size(), imported) << "it is pushed to all the same";
  });
  ASSERT_TRUE(track_->wait_for([](const Told& told) { return told.changes == 2; }));
  EXPECT_NE(track_->element(), "vah264enc");
  const Told told = track_->told();
  ASSERT_EQ(told.notices.size(), 1U);
  EXPECT_THAT(told.notices[0].what, HasSubstr("keyframe"));
}

TEST_F(VideoTrackOfDmaBufs, ACardStaysWhereTheNextEncoderCannotReadWhatIsBehindIt) {
  track_->run([&](VideoTrack& it) {
    EXPECT_TRUE(it.show(drawn_.draw(capture::kLinear).get()));
    it.cover(card().get());
    it.give_up("it has stopped giving pictures");
    it.uncover();
    it.encode(Clock::now(), false);
  });
  EXPECT_NE(track_->element(), "vah264enc");
  ASSERT_TRUE(track_->wait_for_pictures(1));
  EXPECT_GT(track_->told().pictures[0].bytes.size(), kMoreThanBlank);
}

TEST_F(VideoTrackOfDmaBufs, NothingDarkIsEncodedWhereTheNextEncoderCannotReadTheLastPicture) {
  track_->run([&](VideoTrack& it) {
    EXPECT_TRUE(it.show(drawn_.draw(capture::kLinear).get()));
    it.encode(Clock::now(), false);
  });
  ASSERT_TRUE(track_->wait_for_pictures(1));
  track_->run([&](VideoTrack& it) {
    it.give_up("it has stopped giving pictures");
    it.encode(Clock::now(), false);
    EXPECT_TRUE(it.is_free()) << "nothing of the screen is there yet";
    EXPECT_TRUE(it.show(card().get()));
    it.encode(Clock::now(), false);
  });
  EXPECT_NE(track_->element(), "vah264enc");
  ASSERT_TRUE(track_->wait_for_pictures(2));
  EXPECT_TRUE(track_->told().pictures[1].keyframe);
  EXPECT_GT(track_->told().pictures[1].bytes.size(), kMoreThanBlank);
}

}  // namespace
}  // namespace pixelpass::encode
