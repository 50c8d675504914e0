#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/playback/recording_format.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace pixelpass::playback {

/// StreamWriter::record() for Matroska and MP4. The network thread hands over whole frames, up to
/// kMostWaiting bytes; beyond that the broadcast skips groups for it. Thread: network. Owns a media thread.
class ContainerWriter final : public StreamWriter {
 public:
  static constexpr std::size_t kMostWaiting = 64 << 20;
  /// The most files in a row for a stream whose tracks change. The host decides when they change: a hostile
  /// one could do so with each picture.
  static constexpr double kFilesAtOnce = 8;
  static constexpr double kFilesPerSecond = 1.0 / 60;
  static constexpr int kMostFiles = 100;
  /// For the end of what writes, after the last moments of the recording have had their time.
  static constexpr Duration kEndWithin = 2s;

  /// As StreamWriter::record().
  ContainerWriter(boost::asio::io_context& io, std::string& path, OlderFile older, RecordingFormat format,
                  const Broadcast& broadcast, std::function<void(Error)> on_error,
                  std::function<void(RecordingNotice)> on_notice);
  /// What hangs is left behind.
  ~ContainerWriter() override;

  void on_broadcast() override;
  void finish(std::function<void(std::optional<Error>)> done) override;
  [[nodiscard]] bool hangs() const override { return hangs_; }
  [[nodiscard]] std::uint64_t bytes_written() const override;

 private:
  class Work;

  using Done = std::function<void(std::optional<Error>)>;

  void hand_over(const Broadcast::Item& item);
  void on_work_over(std::optional<Error> error, const Done& done);
  void wait_for_end(const Done& done);
  void on_hung(const Done& done);

  const Broadcast& broadcast_;
  Cursor cursor_;
  bool told_too_slow_ = false;
  bool told_of_error_ = false;
  bool is_finished_ = false;  ///< or about to be: by finish()
  bool hangs_ = false;
  bool is_over_ = false;
  boost::asio::steady_timer patience_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  std::unique_ptr<Work> work_;
  std::unique_ptr<gst::MediaThread> thread_;  ///< last: runs work_
};

}  // namespace pixelpass::playback
