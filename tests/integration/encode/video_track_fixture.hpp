#pragma once

#include "pixelpass/encode/encoder_report.hpp"
#include "pixelpass/gst/media_thread.hpp"

#include "encode/encoder_settings.hpp"
#include "encode/video_track.hpp"
#include "support.hpp"

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace pixelpass::encode::test {

inline constexpr std::array<EncoderInput, 1> kInput{
    {{capture::PictureMemory::kShared, "", "video/x-raw,format=I420", "I420"}}};

/// An encoder of ours that no table has.
inline VideoEncoder made_up(std::string_view element, std::span<const EncoderProperty> properties = {}) {
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
  std::unique_ptr<gst::MediaThread> media_ = (gst::start_gstreamer(), std::make_unique<gst::MediaThread>());
  VideoTrack track_;  ///< the media thread's
};

inline const VideoEncoder& real_one() {
  gst::start_gstreamer();
  return *video_encoder_candidates("auto", {.has_element = gst::has_element, .has_plugin = gst::has_element})
              .front();
}

}  // namespace pixelpass::encode::test
