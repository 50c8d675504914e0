#include "encode/video_track.hpp"

#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/gst/glib.hpp"
#include "pixelpass/gst/media_thread.hpp"

#include "drawn_pictures.hpp"
#include "encode/encoder_settings.hpp"
#include "pictures.hpp"
#include "stand_in_va.hpp"
#include <gmock/gmock.h>
#include <gst/allocators/gstdmabuf.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <condition_variable>

namespace pixelpass::encode {
namespace {

using gst::MediaThread;
using test::make_picture;
using test::solid;
using testing::HasSubstr;

constexpr auto kPatience = 30s;
constexpr std::array<EncoderInput, 1> kInput{
    {{capture::PictureMemory::kShared, "", "video/x-raw,format=I420", "I420"}}};

/// An encoder of ours that no table has.
VideoEncoder made_up(std::string_view element, std::span<const EncoderProperty> properties = {}) {
  return {.option = "made-up",
          .element = element,
          .kind = EncoderKind::kSoftware,
          .properties = properties,
          .rates = {},
          .group_property = "group",
          .inputs = kInput,
          .tells_colours = false,
          .package = {}};
}

/// What a track has told.
struct Told {
  std::vector<AccessUnit> pictures;  ///< as they came out
  std::vector<Error> notices;
  std::vector<Error> failures;
  int changes = 0;
  int brought_in = 0;
};

/// A track on a media thread, and what it tells. The track itself is touched on that thread alone: it may
/// replace its encoder at any moment.
class Track {
 public:
  /// `pause`: before an encoder that has failed is tried again.
  explicit Track(std::vector<const VideoEncoder*> candidates, Duration pause = 1h)
      : track_({.box = {}, .fps = 30, .bitrate_bps = 1'000'000, .retries = {pause, pause}},
               std::move(candidates), Clock::now(), media_->context(), callbacks()) {
    run([](VideoTrack& track) { track.begin({320, 240}); });
  }
  ~Track() {
    run([](VideoTrack& track) { track.stop(); });
    media_.reset();
  }
  Track(const Track&) = delete;
  Track& operator=(const Track&) = delete;

  void run(const std::function<void(VideoTrack&)>& task) {
    media_->call([&] { task(track_); });
  }
  void encode(bool keyframe = false) {
    run([&](VideoTrack& track) { track.encode(Clock::now(), keyframe); });
  }
  std::string_view element() {
    std::string_view element;
    run([&](VideoTrack& track) { element = track.encoder().element; });
    return element;
  }

  /// Until `is_so` says yes to what was told; it is asked under the lock, and has nothing else to look at.
  bool wait_for(const std::function<bool(const Told&)>& is_so) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return is_so(told_); });
  }
  bool wait_for_pictures(std::size_t count) {
    return wait_for([&](const Told& told) { return told.pictures.size() >= count; });
  }
  Told told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  VideoTrack::Callbacks callbacks() {
    const auto note = [this](auto change) {
      const std::lock_guard lock(mutex_);
      change(told_);
      changed_.notify_all();
    };
    return {[=](const AccessUnit& picture) { note([&](Told& told) { told.pictures.push_back(picture); }); },
            [=] { note([](Told& told) { ++told.changes; }); },
            [=](const Error& notice) { note([&](Told& told) { told.notices.push_back(notice); }); },
            [=](const Error& error) { note([&](Told& told) { told.failures.push_back(error); }); },
            [=] { note([](Told& told) { ++told.brought_in; }); }};
  }

  std::mutex mutex_;  ///< guards told_
  std::condition_variable changed_;
  Told told_;
  std::unique_ptr<MediaThread> media_ = (gst::start_gstreamer(), std::make_unique<MediaThread>());
  VideoTrack track_;  ///< the media thread's
};

const VideoEncoder& real_one() {
  gst::start_gstreamer();
  return *video_encoder_candidates("auto", {.has_element = gst::has_element, .has_plugin = gst::has_element})
              .front();
}

TEST(VideoTrack, AnEncoderThatDoesNotTakeItsSettingsIsReplacedByTheNext) {
  static constexpr std::array<EncoderProperty, 1> kImpossible{{{"no-such-property", "1", true}}};
  const auto bad = made_up("identity", kImpossible);
  Track track({&bad, &real_one()});
  const Told told = track.told();
  ASSERT_EQ(told.notices.size(), 1U);
  EXPECT_THAT(told.notices[0].what, HasSubstr("identity"));
  EXPECT_THAT(told.notices[0].what, HasSubstr(real_one().element));
  EXPECT_EQ(told.changes, 1);
  track.encode();
  EXPECT_TRUE(track.wait_for_pictures(1));
  EXPECT_EQ(track.element(), real_one().element);
}

