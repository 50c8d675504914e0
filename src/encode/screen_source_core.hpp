#pragma once

#include "pixelpass/encode/screen_source.hpp"
#include "pixelpass/gst/media_thread.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include "encode/audio_track.hpp"
#include "encode/encode_meter.hpp"
#include "encode/frame_gate.hpp"
#include "encode/frame_pacer.hpp"
#include "encode/newest_picture.hpp"
#include "encode/picture_schedule.hpp"
#include "encode/screen_role.hpp"
#include "encode/trial.hpp"
#include "encode/video_track.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace pixelpass::encode {

/// What make_screen_source() makes. `screen_source.cpp` puts the parts together and has the public calls;
/// `screen_pictures.cpp` has what runs on the media thread and the encoder's. The capture's thread stores the
/// newest picture; all else runs on the media thread, except that encoded pictures come on the encoder's.
class ScreenSource final : public MediaSource {
 public:
  ScreenSource(const ScreenSourceSettings& settings, const MakeScreen& make_screen,
               const MakeAudio& make_audio, MediaCallbacks callbacks);
  ~ScreenSource() override;
  ScreenSource(const ScreenSource&) = delete;
  ScreenSource& operator=(const ScreenSource&) = delete;

  void play() override;
  void pause() override;
  void force_keyframe() override;
  void set_bitrate(std::int64_t bits_per_second) override;
  void set_limits(const PictureLimits& limits) override;
  void set_muted(bool muted) override;
  void set_opus(bool wanted) override;
  void show(int source) override;
  void set_covered(bool covered) override;
  std::optional<Error> replace_screen(const MakeScreen& make) override;
  [[nodiscard]] StreamDescription describe() const override;
  EncodeTimes take_times() override;
  std::optional<AudioLevel> take_audio_level() override;

 private:
  using Role = std::shared_ptr<ScreenRole>;

  capture::ScreenCallbacks screen_callbacks(const Role& role);
  VideoTrack::Callbacks video_callbacks();
  AudioTrack::Callbacks audio_callbacks();
  void try_out();
  void stop();
  void on_trial(std::optional<Error> error);

  // Called on the media thread:
  void begin(Instant now);
  void stop_playing();
  void pause_screen();
  void mute(bool muted);
  void cover(bool covered, Instant now);
  std::optional<Error> swap_screen(std::unique_ptr<capture::ScreenCapture>& next, const Role& role);
  void begin_screen(Instant now);
  void show_card();
  void forget_unseen();
  void settle_audio();
  void limit(const PictureLimits& limits);
  void show_alone(int source);
  void look_at_sources();
  void on_sources();
  void look_at_inbox(Instant now);
  void encode_due();
  void encode(const FramePacer::Step& step, Instant now);
  void arm();
  void on_changed();

  // Called on other threads:
  void deliver(AccessUnit picture);
  void wake_encoder();

  const ScreenSourceSettings settings_;
  const Instant epoch_ = Clock::now();  ///< where the stream's time begins: PTS go on over pauses
  std::atomic<std::int64_t> bitrate_bps_;
  FrameGate gate_;
  EncodeMeter meter_;
  NewestPicture inbox_;
  mutable std::mutex description_mutex_;
  StreamDescription description_;  ///< under description_mutex_
  Trial trial_;
  std::atomic<bool> waits_for_encoder_ = false;

  // The media thread's.
  bool playing_ = false;
  bool muted_ = false;
  bool covered_ = false;
  bool is_forgotten_ = false;  ///< what the screen showed before it was covered
  bool silent_ = false;        ///< one of these two
  PictureSchedule schedule_;
  bool encoding_ = false;  ///< in encode()
  std::unique_ptr<gst::MediaThread> media_;
  gst::MediaTimer timer_;
  VideoTrack video_;
  std::unique_ptr<AudioTrack> audio_;           ///< null: no sound is shared
  Role role_ = std::make_shared<ScreenRole>();  ///< the present screen's
  std::unique_ptr<capture::ScreenCapture> screen_;
  std::unique_ptr<capture::AudioCapture> audio_capture_;
};

}  // namespace pixelpass::encode
