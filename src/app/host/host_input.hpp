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

/// A host's source, seen from the network thread: what it gives and says comes over the crossing, what the
/// session wants of it goes back. Thread: network.
/// Members are in the order of the data's way backwards, so that the source dies first.
class HostInput {
 public:
  /// For a start or a choice that was interrupted to give up. What cannot (a driver that hangs, GStreamer
  /// looking through its plugins) goes with the process.
  static constexpr Duration kGiveUpTime = 1s;

  /// All are called on the network thread, on_started before the others but notices, on_ended last.
  struct Handlers {
    /// The source is there, or the error is. Once.
    std::function<void(const Result<void>&)> on_started;
    /// As an encoder made it, for who reads it so; before it comes as a frame.
    std::function<void(const AccessUnit&)> on_unit = [](const AccessUnit&) {};
    std::function<void(Frame)> on_frame;
    std::function<void(const Error&)> on_ended;
    std::function<void(const StreamDescription&)> on_described;
    std::function<void(const Notice&)> on_notice;
    std::function<void(const std::string& reason)> on_hidden;
    /// The start has failed and does not come to its end: on_started may never come.
    std::function<void(const Error&)> on_hung = [](const Error&) {};
  };

  /// Begins to start the source; that may wait for the user's consent.
  HostInput(const boost::asio::any_io_executor& network, const HostOptions& options, const Handlers& handlers,
            Duration give_up_time = kGiveUpTime);

  /// Another screen is to be shared: the desktop may ask which, and the present one is shared meanwhile.
  /// What comes of it is told as a notice, or by on_described. Returns what stands in its way.
  std::optional<Error> choose_screen(const ScreenOptions& wanted);
  /// Takes that back: the desktop's dialog is closed, where it lets itself be closed. What comes of it is
  /// told as a notice, but for a choice that has just been made, which holds. Returns what stands in its way.
  std::optional<Error> keep_screen();
  /// In the desktop's dialog: without one it takes a moment.
  [[nodiscard]] bool is_choosing_screen() const;
  /// From here on, only once there is a source.
  void apply(const SourceCommand& command);
  [[nodiscard]] StreamDescription describe() const { return source_->describe(); }
  HostLoad load(Instant now);
  std::optional<AudioLevel> take_audio_level() {
    return source_ ? source_->take_audio_level() : std::nullopt;
  }
  /// Ends the source, and the choice of another screen with it; a start is given up, and on_started does not
  /// come any more. `done` comes when that is over. A source that hangs (in a driver) is left behind after a
  /// while, and told of as a notice: Interrupts::leaves_at_end(). A start or a choice that does not give up
  /// (an X server that hangs) is not waited for: the process ends with `code`.
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
  /// What a source says before its start is over comes when it is, as it did where nobody listened before.
  void from_source(std::function<void()> what);
  /// What an encoder made becomes MPEG-TS here, but for Opus, which players get as AAC; what came as that
  /// passes.
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
