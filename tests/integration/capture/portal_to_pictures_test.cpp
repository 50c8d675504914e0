#include "capture/portal/portal_capture_core.hpp"
#include "fake_portal.hpp"
#include "picture_stream_fixture.hpp"
#include "private_bus.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace pixelpass::capture {
namespace {

using namespace test;
using Nature = ScreenProducer::Nature;

constexpr PortalFeatures kPortal{
    4, PortalFeatures::kMonitors | PortalFeatures::kWindows | PortalFeatures::kVirtual,
    PortalFeatures::kCursorEmbedded};

/// What came of a screen in the end.
enum class Came : std::uint8_t {
  kImported,      ///< a DMA-BUF as it is
  kReadFromCard,  ///< a DMA-BUF, to be read
  kInMemory,      ///< any shared memory
  kNothing,       ///< it ended: its pictures cannot be read
};

struct Rung {
  std::string name;
  Nature screen;
  bool imports;  ///< the encoder, what is tiled
  Came came;
};

void PrintTo(const Rung& tried, std::ostream* out) {
  *out << tried.name;
}

/// The whole way from a portal's answer to the pictures.
class PortalToPictures : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst::start_gstreamer(); }
  void SetUp() override {
    for (const auto& missing : {PrivatePipeWire::missing(), PrivateBus::missing()})
      if (!missing.empty()) GTEST_SKIP() << "needs " << missing;
    pipewire_.emplace();
    pipewire_->start();
    bus_.emplace();
    portal_.emplace(bus_->connect());
    portal_->open_remotes_with([] { return open_remote(); });
  }

  /// Shares them under another size than theirs, as the portals of scaled monitors do.
  void share(const std::vector<ScreenProducer*>& screens, unsigned kind = PortalFeatures::kMonitors) {
    std::string streams;
    for (auto* screen : screens)
      streams += (streams.empty() ? "(uint32 " : ", (uint32 ") + std::to_string(screen->node()) +
                 ", {'size': <(60, 40)>, 'source_type': <uint32 " + std::to_string(kind) + ">})";
    portal_->share("[" + streams + "]");
  }

  void open(const PortalSettings& settings = {}, const DmaBufFormats& imports = {}) {
    capture_.emplace(bus_->connect(), settings, kPortal,
                     ScreenCallbacks{[this](gst::Owned<GstSample> picture, Instant) {
                                       note(came_of(look_at(picture.get())));
                                     },
                                     [this](const Error& why) {
                                       ended_ = why.what;
                                       note(Came::kNothing);
                                     },
                                     [](const Error&) {}});
    capture_->allow_dma_bufs(imports);
    capture_->open({});
  }

  void capture(ScreenProducer& screen, const DmaBufFormats& imports, const PortalSettings& settings = {}) {
    share({&screen});
    open(settings, imports);
    capture_->play();
  }

  [[nodiscard]] Size described() const {
    const auto description = capture_->describe();
    return {description.width, description.height};
  }

  static Came came_of(const Seen& seen) {
    if (!seen.dma_buf) return Came::kInMemory;
    return seen.layout ? Came::kImported : Came::kReadFromCard;
  }

  void note(Came what) {
    const std::lock_guard lock(mutex_);
    came_ = what;
    changed_.notify_all();
  }

  std::optional<Came> wait(ScreenProducer& screen) {
    const auto deadline = Clock::now() + kStreamPatience;
    std::unique_lock lock(mutex_);
    while (!came_ && Clock::now() < deadline) {
      lock.unlock();
      screen.draw(kRed);
      lock.lock();
      changed_.wait_for(lock, 20ms, [this] { return came_.has_value(); });
    }
    return came_;
  }

  std::optional<PrivatePipeWire> pipewire_;
  std::optional<PrivateBus> bus_;
  std::optional<FakePortal> portal_;
  std::mutex mutex_;  ///< guards the next two
  std::condition_variable changed_;
  std::optional<Came> came_;
  std::string ended_;  ///< before kNothing is noted
  std::optional<PortalCapture> capture_;
};

