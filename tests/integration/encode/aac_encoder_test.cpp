#include "encode/aac_encoder.hpp"

#include "pixelpass/gst/media_thread.hpp"

#include "support.hpp"
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <complex>
#include <cstring>
#include <numbers>

namespace pixelpass::encode {
namespace {

using gst::has_element;
using gst::MediaThread;

constexpr Instant kEpoch{77s};
constexpr auto kFrames = AudioTimeline::kBlockFrames;

std::vector<const AudioEncoder*> encoders_here() {
  gst::start_gstreamer();
  std::vector<const AudioEncoder*> found;
  for (const AudioEncoder& encoder : audio_encoders())
    if (has_element(encoder.element)) found.push_back(&encoder);
  return found;
}

Duration of_frames(std::int64_t frames) {
  return std::chrono::nanoseconds(frames * 1'000'000'000 / AudioTimeline::kRate);
}

/// Left and right.
using Sample = std::array<float, 2>;
Sample mono(float level) {
  return {level, level};
}

/// Encodes blocks, and waits until nothing more comes out of them.
class Encoded {
 public:
  Encoded(const AudioEncoder& encoder, std::size_t blocks, const std::function<Sample(std::size_t)>& sample) {
    encode(encoder, blocks, sample);
    // What came after the waiting was written by a thread that only GStreamer has joined.
    const std::lock_guard lock(mutex_);
  }

  [[nodiscard]] std::size_t adts_frames() const {
    std::size_t count = 0;
    for (std::size_t at = 0; at + 7 <= bytes.size(); ++count)
      at += static_cast<std::size_t>((bytes[at + 3] & 3) << 11 | bytes[at + 4] << 3 | bytes[at + 5] >> 5);
    return count;
  }

  Bytes bytes;
  std::vector<Instant> times;
  std::vector<Duration> durations;
  std::vector<std::size_t> sizes;

 private:
  void encode(const AudioEncoder& encoder, std::size_t blocks,
              const std::function<Sample(std::size_t)>& sample) {
    MediaThread media;
    AacEncoder aac(encoder, kEpoch, media.context(),
                   {[this](const AccessUnit& unit) {
                      const std::lock_guard lock(mutex_);
                      const ByteView adts = unit.bytes.view();
                      bytes.insert(bytes.end(), adts.begin(), adts.end());
                      times.push_back(unit.captured_at);
                      durations.push_back(unit.duration);
                      sizes.push_back(adts.size());
                      EXPECT_EQ(unit.kind, AccessUnit::Kind::kAudio);
                      EXPECT_EQ(kEpoch + unit.pts, unit.captured_at);
                      changed_.notify_all();
                    },
                    [](const std::string& why) { ADD_FAILURE() << why; }});
    for (std::size_t block = 0; block < blocks; ++block) {
      AudioTimeline::Block next{
          {}, kEpoch + 1s + of_frames(static_cast<std::int64_t>(block * kFrames)), false};
      for (std::size_t i = 0; i < kFrames; ++i) {
        const Sample both = sample(block * kFrames + i);
        next.interleaved.insert(next.interleaved.end(), both.begin(), both.end());
      }
      aac.push(next);
    }
    std::unique_lock lock(mutex_);
    // The last frames stay inside, for what might follow.
    EXPECT_TRUE(changed_.wait_for(lock, test::kPatience, [&] { return adts_frames() + 4 >= blocks; }));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
};

/// `filter`: what ffmpeg makes one channel with.
std::vector<float> decode(const Bytes& adts, const std::string& filter = "-ac 1") {
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.aac", adts);
  const auto ran =
      test::run("ffmpeg -v error -i " + file + " " + filter + " -f f32le " + folder.file("a.raw"));
  EXPECT_EQ(ran.output, "");
  const Bytes raw = test::read_file(folder.file("a.raw"));
  std::vector<float> samples(raw.size() / sizeof(float));
  std::memcpy(samples.data(), raw.data(), samples.size() * sizeof(float));
  return samples;
}

TEST(AacEncoder, ABeepIsHeardWhenItWasPlayed) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  constexpr std::size_t kBeep = 20'000;
  for (const AudioEncoder* encoder : encoders_here()) {
    const Encoded encoded(*encoder, 40, [](std::size_t i) {
      return mono(i < kBeep ? 0.0F : 0.5F * std::sin(static_cast<float>(i) * 0.13F));
    });
    const auto samples = decode(encoded.bytes);
    const auto onset = std::ranges::find_if(samples, [](float sample) { return std::abs(sample) > 0.2F; });
    ASSERT_NE(onset, samples.end());
    const Instant heard = encoded.times.front() + of_frames(onset - samples.begin());
    EXPECT_NEAR(to_ms(heard - kEpoch), 1000 + kBeep / 48.0, 2) << encoder->element;
  }
}

float tone(double hz, std::size_t i) {
  return static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / 48'000));
}

/// How loud one frequency is in the middle of a sound, in dB of full scale: Goertzel, under a Hann window.
double level_db(const std::vector<float>& samples, double hz) {
  constexpr std::size_t kWindow = 24'000;
  if (samples.size() < 2 * kWindow) return 0;
  std::complex<double> sum = 0;
  for (std::size_t i = 0; i < kWindow; ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i);
    sum += (1 - std::cos(turn / kWindow)) * static_cast<double>(samples[kWindow / 2 + i]) *
           std::polar(1.0, -turn * hz / 48'000);
  }
  return 20 * std::log10(std::max(2 * std::abs(sum) / kWindow, 1e-9));
}

TEST(AacEncoder, LeftIsLeftAndRightIsRight) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const AudioEncoder* encoder : encoders_here()) {
    for (const auto& tones : {std::pair{600.0, 1000.0}, {1000.0, 600.0}, {300.0, 9000.0}}) {
      const double left_hz = tones.first;
      const double right_hz = tones.second;
      const Encoded encoded(*encoder, 100, [=](std::size_t i) {
        return Sample{tone(left_hz, i), tone(right_hz, i)};
      });
      const auto left = decode(encoded.bytes, "-af 'pan=mono|c0=FL'");
      const auto right = decode(encoded.bytes, "-af 'pan=mono|c0=FR'");
      const std::string name(encoder->element);
      EXPECT_NEAR(level_db(left, left_hz), -10.5, 1.5) << name;
      EXPECT_NEAR(level_db(right, right_hz), -10.5, 1.5) << name;
      EXPECT_LT(level_db(left, right_hz), -50) << name << ' ' << right_hz;
      EXPECT_LT(level_db(right, left_hz), -50) << name << ' ' << left_hz;
    }
  }
}

TEST(AacEncoder, OneSideAloneLeavesTheOtherSilent) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const AudioEncoder* encoder : encoders_here()) {
    const Encoded encoded(*encoder, 100, [](std::size_t i) { return Sample{0, tone(600, i)}; });
    EXPECT_LT(level_db(decode(encoded.bytes, "-af 'pan=mono|c0=FL'"), 600), -60) << encoder->element;
    EXPECT_NEAR(level_db(decode(encoded.bytes, "-af 'pan=mono|c0=FR'"), 600), -10.5, 1.5) << encoder->element;
  }
}

