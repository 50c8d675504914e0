#pragma once

#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/playback/recording_format.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include <atomic>
#include <memory>

namespace pixelpass::playback {

/// StreamWriter::record() for Matroska and MP4. The network thread hands whole frames over, and no more than
/// kMostWaiting bytes of them: past that the broadcast loses groups for it. Thread: network. Owns a media
/// thread.
class ContainerWriter final : public StreamWriter {
 public:
  static constexpr std::size_t kMostWaiting = 64 << 20;

  ContainerWriter(boost::asio::io_context& io, const std::string& path, RecordingFormat format,
                  const Broadcast& broadcast, std::function<void(Error)> on_error,
                  std::function<void(RecordingNotice)> on_notice);
  ~ContainerWriter() override;

  void on_broadcast() override;
  [[nodiscard]] std::uint64_t bytes_written() const override;

 private:
  class Work;

  void hand_over(const Broadcast::Item& item);

  const Broadcast& broadcast_;
  Cursor cursor_;
  bool too_slow_ = false;  ///< since the reader of the broadcast has last caught up
  bool told_too_slow_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  std::unique_ptr<Work> work_;
  gst::MediaThread thread_;  ///< last: runs work_
};

}  // namespace pixelpass::playback
