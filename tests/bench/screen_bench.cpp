// What a shared screen costs from the captured picture to its TS bytes: processor time, bits, delay.
// Arguments: seconds for each row (10), the encoder (auto).
#include "pixelpass/encode/screen_source.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "../integration/encode/fake_audio.hpp"
#include "../integration/encode/fake_desk.hpp"
#include "../integration/encode/pictures.hpp"
#include <sys/resource.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace pixelpass::encode {
namespace {

using test::FakeAudio;
using test::FakeDesk;
using test::Film;
using test::make_picture;
using test::Rgb;

constexpr Size kScreen{1920, 1080};

struct Row {
  const char* name;
  int fps;
  bool moves;
  bool silence;
};

/// A page of fine stripes, like text, with a window of 640x480 that moves over it.
Film film(bool moves) {
  Film pictures;
  for (int i = 0; i < (moves ? 16 : 1); ++i) {
    pictures.push_back(make_picture(kScreen, "BGRx", [i](int x, int y) {
      const int left = 100 + i * 40;
      if (x >= left && x < left + 640 && y >= 200 && y < 680) return Rgb{(x - left) / 3, (y * 3) % 256, 90};
      const int level = (x * 7 + y * 13) % 23 < 4 && y % 18 < 12 ? 30 : 235;
      return Rgb{level, level, level};
    }));
  }
  return pictures;
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Lets time pass, which is what is measured.
void wait_for(Duration duration) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, duration, [] { return false; });
}

void measure(const Row& row, Duration length, const std::string& encoder) {
  const Film pictures = film(row.moves);
  FakeDesk desk(kScreen);
  FakeAudio audio([](Instant) { return std::optional<float>(); });
  std::atomic<std::size_t> bytes = 0;
  ScreenSourceSettings settings;
  settings.fps = row.fps;
  settings.encoder = encoder;
  mpegts::TsWriter writer({.video = true, .audio = row.silence});
  MediaCallbacks callbacks{
      [&](const MediaUnit& unit) { bytes += writer.write(std::get<AccessUnit>(unit)).bytes.size(); },
      [](const Error&) {}};
  const auto source = make_screen_source(
      settings, desk.make_screen(), row.silence ? audio.make_audio() : MakeAudio(), std::move(callbacks));
  source->play();
  desk.wait_until_playing(true);
  if (row.moves) {
    desk.show_film(pictures, row.fps);
  } else {
    desk.show(pictures[0].get());
  }
  constexpr auto kSettle = 6s;  // an encoder makes a still picture sharp at first
  wait_for(kSettle);
  source->take_times();
  bytes = 0;
  const double before = processor_seconds();
  const Instant begin = Clock::now();
  wait_for(length);
  const double seconds = to_ms(Clock::now() - begin) / 1000;
  const auto times = source->take_times();
  std::printf("%-28s %5.1f %% of a core  %7.0f kbit/s  %5.1f fps  p50 %5.1f ms  p95 %5.1f ms\n", row.name,
              (processor_seconds() - before) / seconds * 100, static_cast<double>(bytes) * 8 / seconds / 1000,
              times.fps, to_ms(times.p50), to_ms(times.p95));
  desk.stop_film();
}

}  // namespace
}  // namespace pixelpass::encode

int main(int argc, char** argv) {
  using namespace pixelpass;
  using namespace pixelpass::encode;
  const auto length = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 10);
  const std::string encoder = argc > 2 ? argv[2] : "auto";
  gst::start_gstreamer();
  for (const Row& row :
       {Row{"1080p30, moving", 30, true, false}, Row{"1080p60, moving", 60, true, false},
        Row{"1080p30, moving, with sound", 30, true, true}, Row{"1080p30, still", 30, false, false},
        Row{"1080p30, still and silent", 30, false, true}})
    measure(row, length, encoder);
}
