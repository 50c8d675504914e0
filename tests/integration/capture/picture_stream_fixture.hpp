#pragma once

#include "capture/portal/picture_streams.hpp"
#include "private_pipewire.hpp"
#include "screen_producer.hpp"
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace pixelpass::capture::test {

inline constexpr auto kStreamPatience = 20s;
inline constexpr std::uint32_t kRed = 0xff'00'00;
inline constexpr std::uint32_t kGreen = 0x00'ff'00;
inline constexpr std::uint32_t kBlue = 0x00'00'ff;
inline constexpr std::uint64_t kTiled = 0x0100'0000'0000'0002;
inline const StreamOffer kShared{{}, 30};
inline const StreamOffer kImporting{in_all_formats(std::array{kTiled, kLinear}), 30};

/// As the portal gives it.
Descriptor open_remote();

struct Seen {
  Size size;
  std::uint32_t pixel = 0;
  bool whole = false;  ///< every pixel is the same
  Orientation orientation;
  std::string caps;
  std::optional<PicturePart> crop;
  bool dma_buf = false;
  std::optional<std::uint64_t> layout;
  std::size_t offset = 0;  ///< of its video meta
  int stride = 0;
};

Seen look_at(GstSample* sample);

/// A stream, and whatever comes out of it.
class StreamViewer {
 public:
  StreamViewer(ScreenLoop& loop, std::uint32_t node, const StreamOffer& offer, std::size_t keeps = 0)
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
  /// One has come as the source's own memory, and to be read.
  bool read_a_dma_buf() {
    const std::lock_guard lock(mutex_);
    return read_dma_buf_;
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
    read_dma_buf_ |= seen.dma_buf && !seen.layout;
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
  bool read_dma_buf_ = false;
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
  static std::optional<Seen> show(ScreenProducer& screen, StreamViewer& viewer, std::uint32_t pixel,
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

/// As a compositor that draws on: a picture that meets the change of buffers is lost.
std::optional<Seen> show_in_size(ScreenProducer& screen, StreamViewer& viewer, std::uint32_t pixel,
                                 Size size);

}  // namespace pixelpass::capture::test
