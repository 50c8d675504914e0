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

/// What a source tells its owner. Called on the source's own threads, one call at a time: hand over and
/// return. A callback must not call the source, nor wait for a thread that does.
struct MediaCallbacks {
  /// What was encoded, or read. The first after play() is a keyframe that was captured after it; when there
  /// was something before, it is marked `after_gap`.
  std::function<void(MediaUnit)> on_unit;
  /// The source has ended (end of input: `error` has an empty `what`) or failed. Nothing follows.
  std::function<void(Error error)> on_ended;
  /// describe() has changed (a mode change, another encoder). May be empty.
  std::function<void(StreamDescription)> on_described = {};
  /// Something that does not end it, but that the user has to know. May be empty.
  std::function<void(Error notice)> on_notice = {};
  /// What is shown is a card for now, as the screen is "locked". Empty: the screen is shown again. May be
  /// empty.
  std::function<void(std::string reason)> on_hidden = {};
  /// Its start has failed, and what it called in a library does not return: whoever makes the source waits
  /// for ever, unless the process ends. May be empty.
  std::function<void(Error error)> on_hung = {};
};

/// Makes the capture of a screen, paused. May wait for the user's answer.
using MakeScreen = std::function<std::unique_ptr<capture::ScreenCapture>(capture::ScreenCallbacks)>;

/// What was encoded since the last call.
struct EncodeTimes {
  double fps = 0;
  Duration p50{}, p95{};  ///< picture captured to its access unit ready
  double bits_per_second = 0;
  /// Of the pictures, how many took a quarter of their mean size at least, 0 to 1: near 1 where all of the
  /// screen moves, near 0 where a page changes now and then.
  double evenness = 0;
  std::optional<AudioLevel> audio{};  ///< what viewers get; none: no sound was encoded
};

/// What is given up of the pictures for now.
struct PictureLimits {
  int percent = 100;  ///< of either side
  int fps = 0;        ///< at most; 0: as many as were asked for at the start
  friend bool operator==(const PictureLimits&, const PictureLimits&) = default;
};

/// Where a host's pictures come from: a pipeline, or a stream that is passed through.
/// Thread: any one thread calls it; the callbacks come on others. The destructor stops and joins, and no
/// callback comes after it has returned.
class MediaSource {
 public:
  virtual ~MediaSource() = default;
  /// Starts or goes on; a keyframe comes first. Idempotent.
  virtual void play() = 0;
  /// Nobody watches: nothing comes after this has returned, and next to no CPU is used. Idempotent. A stream
  /// that is passed through is read on and dropped.
  virtual void pause() = 0;
  /// A keyframe as soon as possible; where that cannot be (a stream passed through), nothing happens.
  virtual void force_keyframe() = 0;
  virtual void set_bitrate(std::int64_t bits_per_second) = 0;
  /// Takes effect with the next picture, which is a keyframe; `on_described` tells what it has become. Where
  /// the stream is passed through, nothing happens.
  virtual void set_limits(const PictureLimits& limits) = 0;
  /// Nothing is captured of the sound, and viewers hear silence, from now on and over pauses: the sound track
  /// goes on, as players would wait for one that stops. Idempotent. Where the stream is passed through,
  /// nothing happens.
  virtual void set_muted(bool muted) = 0;
  /// The sound comes as Opus too from now on, and over pauses: for browsers. Idempotent. Of a stream that is
  /// passed through it is decoded for that, and its PTS are the stream's own. Where there is no sound,
  /// nothing happens; where it cannot be had, `on_notice` says so.
  virtual void set_opus(bool wanted) = 0;
  /// See capture::ScreenCapture; `on_described` tells of it. Where the stream is passed through, nothing
  /// happens.
  virtual void show(int source) = 0;
  /// A card in place of the screen, and silence, until it is uncovered: neither is captured meanwhile, and
  /// nothing that was captured before comes after this has returned. Either change comes at once, beginning
  /// with a keyframe. Idempotent, and over pauses. Where the stream is passed through, nothing happens.
  virtual void set_covered(bool covered) = 0;
  /// Another screen takes the place of the present one, which is shared until then, and stays where this one
  /// cannot be had: the error says why. `on_described` tells of the new one, and of the old one nothing comes
  /// any more. Waits for `make`. Thread: any one, also while another one makes the other calls; the source
  /// has to stay until it has returned.
  virtual std::optional<Error> replace_screen(const MakeScreen& make);
  /// What viewers are told.
  [[nodiscard]] virtual StreamDescription describe() const = 0;
  virtual EncodeTimes take_times() = 0;
  /// The sound that viewers get, since the last call of this one; nullopt: none was encoded. Thread: any.
  virtual std::optional<AudioLevel> take_audio_level() { return std::nullopt; }
};

/// For the first group of a stream to come.
inline constexpr Duration kFirstGroupWithin = 10s;

/// MPEG-TS from a file descriptor (not closed), passed through byte for byte and split at random-access
/// points (see mpegts::TsSplitter). A file is played at its own pace; what comes through a pipe is taken as
/// it comes, and waits where it is more than a second early. Waits for the first group, at most `timeout`,
/// before it returns: throws StartupError when what comes is not MPEG-TS with video or, with kInterrupted,
/// when `stop` was asked for. That group is kept, and nothing more is read, until the first play(), which
/// begins with it: there may never be another keyframe. If the input has ended by then, `on_ended` follows at
/// once. `captured_at` is when the picture began to arrive or, of what waited here, when it was passed on.
std::unique_ptr<MediaSource> make_stdin_source(int fd, MediaCallbacks callbacks,
                                               Duration timeout = kFirstGroupWithin,
                                               const std::stop_token& stop = {});

}  // namespace pixelpass::encode
