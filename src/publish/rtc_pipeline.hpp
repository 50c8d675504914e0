#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/publish/line.hpp"

#include "publish/ice_servers.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::publish {

/// Sends H.264 and Opus, as they were encoded, to an engine over WebRTC (GStreamer's webrtcbin, RFC 9725
/// section 4). Only the offer goes before the answer: candidates are gathered when the answer has named the
/// servers to ask, and the engine learns ours by the checks that come from them. Made anywhere; everything
/// else, its end included, belongs to the media thread unless stated otherwise.
class RtcPipeline {
 public:
  /// Called on GStreamer's threads or the media thread, but not after the destructor.
  struct Told {
    std::function<void(std::string sdp)> on_offer;
    std::function<void()> on_connected;
    std::function<void()> on_keyframe_wanted;
    /// `what` went wrong; empty: the connection has ended, or never came about.
    std::function<void(std::string what)> on_failed;
  };

  explicit RtcPipeline(Told told) : told_(std::move(told)) {}
  ~RtcPipeline();
  RtcPipeline(const RtcPipeline&) = delete;
  RtcPipeline& operator=(const RtcPipeline&) = delete;

  void start(GMainContext* context, bool has_audio);
  void answer(const std::string& sdp, const std::vector<IceServer>& servers);
  /// A server that could not be used, to be named if no connection is made without it; empty: none. Thread:
  /// any.
  [[nodiscard]] std::string obstacle() const;
  void push(const AccessUnit& unit);
  /// The bytes handed over and not taken yet. Thread: any.
  [[nodiscard]] std::size_t waiting() const { return handed_over_ + level_; }
  /// Counts bytes on their way to push(). Thread: any.
  void count_handed_over(std::size_t bytes) { handed_over_ += bytes; }
  /// The line by the engine's reports, which come every few seconds. Thread: any.
  [[nodiscard]] Line line() const {
    return {.rtt = rtt_, .resent_packets = 0, .dropped_packets = 0, .lost_packets = lost_packets_};
  }

 private:
  void set_up(bool has_audio);
  void ask_for_offer();
  void on_offer(GstPromise* promise);
  void fail(std::string what);
  void watch_for_end();
  [[nodiscard]] bool has_vanished() const;
  void measure();
  void on_statistics(GstPromise* promise);
  static void on_state(GObject* webrtcbin, GParamSpec* spec, gpointer self) noexcept;
  static void on_dtls_state(GObject* dtls, GParamSpec* spec, gpointer self) noexcept;
  static void on_report(GstElement* sessions, guint session, guint ssrc, gpointer self) noexcept;
  static GstPadProbeReturn on_event(GstPad* pad, GstPadProbeInfo* info, gpointer self) noexcept;

  const Told told_;
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstElement> webrtc_;
  gst::Owned<GstElement> video_;
  gst::Owned<GstElement> audio_;  ///< null: none is sent
  std::unique_ptr<gst::BusWatch> watch_;
  std::string offer_;                               ///< of webrtcbin's thread until told_.on_offer
  std::optional<std::chrono::nanoseconds> offset_;  ///< from the units' time to the pipeline's
  std::atomic<bool> has_failed_ = false;
  std::atomic<bool> is_turn_refused_ = false;
  std::atomic<Duration> heard_at_ =
      Duration{};       ///< the engine's last report, since the clock's epoch; zero: none yet
  Instant asked_at_{};  ///< for statistics
  std::atomic<Duration> rtt_ = Duration{};
  std::atomic<std::uint64_t> lost_packets_ = 0;
  std::atomic<bool> is_connected_ = false;
  std::atomic<std::size_t> handed_over_ = 0;
  std::atomic<std::size_t> level_ = 0;
};

}  // namespace pixelpass::publish
