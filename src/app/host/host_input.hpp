#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/app/host/host.hpp"
#include "pixelpass/base/process_usage.hpp"
#include "pixelpass/encode/source_end.hpp"
#include "pixelpass/encode/source_start.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "app/host/frame_crossing.hpp"
#include "app/host/host_meter.hpp"
#include "app/host/source_command.hpp"
#include "app/host/sources.hpp"
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace pixelpass::app {

/// A host's source as the network thread sees it: media and events come over the crossing, commands go back.
/// Thread: network.
/// Members are in the order opposite to the data's flow, so that the source is destroyed first.
class HostInput {
 public:
  /// How long a cancelled start or choice may take. What cannot be cancelled (a driver that hangs,
  /// GStreamer's plugin scan) ends with the process.
  static constexpr Duration kGiveUpTime = 1s;

  /// All are called on the network thread: on_started before all others except notices, on_ended last.
  struct Handlers {
    /// The source has started, or failed with this error. Once.
    std::function<void(const Result<void>&)> on_started;
    /// A unit as an encoder made it, for readers of access units; called before it comes as a frame.
    std::function<void(const AccessUnit&)> on_unit = [](const AccessUnit&) {};
    std::function<void(Frame)> on_frame;
    std::function<void(const Error&)> on_ended;
    std::function<void(const StreamDescription&)> on_described;
    std::function<void(const Notice&)> on_notice;
    std::function<void(const std::string& reason)> on_hidden;
    /// The start has failed and does not return: on_started may never come.
    std::function<void(const Error&)> on_hung = [](const Error&) {};
  };

  /// Begins to start the source; that may wait for the user's consent.
  HostInput(const boost::asio::any_io_executor& network, const HostOptions& options, const Handlers& handlers,
            Duration give_up_time = kGiveUpTime);

  /// Chooses another screen: the desktop may ask which, and the present one is shared meanwhile. The outcome
  /// is a notice, or on_described. Returns an error if that is not possible.
  std::optional<Error> choose_screen(const ScreenOptions& wanted);
  /// Cancels that choice: the desktop's dialog is closed, if that is possible. The outcome is a notice; a
  /// choice just made stays. Returns an error if that is not possible.
  std::optional<Error> keep_screen();
  /// Whether the desktop's dialog is open; without one, a choice takes a moment.
  [[nodiscard]] bool is_choosing_screen() const;
  /// Applies the command from now on; only once there is a source.
  void apply(const SourceCommand& command);
  [[nodiscard]] StreamDescription describe() const { return source_->describe(); }
  HostLoad load(Instant now);
  std::optional<AudioLevel> take_audio_level() {
    return source_ ? source_->take_audio_level() : std::nullopt;
  }
  /// Ends the source and a pending choice of another screen; a pending start is cancelled, and on_started
  /// does not come. `done` is called afterwards. A source that hangs (in a driver) is left behind after a
  /// while, with a notice: Interrupts::leaves_at_end(). A start or a choice that cannot be cancelled (an X
  /// server that hangs) is not waited for: the process ends with `code`.
  void stop(ExitCode code, std::function<void()> done);

 private:
  void on_start_over();  // of `start_`
  void choose(const ScreenOptions& wanted, const std::stop_token& stop);
  void on_chosen(const std::optional<Error>& error, const ScreenOptions& screen);
  void leave_unless_over_soon(ExitCode code);
  void end_source();
  void leave_source_behind(const Notice& notice);
  void on_source_over();
  void pass(source_command::Play) { source_->play(); }
  void pass(source_command::Pause) { source_->pause(); }
  void pass(source_command::Keyframe) { source_->force_keyframe(); }
  void pass(source_command::Mute mute) { source_->set_muted(mute.muted); }
  void pass(source_command::Opus opus) { source_->set_opus(opus.wanted); }
  void pass(source_command::Show show) { source_->show(show.source); }
  void pass(source_command::Cover cover) { source_->set_covered(cover.covered); }
  void pass(source_command::SetBitrate bitrate) { source_->set_bitrate(bitrate.bits_per_second); }
  void pass(const source_command::SetLimits& limit) { source_->set_limits(limit.limits); }
  /// Posts an event of the source; events before the start is over are delivered when it is.
  void from_source(std::function<void()> what);
  /// Makes MPEG-TS of an encoder's unit, except Opus, since players get AAC; what came as MPEG-TS is passed
  /// on.
  void pass_on(MediaUnit unit);
  /// Called on the source's threads.
  encode::MediaCallbacks callbacks();

  const Handlers handlers_;
  const Duration give_up_time_;
  HostOptions options_;  ///< with the present screen
  CpuMeter cpu_;
  mpegts::TsWriter writer_;
  FrameCrossing crossing_;
  SharedMonitor monitor_;
  std::unique_ptr<encode::MediaSource> source_;
  std::optional<encode::SourceEnd> end_;  ///< of the source
  std::vector<std::function<void()>> said_early_;
  boost::asio::steady_timer patience_;
  std::function<void()> on_stopped_;  ///< the start is still to be given up, or the source to end
  bool is_starting_ = true;
  encode::SourceStart start_;  // uses the crossing
  bool is_choosing_ = false;
  bool is_taken_back_ = false;  ///< the choice
  std::jthread chooser_;        // last: uses the source
};

}  // namespace pixelpass::app