TEST(VideoTrack, AnEncoderThatFailsAtItsFirstPictureIsReplacedByTheNext) {
  const auto bad = made_up("identity");  // what comes out is no H.264
  Track track({&bad, &real_one()});
  EXPECT_TRUE(track.told().notices.empty());
  track.encode();
  ASSERT_TRUE(track.wait_for([](const Told& told) { return told.changes == 2; }));
  EXPECT_EQ(track.told().notices.size(), 1U);
  EXPECT_TRUE(track.told().failures.empty());
  track.encode();
  ASSERT_TRUE(track.wait_for_pictures(1));
  EXPECT_TRUE(track.told().pictures[0].keyframe);
}

TEST(VideoTrack, WhenNoneWorksThatIsSaidOnce) {
  const auto bad = made_up("identity");
  const auto missing = made_up("no-such-element");
  Track track({&bad, &missing});
  track.encode();
  ASSERT_TRUE(track.wait_for([](const Told& told) { return !told.failures.empty(); }));
  EXPECT_THAT(track.told().failures[0].hint, HasSubstr("--encoder"));
  track.encode();  // does nothing
  track.run([](VideoTrack& it) {
    it.give_up("again");
    EXPECT_FALSE(it.is_free());
  });
  EXPECT_EQ(track.told().failures.size(), 1U);
}

TEST(VideoTrack, ABusyEncoderSaysSo) {
  Track track({&real_one()});
  track.run([](VideoTrack& it) {
    EXPECT_TRUE(it.is_free());
    EXPECT_FALSE(it.busy_since());
    it.encode(Clock::now(), false);
  });
  ASSERT_TRUE(track.wait_for_pictures(1));
  track.run([](VideoTrack& it) { EXPECT_TRUE(it.is_free()); });
}

TEST(VideoTrack, PicturesSayWhenTheyWereCapturedAndStayReadable) {
  const Instant before = Clock::now();
  Track track({&real_one()});
  for (std::size_t i = 0; i < 20; ++i) {
    track.encode();
    ASSERT_TRUE(track.wait_for_pictures(i + 1));
  }
  const Told told = track.told();
  for (std::size_t i = 0; i < told.pictures.size(); ++i) {
    const AccessUnit& picture = told.pictures[i];
    EXPECT_EQ(picture.kind, AccessUnit::Kind::kVideo);
    EXPECT_GE(picture.captured_at, before);
    EXPECT_LE(picture.captured_at, Clock::now());
    EXPECT_NEAR(to_ms(picture.duration), 33.3, 0.1);
    // Later ones were written since: each in memory of its own.
    const ByteView bytes = picture.bytes.view();
    ASSERT_GT(bytes.size(), 4U);
    EXPECT_EQ(bytes[0] + bytes[1], 0);
    if (i == 0) continue;
    EXPECT_EQ(picture.pts - told.pictures[0].pts, picture.captured_at - told.pictures[0].captured_at);
    EXPECT_NE(bytes.data(), told.pictures[i - 1].bytes.data());
  }
}

TEST(VideoTrack, KeyframesComeWhenTheyAreAskedForAndNeverElse) {
  Track track({&real_one()});
  for (std::size_t i = 0; i < 150; ++i) {
    const auto level = static_cast<int>(i * 37 % 256);
    const auto picture = make_picture({320, 240}, "BGRx", solid({level, 255 - level, 0}));
    track.run([&](VideoTrack& it) { it.show(picture.get()); });
    track.encode(i % 40 == 39);
    ASSERT_TRUE(track.wait_for_pictures(i + 1));
    EXPECT_EQ(track.told().pictures.at(i).keyframe, i == 0 || i % 40 == 39) << i;
  }
}

TEST(VideoTrack, PicturesCanBeBroughtIntoTheEncodersMemoryByAnElement) {
  // What vapostproc does for VA's encoders: caps of the capture on one side, the encoder's on the other.
  static constexpr std::array<EncoderInput, 1> kConverted{
      {{capture::PictureMemory::kShared, "videoconvertscale", "video/x-raw,format=I420", "I420"}}};
  gst::start_gstreamer();
  if (!gst::has_element("videoconvertscale")) GTEST_SKIP() << "needs GStreamer 1.22's videoconvertscale";
  VideoEncoder encoder = real_one();
  encoder.inputs = kConverted;
  Track track({&encoder});
  track.encode();  // the dark one
  ASSERT_TRUE(track.wait_for_pictures(1));
  for (std::size_t i = 0; i < 5; ++i) {
    const auto picture = make_picture({320, 240}, i % 2 == 0 ? "BGRx" : "RGBA", solid({1, 2, 3}));
    track.run([&](VideoTrack& it) { EXPECT_TRUE(it.show(picture.get())); });
    track.encode();
    ASSERT_TRUE(track.wait_for_pictures(i + 2));
  }
  EXPECT_TRUE(track.told().failures.empty());
  EXPECT_TRUE(track.wait_for([](const Told& told) { return told.brought_in == 6; })) << "who waits is woken";
}

