// Captures through the portal on behalf of portal_capture_test.py: says a line for all that happens, and does
// what the lines on its standard input say.
//   portal_probe [any|monitor|window]
#include "pixelpass/capture/portal/portal_capture.hpp"
#include "pixelpass/capture/portal/restore_token.hpp"

#include <gst/video/video.h>

#include <array>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <iostream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace pixelpass;           // NOLINT(google-build-using-namespace)
using namespace pixelpass::capture;  // NOLINT(google-build-using-namespace)

/// Standard input's lines, for whoever waits; "stop" is asked for at once.
class Commands {
 public:
  [[nodiscard]] std::stop_token stopped() const { return stop_.get_token(); }

  std::string next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !lines_.empty(); });
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }

  void read() {
    for (std::string line; std::getline(std::cin, line);) add(line);
    add("quit");
  }

 private:
  void add(const std::string& line) {
    if (line == "stop") stop_.request_stop();
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_one();
  }

  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
};

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// Of the top left pixel; the portal's formats here have blue first.
std::string colour(GstBuffer* buffer) {
  std::array<guint8, 3> blue_green_red{};
  gst_buffer_extract(buffer, 0, blue_green_red.data(), blue_green_red.size());
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "#%02x%02x%02x", blue_green_red[2], blue_green_red[1],
                blue_green_red[0]);
  return text.data();
}

/// picture WIDTH HEIGHT COLOUR WHOLE TIME: whether it has all its bytes, and when it was captured
/// (milliseconds of the monotonic clock).
void say_picture(GstSample* picture, Instant captured_at) {
  GstVideoInfo format;
  gst_video_info_from_caps(&format, gst_sample_get_caps(picture));
  GstBuffer* buffer = gst_sample_get_buffer(picture);
  const bool whole = gst_buffer_get_size(buffer) == GST_VIDEO_INFO_SIZE(&format);
  say("picture " + std::to_string(GST_VIDEO_INFO_WIDTH(&format)) + " " +
      std::to_string(GST_VIDEO_INFO_HEIGHT(&format)) + " " + colour(buffer) + (whole ? " whole " : " torn ") +
      std::to_string(captured_at.time_since_epoch() / 1ms));
}

ScreenCallbacks callbacks() {
  return {[](gst::Owned<GstSample> picture, Instant captured_at) { say_picture(picture.get(), captured_at); },
          [](const Error& error) { say("ended " + error.what + " | " + error.hint); },
          [](const Error& error) { say("notice " + error.what + " | " + error.hint); },
          [](const std::string& reason) { say(reason.empty() ? "shown" : "hidden " + reason); }};
}

ShareKind kind_of(std::string_view name) {
  if (name == "monitor") return ShareKind::kMonitor;
  return name == "window" ? ShareKind::kWindow : ShareKind::kAny;
}

void say_description(const ScreenCapture& capture) {
  const auto found = capture.describe();
  const char* memory = "unknown";
  if (found.memory) memory = *found.memory == PictureMemory::kShared ? "shared" : "dmabuf";
  say("described " + found.source + " " + std::to_string(found.width) + " " + std::to_string(found.height) +
      " " + memory);
}

void apply(ScreenCapture& capture, Commands& commands) {
  for (std::string line = commands.next(); line != "quit"; line = commands.next()) {
    if (line == "play") capture.play();
    if (line == "pause") capture.pause();
    if (line == "describe") {
      say_description(capture);
    } else {
      say("done " + line);
    }
  }
}

int run(std::string_view kind, Commands& commands) {
  try {
    const PortalSettings settings{
        .kind = kind_of(kind), .state_folder = state_folder(), .stop = commands.stopped()};
    auto capture = make_portal_capture(settings, callbacks());
    capture->allow_dma_bufs(in_all_formats(std::array{kLinear, kImplicit}));
    say("made");
    apply(*capture, commands);
    const Instant began = Clock::now();
    capture.reset();
    say("closed " + std::to_string(static_cast<int>(to_ms(Clock::now() - began))));
    return 0;
  } catch (const StartupError& error) {
    say("refused " + error.error().what + " | " + error.error().hint);
    return static_cast<int>(error.error().exit_code);
  }
}

}  // namespace

int main(int count, char** words) {
  // Otherwise its reader would hold the lock of C's stdin, for which glibc 2.41 waits at the end.
  std::ios::sync_with_stdio(false);
  // Never destroyed: its reader waits for a line when all else is over.
  static auto& commands = *new Commands;
  std::thread([] { commands.read(); }).detach();
  return run(count > 1 ? words[1] : "any", commands);
}
