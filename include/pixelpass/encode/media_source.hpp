#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/media/audio_level.hpp"
#include "pixelpass/media/media_unit.hpp"
#include "pixelpass/media/stream_description.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace pixelpass::capture {
class ScreenCapture;
struct ScreenCallbacks;
}  // namespace pixelpass::capture

namespace pixelpass::encode {

/// The callbacks of a source. Called on the source's own threads, one call at a time: hand over and return. A
/// callback must not call the source, nor wait for a thread that does.
struct MediaCallbacks {
  /// A unit was encoded, or read. The first after play() is a keyframe captured after that call; if units
  /// came before, it is marked `after_gap`.
  std::function<void(MediaUnit)> on_unit;
  /// The source has ended (end of input: `error` has an empty `what`) or failed. Nothing follows.
  std::function<void(Error error)> on_ended;
  /// describe() has changed (a mode change, another encoder). May be empty.
  std::function<void(StreamDescription)> on_described = {};
  /// Something has happened that does not end the source, but that the user has to know. May be empty.
  std::function<void(Error notice)> on_notice = {};
  /// A card is shown in place of the screen, which is "locked". Empty: the screen is shown again. May be
  /// empty.
  std::function<void(std::string reason)> on_hidden = {};
  /// The source's start has failed, and a library call of its does not return: whoever makes the source waits
  /// for ever, unless the process ends. May be empty.
  std::function<void(Error error)> on_hung = {};
};

/// Makes the capture of a screen, paused. May wait for the user's answer.
using MakeScreen = std::function<std::unique_ptr<capture::ScreenCapture>(capture::ScreenCallbacks)>;

/// Figures of what was encoded since the last call.
struct EncodeTimes {
  double fps = 0;
  Duration p50{}, p95{};  ///< picture captured to its access unit ready
  double bits_per_second = 0;
  /// The part of the pictures, 0 to 1, whose size is at least a quarter of the mean: near 1 where all of the
  /// screen moves, near 0 where a page changes now and then.
  double evenness = 0;
  std::optional<AudioLevel> audio{};  ///< what viewers get; none: no sound was encoded
};

/// The reductions of size and rate that are in force.
struct PictureLimits {
  int percent = 100;  ///< of either side
  int fps = 0;        ///< at most; 0: as many as were asked for at the start
  friend bool operator==(const PictureLimits&, const PictureLimits&) = default;
};

/// The source of a host's pictures: a pipeline, or a stream that is passed through.
/// Thread: any one thread calls it; the callbacks come on others. The destructor stops and joins, and no
/// callback comes after it has returned.
class MediaSource {
 public:
  virtual ~MediaSource() = default;
  /// Starts or goes on; a keyframe comes first. Idempotent.
  virtual void play() = 0;
  /// Pauses, as nobody watches: nothing comes after this has returned, and next to no CPU is used.
  /// Idempotent. A stream that is passed through is still read, and dropped.
  virtual void pause() = 0;
  /// Asks for a keyframe as soon as possible. Does nothing where the stream is passed through.
  virtual void force_keyframe() = 0;
  virtual void set_bitrate(std::int64_t bits_per_second) = 0;
  /// Changes the limits. They take effect with the next picture, which is a keyframe; `on_described` tells
  /// the new size and rate. Does nothing where the stream is passed through.
  virtual void set_limits(const PictureLimits& limits) = 0;
  /// Captures no sound and sends silence, from now on and over pauses: the track goes on, since players would
  /// wait for one that stops. Idempotent. Does nothing where the stream is passed through.
  virtual void set_muted(bool muted) = 0;
  /// Gives the sound as Opus, too, from now on and over pauses: for browsers. Idempotent. The sound of a
  /// stream that is passed through is decoded for that, and its PTS are the stream's own. Does nothing where
  /// there is no sound; if Opus cannot be had, `on_notice` says so.
  virtual void set_opus(bool wanted) = 0;
  /// See capture::ScreenCapture::show; `on_described` tells of it. Does nothing where the stream is passed
  /// through.
  virtual void show(int source) = 0;
  /// Shows a card in place of the screen, with silence, until it is uncovered. Neither screen nor sound is
  /// captured meanwhile, and nothing captured before comes after this has returned. Either change comes at
  /// once, beginning with a keyframe. Idempotent; holds over pauses. Does nothing where the stream is passed
  /// through.
  virtual void set_covered(bool covered) = 0;
  /// Replaces the screen by another one. The present one is shared until the new one is there, and stays if
  /// that cannot be had: the error says why. `on_described` tells of the new one, after which nothing of the
  /// old one comes. Waits for `make`. Thread: any one, also while another one makes the other calls; the
  /// source has to stay until it has returned.
  virtual std::optional<Error> replace_screen(const MakeScreen& make);
  /// The stream's description, as viewers get it.
  [[nodiscard]] virtual StreamDescription describe() const = 0;
  virtual EncodeTimes take_times() = 0;
  /// The level of the sound that viewers get, since this function was last called; nullopt: none was encoded.
  /// Thread: any.
  virtual std::optional<AudioLevel> take_audio_level() { return std::nullopt; }
};

/// How long a stream's first group is waited for.
inline constexpr Duration kFirstGroupWithin = 10s;

/// Passes MPEG-TS from a file descriptor (not closed) through byte for byte, split at random-access points
/// (see mpegts::TsSplitter). A file is played at its own pace. What comes through a pipe is passed on as it
/// comes, but waits where it is more than a second early. Waits for the first group, at most `timeout`,
/// before it returns: throws StartupError when the input is not MPEG-TS with video or, with kInterrupted,
/// when `stop` was asked for. That group is kept, and nothing more is read, until the first play(), which
/// begins with it: there may never be another keyframe. If the input has ended by then, `on_ended` follows at
/// once. `captured_at` is when the picture began to arrive or, if it waited here, when it was passed on.
std::unique_ptr<MediaSource> make_stdin_source(int fd, MediaCallbacks callbacks,
                                               Duration timeout = kFirstGroupWithin,
                                               const std::stop_token& stop = {});

}  // namespace pixelpass::encode
