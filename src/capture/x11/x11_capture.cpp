#include "pixelpass/capture/x11/x11_capture.hpp"

#include "pixelpass/base/wake_up.hpp"

#include "capture/x11/grab_pace.hpp"
#include "capture/x11/picture_digest.hpp"
#include "capture/x11/x11_grabber.hpp"
#include "capture/x11/x11_screen.hpp"
#include "capture/x11/x11_target.hpp"
#include "capture/x11/x11_watch.hpp"
#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>

namespace pixelpass::capture {
namespace {

/// The step between pixels that are compared: a prime number, so that they do not lie in a few columns.
constexpr std::size_t kDigestEvery = 13;

gst::Owned<GstCaps> caps_of(int width, int height, int fps) {
  return gst::Owned<GstCaps>(
      gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "BGRx", "width", G_TYPE_INT, width,
                          "height", G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 0, 1, "max-framerate",
                          GST_TYPE_FRACTION, fps, 1, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, nullptr));
}

/// Captures on a thread of its own, which talks with the X server. It grabs only when the server has said
/// that something was drawn, or the pointer has moved.
class X11Capture final : public ScreenCapture {
 public:
  X11Capture(const X11Settings& settings, ScreenCallbacks callbacks);
  ~X11Capture() override;
  X11Capture(const X11Capture&) = delete;
  X11Capture& operator=(const X11Capture&) = delete;

  void play() override;
  void pause() override;
  [[nodiscard]] ScreenDescription describe() const override;

 private:
  /// Counts calls of play() and pause(), so that no picture from before a call is delivered after it.
  struct Command {
    bool playing = false;
    unsigned number = 0;
  };

  void run(const std::stop_token& stop);
  void handle_events();
  void apply_command();
  void look_at_target();
  void look(Instant now);
  [[nodiscard]] bool has_changed();
  void take_picture(bool wanted);
  bool is_news(std::span<const std::uint32_t> pixels, bool wanted);
  void deliver(X11Grabber::Grabbed grabbed, Instant captured_at);
  void wait(std::optional<Instant> until);
  void end(const std::stop_token& stop);

  const ScreenCallbacks callbacks_;
  const int fps_;
  WakeUp wake_;
  X11Connection x11_;
  /// Needed only while the capture is being made.
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  const std::unique_ptr<X11Target> target_;

  mutable std::mutex mutex_;  ///< guards the next two, and is held while a picture is delivered
  Command command_;
  ScreenDescription description_{"x11", 0, 0};