/// One whose bytes are fewer than it says.
gst::Owned<GstSample> unreadable() {
  const auto small = make_picture({32, 32}, "BGRx", solid({}));
  const auto large = make_picture({320, 240}, "BGRx", solid({}));
  return gst::Owned<GstSample>(
      gst_sample_new(gst_sample_get_buffer(small.get()), gst_sample_get_caps(large.get()), nullptr, nullptr));
}

TEST(VideoTrack, APictureThatCannotBeReadIsSaidOnceAndTheOneBeforeStays) {
  Track track({&real_one()});
  const auto good = make_picture({320, 240}, "BGRx", solid({200, 30, 30}));
  track.run([&](VideoTrack& it) {
    EXPECT_TRUE(it.show(good.get()));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(it.show(unreadable().get()));
  });
  const Told told = track.told();
  ASSERT_EQ(told.notices.size(), 1U);
  EXPECT_THAT(told.notices[0].what, HasSubstr("320"));
  EXPECT_TRUE(told.failures.empty());
  track.encode();
  ASSERT_TRUE(track.wait_for_pictures(1));
}

TEST(VideoTrack, AScreenThatGivesNothingReadableIsAnError) {
  Track track({&real_one()});
  track.run([](VideoTrack& it) {
    const auto screen = unreadable();
    for (int i = 0; i < 500; ++i) it.show(screen.get());
    EXPECT_FALSE(it.is_free());
  });
  const Told told = track.told();
  ASSERT_EQ(told.failures.size(), 1U);
  EXPECT_THAT(told.failures[0].what, HasSubstr("cannot be converted"));
}

/// A DMA-BUF of which nothing can be read: the file that stands for it is empty.
gst::Owned<GstSample> unreadable_dma_buf(bool for_import) {
  const gst::Object<GstAllocator> allocator(gst_dmabuf_allocator_new());
  const gst::Owned<GstBuffer> buffer(gst_buffer_new());
  gst_buffer_append_memory(buffer.get(), gst_dmabuf_allocator_alloc(
                                             allocator.get(), memfd_create("picture", MFD_CLOEXEC), 320 * 4));
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

TEST(VideoTrack, AnEncoderThatFailedAtOneSizeIsTriedAgainAtTheNextButNotForEver) {
  const auto bad = made_up("identity");  // what comes out is no H.264
  Track track({&bad, &real_one()});
  std::size_t pictures = 0;
  for (int turn = 1; turn <= 8; ++turn) {
    const auto failed = static_cast<std::size_t>(std::min(turn, 3));
    track.encode();
    if (turn <= 3) {
      ASSERT_TRUE(track.wait_for([&](const Told& told) { return told.notices.size() >= failed; })) << turn;
      track.encode();  // comes after the change to the next encoder, on the same thread
    }
    ASSERT_TRUE(track.wait_for_pictures(++pictures)) << turn;
    EXPECT_EQ(track.told().notices.size(), failed);
    const auto other = make_picture({320 + 16 * turn, 240}, "BGRx", solid({1, 2, 3}));
    track.run([&](VideoTrack& it) { EXPECT_TRUE(it.show(other.get())); });
    EXPECT_EQ(track.element(), turn < 3 ? bad.element : real_one().element) << turn;
  }
  const Told told = track.told();
  EXPECT_THAT(told.notices[0].what, HasSubstr("identity at 320x240"));
  EXPECT_THAT(told.notices[1].what, HasSubstr("identity at 336x240"));
  EXPECT_TRUE(told.failures.empty());
}

TEST(VideoTrack, AnEncoderThatStoppedGivingPicturesIsNotTriedAgainForAnotherSize) {
  const auto first = real_one();
  Track track({&first, &real_one()});
  track.run([](VideoTrack& it) { it.give_up("it has stopped giving pictures"); });
  ASSERT_EQ(track.told().notices.size(), 1U);
  track.run([](VideoTrack& it) {
    it.show(make_picture({640, 240}, "BGRx", solid({1, 2, 3})).get());
    EXPECT_EQ(&it.encoder(), &real_one());
  });
}

/// The GPU's encoder fails, and works again later: as after a suspend.
class VideoTrackAfterAFailure : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
    stand_in_.emplace(StandInVa::Kind::kFailsAtAPicture);
    track_.emplace(video_encoder_candidates("auto", machine_with_a_gpu()), 1ms);
    track_->encode(true);
    ASSERT_TRUE(track_->wait_for([](const Told& told) { return told.changes == 2; }));
    ASSERT_EQ(track_->element(), "x264enc");
  }
  void TearDown() override { track_.reset(); }
  void encode_one(bool keyframe) {
    track_->encode(keyframe);
    EXPECT_TRUE(track_->wait_for_pictures(++pictures_));
  }
  /// Pictures of the other one until a trial of the first has ended, `times` over.
  void encode_while_tried(int times) {
    const int before = StandInVa::encoders_made();
    const Instant deadline = Clock::now() + kPatience;
    while (StandInVa::encoders_made() < before + times + 1 && Clock::now() < deadline) encode_one(true);
    EXPECT_GT(StandInVa::encoders_made(), before + times);
  }

  std::optional<StandInVa> stand_in_;
  std::optional<Track> track_;
  std::size_t pictures_ = 0;
};

