#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/playback/recording_format.hpp"

#include "playback/late_seek_head.hpp"
#include "playback/recording_plan.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::playback {

/// Throws StartupError if GStreamer lacks a plugin for a container of our hosts' streams; the hint names the
/// packages. Starts GStreamer.
void check_container(RecordingFormat format);

/// Whether a container can have such a track here.
bool can_hold(StreamType type);

/// One file's muxer: Matroska, or fragmented MP4. What has been written can be played, whatever happens next.
/// Matroska's length and index are written at its end, where the file can be gone back in: without them
/// players show no length, and find a place only by reading up to it. Neither pushing a unit nor ending a
/// track waits; what the muxer has not taken yet is counted by level(). Thread: the one whose context is
/// given, where it is made, called and destroyed.
class ContainerFile {
 public:
  /// Bytes of the file, on a streaming thread, the last on its own: it may wait for the disk. It must not
  /// throw. `at`: from its beginning; nullopt: behind what came last, as is all where `goes_back` is false.
  using OnBytes = std::function<void(ByteView, std::optional<std::uint64_t> at)>;
  struct Handlers {
    bool goes_back;  ///< whether on_bytes can write over what is there
    OnBytes on_bytes;
    std::function<void(std::string why)> on_error;
  };

  /// Throws StartupError.
  ContainerFile(RecordingFormat format, const BeginFile& begin, GMainContext* context, Handlers handlers);
  /// Drops what has not been written; waits for on_bytes to return.
  ~ContainerFile();
  ContainerFile(const ContainerFile&) = delete;
  ContainerFile& operator=(const ContainerFile&) = delete;

  void write(const WriteUnit& unit);
  void end_track(std::size_t track);
  enum class End : std::uint8_t { kWritten, kTooSlow, kFailed };
  /// Writes everything that is left. Waits for that, `at_most` so long.
  End finish(std::chrono::milliseconds at_most);
  /// The bytes that wait for the muxer.
  [[nodiscard]] std::size_t level() const;

 private:
  bool give(GstBuffer* buffer);
  void give_at(ByteView bytes, std::uint64_t at);

  const bool goes_back_;
  OnBytes on_bytes_;
  LateSeekHead seek_head_;
  gst::Owned<GstElement> pipeline_;
  std::vector<gst::Owned<GstElement>> sources_;  ///< by track
  std::unique_ptr<gst::BusWatch> watch_;
};

}  // namespace pixelpass::playback