  // The thread's alone, except in the constructor:
  GrabPace pace_;
  DrawingWatch drawing_;
  std::optional<PointerWatch> pointer_;  ///< nullopt: it is not shown
  X11Grabber grabber_{x11_};
  Command applied_;
  TargetState state_;
  gst::Owned<GstCaps> caps_;
  bool target_is_old_ = false;  ///< an event says that look() would say something else now
  bool silent_ = false;         ///< the screen changes without a word: every pixel is compared
  std::uint64_t digest_ = 0;    ///< of the last picture, without the pointer
  bool fresh_ = true;           ///< a picture is due even if nothing was drawn
  std::jthread thread_;         ///< last: uses all above
};

X11Capture::X11Capture(const X11Settings& settings, ScreenCallbacks callbacks)
    : callbacks_(std::move(callbacks)),
      fps_(std::max(settings.fps, 1)),
      x11_(settings.display),
      on_stop_(std::in_place, settings.stop, [this] { x11_.cut(); }),
      target_(make_x11_target(x11_, settings)),
      pace_(fps_, settings.show_pointer),
      drawing_(x11_, target_->window()) {
  if (settings.show_pointer) pointer_.emplace(x11_);
  look_at_target();
  on_stop_.reset();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

X11Capture::~X11Capture() {
  thread_.request_stop();
  x11_.cut();  // the server may hang, and the thread with it
  wake_.ring();
  thread_.join();
}

void X11Capture::play() {
  {
    const std::lock_guard lock(mutex_);
    if (command_.playing) return;
    command_ = {true, command_.number + 1};
  }
  wake_.ring();
}

void X11Capture::pause() {
  {
    const std::lock_guard lock(mutex_);
    if (!command_.playing) return;
    command_ = {false, command_.number + 1};
  }
  wake_.ring();
}

ScreenDescription X11Capture::describe() const {
  const std::lock_guard lock(mutex_);
  return description_;
}

/// Blocks SIGPIPE: XCB writes to a server that has gone as to any broken pipe, and this thread is to see an
/// error.
void block_broken_pipes() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void X11Capture::run(const std::stop_token& stop) {
  block_broken_pipes();
  if (is_xwayland(x11_))
    callbacks_.on_notice({"this X server is Xwayland: only X11 windows of the Wayland session can be seen",
                          "share the whole screen with --source portal"});
  if (state_.notice) callbacks_.on_notice(*std::exchange(state_.notice, std::nullopt));
  while (!stop.stop_requested() && !x11_.lost() && !state_.closed) {
    handle_events();
    apply_command();
    if (std::exchange(target_is_old_, false)) {
      look_at_target();
      if (state_.notice && !x11_.lost()) callbacks_.on_notice(*std::exchange(state_.notice, std::nullopt));
      continue;  // what came while it waited for replies
    }
    const auto next = state_.area ? pace_.next_look() : std::nullopt;
    const auto now = Clock::now();
    if (next && *next <= now)
      look(now);
    else
      wait(next);
  }
  end(stop);
}

void X11Capture::end(const std::stop_token& stop) {
  if (stop.stop_requested()) return;
  if (x11_.lost())
    callbacks_.on_ended(
        {"the X server \"" + x11_.display() + "\" has gone away", "log in again, and share again"});
  else
    callbacks_.on_ended({"", "the shared window was closed"});
}

void X11Capture::handle_events() {
  while (const Reply<xcb_generic_event_t> event{xcb_poll_for_event(x11_.get())}) {
    if (event->response_type == 0) continue;  // a request that came too late: what it was about has gone
    if (target_->concerns(*event)) target_is_old_ = true;
    if (drawing_.concerns(*event)) pace_.on_change();
    if (pointer_ && pointer_->concerns(*event)) pointer_->on_new_image();
  }
}

void X11Capture::apply_command() {
  const auto command = [this] {
    const std::lock_guard lock(mutex_);
    return command_;
  }();
  if (std::exchange(applied_, command).number == command.number) return;
  pace_.pause();
  if (!command.playing) return;
  fresh_ = true;
  pace_.play(Clock::now());
}

void X11Capture::look_at_target() {
  state_ = target_->look();
  if (!state_.area) return;
  fresh_ = true;
  pace_.on_change();
  const auto& region = state_.area->region;
  const std::lock_guard lock(mutex_);
  if (description_.width == region.width && description_.height == region.height) return;
  if (caps_ != nullptr) pace_.on_resize(Clock::now());
  description_.width = region.width;
  description_.height = region.height;
  caps_ = caps_of(region.width, region.height, fps_);
}

void X11Capture::look(Instant now) {
  pace_.on_look(now);
  const bool wanted = has_changed();
  const bool check = pace_.check_is_due(now);
  if (wanted || check || pace_.changed()) pace_.on_seen(now);
  if (wanted || check) take_picture(wanted);
}

bool X11Capture::has_changed() {
  const bool pointer_moved = pointer_ && pointer_->look(target_->window(), state_.area->in_window);
  // Asked before the grab: what is drawn after it counts for the next picture.
  const bool drawn = pace_.changed() && drawing_.take(state_.area->in_window);
  return pointer_moved || drawn || fresh_;
}

void X11Capture::take_picture(bool wanted) {
  const auto captured_at = Clock::now();
  auto grabbed = grabber_.grab(*state_.area);
  if (grabbed.buffer == nullptr) {
    if (!wanted) return;
    fresh_ = true;
    return pace_.on_change();  // tried again one interval later
  }
  fresh_ = false;
  if (!is_news(grabbed.pixels, wanted)) return;
  if (pointer_) pointer_->draw(grabbed.pixels, state_.area->region.width);
  deliver(std::move(grabbed), captured_at);
}

/// Whether the picture is news. A picture that only checks is not, if it shows nothing new. If it does, and
/// nothing is announced even now, this server does not announce drawing: its driver brings pictures to the
/// screen by itself.
bool X11Capture::is_news(std::span<const std::uint32_t> pixels, bool wanted) {
  const auto digest = picture_digest(pixels, silent_ ? 1 : kDigestEvery);
  const bool differs = std::exchange(digest_, digest) != digest;
  if (wanted || !differs) return wanted;
  if (!silent_ && !drawing_.take(state_.area->in_window)) {
    silent_ = true;
    pace_.on_silent_change();
  }
  return true;
}

void X11Capture::deliver(X11Grabber::Grabbed grabbed, Instant captured_at) {
  gst::Owned<GstSample> sample(gst_sample_new(grabbed.buffer.get(), caps_.get(), nullptr, nullptr));
  grabbed.buffer.reset();
  const std::lock_guard lock(mutex_);
  if (command_.number == applied_.number && command_.playing)
    callbacks_.on_picture(std::move(sample), captured_at);
}

void X11Capture::wait(std::optional<Instant> until) {
  xcb_flush(x11_.get());
  std::array<pollfd, 2> waiting{{{x11_.fd(), POLLIN, 0}, {wake_.fd(), POLLIN, 0}}};
  timespec timeout{};
  if (until) {
    const auto left = std::max(*until - Clock::now(), Duration::zero());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    timeout = {seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
  }
  ppoll(waiting.data(), waiting.size(), until ? &timeout : nullptr, nullptr);
  if (waiting[1].revents != 0) wake_.clear();
}

}  // namespace

std::string next_x11_monitor(const X11Settings& settings) {
  const X11Connection x11(settings.display);
  const std::stop_callback on_stop(settings.stop, [&x11] { x11.cut(); });
  const auto monitors = monitors_of(x11);
  const auto* next = monitor_after(monitors, settings.monitor);
  if (next == nullptr)
    throw StartupError("there is no other monitor" + (monitors.empty() ? "" : " than " + list_of(monitors)),
                       "plug one in, or share a window: pixelpass host --window");
  return next->name;
}

std::string x11_monitor_name(const X11Settings& settings) {
  const X11Connection x11(settings.display);
  const std::stop_callback on_stop(settings.stop, [&x11] { x11.cut(); });
  const auto monitors = monitors_of(x11);
  const auto* monitor = find_monitor(monitors, settings.monitor);
  return monitor == nullptr ? settings.monitor : monitor->name;
}

std::unique_ptr<ScreenCapture> make_x11_capture(const X11Settings& settings, ScreenCallbacks callbacks) {
  gst::start_gstreamer();
  return std::make_unique<X11Capture>(settings, std::move(callbacks));
}

}  // namespace pixelpass::capture
