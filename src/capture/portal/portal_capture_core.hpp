#pragma once

#include "pixelpass/capture/portal/portal_capture.hpp"
#include "pixelpass/gst/media_thread.hpp"

#include "capture/portal/absence.hpp"
#include "capture/portal/gone_monitor.hpp"
#include "capture/portal/held_up.hpp"
#include "capture/portal/offer_ladder.hpp"
#include "capture/portal/offered_rate.hpp"
#include "capture/portal/picture_streams.hpp"
#include "capture/portal/portal_consent.hpp"
#include "capture/portal/portal_words.hpp"
#include "capture/portal/screen_gate.hpp"
#include "capture/portal/screen_loop.hpp"
#include "capture/portal/session_watch.hpp"
#include "capture/portal/shown_alone.hpp"
#include "capture/portal/source_watch.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace pixelpass::capture {

/// Captures through the portal. The stream exists only while pictures are wanted.
class PortalCapture final : public ScreenCapture {
 public:
  PortalCapture(gst::Object<GDBusConnection> bus, const PortalSettings& settings,
                const PortalFeatures& features, ScreenCallbacks callbacks);
  ~PortalCapture() override;
  PortalCapture(const PortalCapture&) = delete;
  PortalCapture& operator=(const PortalCapture&) = delete;

  /// Waits for the user's answer, and for the size of what is shared.
  void open(const std::stop_token& stop);
  void play() override;
  void pause() override;
  void allow_dma_bufs(const DmaBufFormats& formats) override;
  void limit_rate(int fps) override;
  void show(int source) override;
  [[nodiscard]] ScreenDescription describe() const override;

 private:
  /// How soon a dead source is noticed.
  static constexpr Duration kLooksEvery = 100ms;

  /// What the described size is of.
  enum class SizeOf : std::uint8_t {
    kDesktop,  ///< the portal's word: pixels of the compositor's space; KDE's tells a window's screen
    kFormat,   ///< the streams', which says nothing of what is cut off
    kPicture,
  };

  static gboolean on_timer(gpointer self);

  void await_size(const std::stop_token& stop);

  // Any thread:
  [[nodiscard]] std::optional<std::size_t> chosen() const;
  void deliver(gst::Owned<GstSample> picture, Instant captured_at);
  void look_soon();

  // The media thread:
  void on_agreed(const PortalStreams& streams);
  bool note_sources(const PortalStreams& streams);
  void on_closed();
  void on_orphaned();
  void on_session_end(SessionEnd::Step step, SessionEnd::Cause cause);
  void hide();
  void show_again();
  void show_card();
  void on_pipewire_back();
  void renew_soon();
  void begin();
  void pause_stream();
  void offer(const DmaBufFormats& dma_bufs);
  void offer_rate(Instant now);
  void show_chosen();
  void look_after_chosen();
  void look();
  void observe(Instant now);
  void note_format();
  [[nodiscard]] bool may_be_behind(Instant now);
  void watch_absence(Instant now);
  void watch_monitors(Instant now);
  bool act(SourceWatch::Step step);
  void connect();
  void open_remote();
  void on_remote(Descriptor remote);
  void renew();
  void end(Error why);
  void take_apart();

  ScreenGate gate_;
  const int fps_;
  const std::optional<Size> virtual_size_;
  const bool draws_pointer_;  ///< the desktop does not
  const bool keeps_places_;   ///< a monitor's place is what its token means

  mutable std::mutex mutex_;  ///< guards the next six
  ScreenDescription description_{.source = "portal"};
  ShownAlone shown_;
  SizeOf size_of_ = SizeOf::kDesktop;
  bool has_window_ = false;
  bool ended_ = false;
  Instant pictured_at_;
  std::condition_variable_any size_known_;

  ScreenLoop loop_;

  // The media thread's, down to media_:
  OfferLadder ladder_;
  OfferedRate rate_;
  bool told_of_chosen_ = false;  ///< that it has gone
  SourceWatch watch_;
  Absence absence_;
  GoneMonitor gone_monitor_;
  HeldUp held_up_;
  std::optional<SessionWatch> session_watch_;  ///< from the first session on
  std::optional<Error> next_back_ = back();    ///< what is said of the next recovery
  LostBy lost_by_;                             ///< since the last picture
  bool over_ = false;
  std::vector<PictureStreams::Source> sources_;  ///< those of the next stream that are there
  std::shared_ptr<PointerLooks> pointers_;       ///< of this session; null: the desktop draws them
  std::unique_ptr<PictureStreams> stream_;
  gst::Owned<GSource> timer_;  ///< runs while pictures are wanted

  /// Its tasks use all above, and the consent is asked for through it: so the destructor ends it first.
  std::unique_ptr<gst::MediaThread> media_;
  PortalConsent consent_;
};

}  // namespace pixelpass::capture
