#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/mpegts/discontinuity.hpp"
#include "pixelpass/playback/stream_writer.hpp"

#include "playback/error_report.hpp"
#include <boost/asio/steady_timer.hpp>

#include <thread>

namespace pixelpass::playback {

/// A StreamWriter to a regular file. A thread of its own writes, since a disk may stand still: the network
/// thread hands over whole frames, at most kMostWaiting bytes of them; past that, groups are lost. Thread:
/// network.
class FileWriter final : public StreamWriter {
 public:
  static constexpr std::size_t kMostWaiting = 64 << 20;

  /// A disk that takes nothing for this long at the end is given up.
  static constexpr Duration kDiskAnswersWithin = 7s;

  /// Whether an existing file's content is kept until there is something to replace it.
  enum class Before : std::uint8_t { kReplaced, kKept };

  /// `on_loss`: groups are lost, since the disk does not keep up; called once, from on_broadcast(). Throws
  /// StartupError when no thread can be created.
  FileWriter(boost::asio::io_context& io, Descriptor fd, Before before, const Broadcast& broadcast,
             ErrorReport report, std::function<void()> on_loss);
  /// Waits until all is written, or cannot be, unless the writer hangs().
  ~FileWriter() override;

  void on_broadcast() override;
  void finish(std::function<void(std::optional<Error>)> done) override;
  [[nodiscard]] bool hangs() const override { return hangs_; }
  [[nodiscard]] std::uint64_t bytes_written() const override;

 private:
  class Work;

  void take_next(Broadcast::Item item);
  void wait_for_disk();
  void on_over(int error);
  void on_hung();

  const Broadcast& broadcast_;
  Cursor cursor_;
  mpegts::DiscontinuityMarker marker_;
  ErrorReport report_;
  std::function<void()> on_loss_;                            ///< empty: told
  std::function<void(std::optional<Error>)> when_finished_;  ///< from finish() until the thread is over
  bool is_over_ = false;                                     ///< the thread has closed the file
  bool hangs_ = false;                                       ///< the thread is left behind
  boost::asio::steady_timer patience_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();
  std::unique_ptr<Work> work_;
  std::thread thread_;  ///< runs work_
};

}  // namespace pixelpass::playback