TEST_F(PortalToPictures, AVirtualMonitorHasTheSizeThatWasAskedFor) {
  ScreenProducer screen({.any_size = true});
  PortalSettings settings;
  settings.kind = ShareKind::kVirtual;
  settings.virtual_size = Size{320, 200};
  capture(screen, {}, settings);
  EXPECT_EQ(wait(screen), Came::kInMemory);
  EXPECT_EQ(portal_->types(), PortalFeatures::kVirtual);
  EXPECT_EQ(described(), (Size{320, 200}));
}

TEST_F(PortalToPictures, AScreenThatDrawsNothingHasItsOwnSizeAndNotTheOneInTheDesktopsUnits) {
  ScreenProducer screen({.size = {128, 96}});
  share({&screen});
  open();
  EXPECT_EQ(described(), (Size{128, 96}));
}

TEST_F(PortalToPictures, ScreensThatDrawNothingHaveTheirOwnSizesSideBySide) {
  ScreenProducer left({.size = {128, 96}});
  ScreenProducer right({.size = {64, 48}});
  share({&left, &right});
  open();
  EXPECT_EQ(described(), (Size{192, 96}));
}

TEST_F(PortalToPictures, AWindowHasTheSizeOfItsPartOfThePictureAlsoWhereThatComesLate) {
  ScreenProducer screen({.size = {128, 96}});
  share({&screen}, PortalFeatures::kWindows);
  const std::jthread compositor([&screen](const std::stop_token& stop) {
    // A monitor's is not waited for that long.
    for (auto at = Clock::now() + 800ms; !stop.stop_requested(); at = Clock::now() + 20ms) {
      std::this_thread::sleep_until(at);
      screen.draw(kRed, {.crop = spa_region{{8, 8}, {40, 20}}});
    }
  });
  open();
  EXPECT_EQ(described(), (Size{40, 20}));
}

class MemoryOfAScreen : public PortalToPictures, public testing::WithParamInterface<Rung> {};

TEST_P(MemoryOfAScreen, IsTheBestThatCanBeTaken) {
  const Rung& tried = GetParam();
  ScreenProducer screen(tried.screen);
  capture(screen, tried.imports ? in_all_formats(std::array{kTiled}) : DmaBufFormats{});
  EXPECT_EQ(wait(screen), tried.came);
  EXPECT_THAT(ended_, testing::HasSubstr(tried.came == Came::kNothing ? "cannot be read" : ""));
  capture_.reset();
}

INSTANTIATE_TEST_SUITE_P(
    Ladder, MemoryOfAScreen,
    testing::Values(
        Rung{"ADmaBufThatTheEncoderImports", {.modifiers = {kTiled}}, true, Came::kImported},
        Rung{"FilesWhereTheEncoderImportsNone", {.modifiers = {kTiled}}, false, Came::kInMemory},
        Rung{"FilesWhereADmaBufCannotBeTaken",
             {.modifiers = {kTiled}, .unusable = {kTiled}},
             true,
             Came::kInMemory},
        Rung{"FilesWhereALayoutIsNeverChosen",
             {.modifiers = {kTiled}, .never_chooses = true},
             true,
             Came::kInMemory},
        Rung{"FilesOfAScreenWithoutDmaBufs", {}, true, Came::kInMemory},
        Rung{"PipeWiresOwnOfAScreenThatMakesNone", {.lent = true}, false, Came::kInMemory},
        Rung{"PipeWiresOwnAlsoForAnEncoderThatImports", {.lent = true}, true, Came::kInMemory},
        Rung{"ADmaBufToBeReadOfAScreenThatHasNothingElse",
             {.shared = false, .modifiers = {kLinear}},
             false,
             Came::kReadFromCard},
        Rung{"NoneWhereFilesCannotBeReadAndThereIsNothingElse", {.empty = true}, false, Came::kNothing}),
    [](const auto& tried) { return tried.param.name; });

}  // namespace
}  // namespace pixelpass::capture
