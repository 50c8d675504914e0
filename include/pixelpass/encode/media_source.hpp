#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/broadcast/frame.hpp"
#include "pixelpass/wire/control.hpp"

#include <functional>
#include <memory>
#include <string>

namespace pixelpass::encode {

/// What a source tells its owner. Called on the source's own threads: hand over and return.
struct MediaCallbacks {
  /// One access unit as MPEG-TS. The first after play() is a keyframe.
  std::function<void(Frame)> on_frame;
  /// The source has ended (end of input: `error` has an empty `what`) or failed. Nothing follows.
  std::function<void(Error error)> on_ended;
};

struct EncodeTimes {
  double fps = 0;         ///< since the last call
  Duration p50{}, p95{};  ///< picture captured to its TS bytes ready
};

/// Where a host's pictures come from: a pipeline, or a stream that is passed through.
/// Thread: any one thread calls it; the callbacks come on others. The destructor stops and joins, and no
/// callback comes after it has returned.
class MediaSource {
 public:
  virtual ~MediaSource() = default;
  /// Starts or goes on; a keyframe comes first. Idempotent.
  virtual void play() = 0;
  /// Nobody watches: no frames, next to no CPU. Idempotent. A stream that is passed through is read on and
  /// dropped.
  virtual void pause() = 0;
  /// A keyframe as soon as possible; where that cannot be (a stream passed through), nothing happens.
  virtual void force_keyframe() = 0;
  virtual void set_bitrate(std::int64_t bits_per_second) = 0;
  /// What viewers are told.
  [[nodiscard]] virtual wire::StreamDescription describe() const = 0;
  virtual EncodeTimes take_times() = 0;
};

struct TestSourceSettings {
  int width = 1280;
  int height = 720;
  int fps = 30;
  std::int64_t bitrate_bps = 6'000'000;
  std::string encoder = "auto";  ///< auto, x264, openh264
  bool audio = true;
};

/// A generated moving picture with a clock, and a tone. Throws StartupError (which encoders were tried, what
/// to install) when this machine cannot encode it.
std::unique_ptr<MediaSource> make_test_source(const TestSourceSettings& settings, MediaCallbacks callbacks);

/// MPEG-TS from a file descriptor (not closed), passed through byte for byte and split at random-access
/// points. Waits for the first group, at most `timeout`, before it returns: throws StartupError when what
/// comes is not MPEG-TS with video.
std::unique_ptr<MediaSource> make_stdin_source(int fd, MediaCallbacks callbacks, Duration timeout = 10s);

}  // namespace pixelpass::encode