TEST_F(VideoTrackAfterAFailure, ItIsTriedAgainBesideTheOtherAndSaidOnce) {
  encode_while_tried(3);
  EXPECT_EQ(track_->element(), "x264enc");
  const Told told = track_->told();
  EXPECT_EQ(told.changes, 2) << "the stream was disturbed";
  EXPECT_EQ(told.notices.size(), 1U);
  EXPECT_TRUE(told.failures.empty());
}

TEST_F(VideoTrackAfterAFailure, ItComesBackWithTheNextKeyframeWhenItWorksAgain) {
  stand_in_.reset();
  stand_in_.emplace();
  const int before = StandInVa::encoders_made();
  const Instant deadline = Clock::now() + kPatience;
  while (StandInVa::encoders_made() == before && Clock::now() < deadline) encode_one(false);
  for (int i = 0; i < 20; ++i) encode_one(false);
  EXPECT_EQ(track_->element(), "x264enc") << "it did not wait for a keyframe";
  while (track_->element() == "x264enc" && Clock::now() < deadline) encode_one(true);
  EXPECT_EQ(track_->element(), "vah264enc");
  const Told told = track_->told();
  EXPECT_EQ(told.changes, 3);
  EXPECT_EQ(told.notices.size(), 1U);
  EXPECT_TRUE(told.pictures.back().keyframe);
}

TEST_F(VideoTrackAfterAFailure, AnotherScreenIsAReasonToTryItAgain) {
  stand_in_.reset();
  stand_in_.emplace();
  track_->run([](VideoTrack& it) { it.begin({640, 480}); });
  EXPECT_EQ(track_->element(), "vah264enc");
  encode_one(true);
  EXPECT_EQ(track_->element(), "vah264enc");
}

TEST(VideoTrack, TheSizesOfAnEncoderAreItsPads) {
  const auto& encoders = video_encoders();
  const auto* openh264 = std::ranges::find(encoders, "openh264", &VideoEncoder::option).base();
  gst::start_gstreamer();
  if (!gst::has_element("openh264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-bad";
  EXPECT_LE(size_limits(*openh264).largest.width, 8192);
  EXPECT_GE(size_limits(*openh264).smallest.height, 128);
  EXPECT_EQ(size_limits(made_up("no-such-element")).largest, (Size{8192, 8192}));
}

TEST(VideoTrack, ScreensOfExtremeSizesAreEncodedByTheFirstEncoder) {
  Track track({&real_one()});
  std::size_t pictures = 0;
  for (const Size size : {Size{3, 1080}, Size{1, 1}, Size{10'000, 2}, Size{2, 10'000}, Size{16'384, 4}}) {
    track.run([&](VideoTrack& it) {
      EXPECT_TRUE(it.show(make_picture(size, "BGRx", solid({9, 99, 9})).get()));
      EXPECT_LE(it.size().width * it.size().height, 8192 * 128) << size.width;
    });
    track.encode();
    ASSERT_TRUE(track.wait_for_pictures(++pictures)) << size.width;
  }
  EXPECT_TRUE(track.told().notices.empty());
  EXPECT_TRUE(track.told().failures.empty());
}

}  // namespace
}  // namespace pixelpass::encode