TEST(AacEncoder, FramesFollowEachOtherWithoutAGap) {
  for (const AudioEncoder* encoder : encoders_here()) {
    const Encoded encoded(*encoder, 60,
                          [](std::size_t i) { return mono(0.3F * std::sin(static_cast<float>(i) * 0.05F)); });
    ASSERT_GT(encoded.times.size(), 50U);
    // The first may be of an encoder's own silence, and small.
    for (std::size_t i = 3; i < encoded.times.size(); ++i)
      EXPECT_NEAR(to_ms(encoded.times[i] - encoded.times[i - 1]), 21.333, 0.01) << encoder->element;
    for (std::size_t i = 3; i < encoded.durations.size(); ++i)
      EXPECT_NEAR(to_ms(encoded.durations[i]), 21.333, 0.01) << encoder->element;
  }
}

TEST(AacEncoder, SilenceComesInTwosAndSoundAtOnce) {
  for (const AudioEncoder* encoder : encoders_here()) {
    if (encoder->element == "voaacenc") continue;  // spends all bits that it has, on silence too
    const Encoded silence(*encoder, 100, [](std::size_t) { return mono(0); });
    EXPECT_LE(silence.times.size(), 52U) << encoder->element;
    EXPECT_LE(silence.sizes.back(), 160U) << encoder->element;
    EXPECT_GE(silence.adts_frames(), 96U);
  }
}

}  // namespace
}  // namespace pixelpass::encode
