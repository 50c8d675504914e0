#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/playback/recording_format.hpp"

#include "playback/recording_plan.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace pixelpass::playback {

/// Throws StartupError where GStreamer lacks what a container of our hosts' streams takes; the hint names the
/// packages. Starts GStreamer.
void check_container(RecordingFormat format);

/// Whether a container can have such a track here.
bool can_hold(StreamType type);

/// One file's muxer: Matroska as it is streamed, or fragmented MP4. Both are written from front to back, and
/// what has been written can be played, whatever happens next. Neither pushing a unit nor ending a track
/// waits; what the muxer has not taken yet is counted by level().
/// Thread: the one whose context is given, where it is made, called and destroyed.
class ContainerFile {
 public:
  struct Handlers {
    /// The next bytes of the file, on a streaming thread: it may wait for the disk. It must not throw.
    std::function<void(ByteView)> on_bytes;
    std::function<void(std::string why)> on_error;
  };

  /// Throws StartupError.
  ContainerFile(RecordingFormat format, const BeginFile& begin, GMainContext* context, Handlers handlers);
  /// What has not been written is dropped; waits for on_bytes to return.
  ~ContainerFile();
  ContainerFile(const ContainerFile&) = delete;
  ContainerFile& operator=(const ContainerFile&) = delete;

  void write(const WriteUnit& unit);
  void end_track(std::size_t track);
  enum class End : std::uint8_t { kWritten, kTooSlow, kFailed };
  /// Writes all there is. Waits for that, but not for longer than `at_most`.
  End finish(std::chrono::milliseconds at_most);
  /// Bytes that wait for the muxer.
  [[nodiscard]] std::size_t level() const;

 private:
  gst::Owned<GstElement> pipeline_;
  std::vector<gst::Owned<GstElement>> sources_;  ///< by track
  std::unique_ptr<gst::BusWatch> watch_;
};

}  // namespace pixelpass::playback
