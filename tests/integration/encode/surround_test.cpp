// Where each channel of what is played is heard, and how loud, in the AAC and the Opus that viewers get.
#include "pixelpass/capture/audio/audio_router.hpp"
#include "pixelpass/encode/screen_source.hpp"
#include "pixelpass/mpegts/ts_packet.hpp"

#include "../capture/audio_app.hpp"
#include "../capture/listener.hpp"
#include "../capture/private_pipewire.hpp"
#include "fake_desk.hpp"
#include "opus_packets.hpp"
#include "support.hpp"
#include <gtest/gtest.h>
#include <spa/param/audio/raw.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace pixelpass::encode {
namespace {

using capture::AudioMode;
using capture::test::AudioApp;
using capture::test::kAbsent;
using capture::test::level_of;
using capture::test::Listener;
using capture::test::PrivatePipeWire;
using test::is_audio;

constexpr double kAmplitude = 0.3;
/// ITU-R BS.775-3, table 2: what centre and surround are turned down by.
constexpr double kDown = -3.01;
constexpr double kNothing = -200;
/// A tone is absent from the other side below kAbsent; Opus leaves more of it there (-49 was measured).
constexpr double kAbsentInOpus = -40;
/// Of the encoder, and of windows that a tone does not fill with whole periods.
constexpr double kTolerance = 1;

struct Channel {
  std::uint32_t position;
  double left;  ///< dB: how much of it is heard on the left, against what was played
  double right;
};
struct Layout {
  std::string name;
  std::vector<Channel> channels;
};

const Channel kFrontLeft{SPA_AUDIO_CHANNEL_FL, 0, kNothing};
const Channel kFrontRight{SPA_AUDIO_CHANNEL_FR, kNothing, 0};
const Channel kCentre{SPA_AUDIO_CHANNEL_FC, kDown, kDown};
const Channel kSideLeft{SPA_AUDIO_CHANNEL_SL, kDown, kNothing};
const Channel kSideRight{SPA_AUDIO_CHANNEL_SR, kNothing, kDown};
const Channel kRearLeft{SPA_AUDIO_CHANNEL_RL, kDown, kNothing};
const Channel kRearRight{SPA_AUDIO_CHANNEL_RR, kNothing, kDown};
const Channel kRearCentre{SPA_AUDIO_CHANNEL_RC, 2 * kDown, 2 * kDown};

const std::vector<Layout> kLayouts{
    {"mono", {{SPA_AUDIO_CHANNEL_MONO, 0, 0}}},
    {"stereo", {kFrontLeft, kFrontRight}},
    {"quad", {kFrontLeft, kFrontRight, kRearLeft, kRearRight}},
    {"5.0", {kFrontLeft, kFrontRight, kCentre, kRearLeft, kRearRight}},
    {"5.0 side", {kFrontLeft, kFrontRight, kCentre, kSideLeft, kSideRight}},
    {"6.0", {kFrontLeft, kFrontRight, kCentre, kRearCentre, kSideLeft, kSideRight}},
    {"7.0", {kFrontLeft, kFrontRight, kCentre, kRearLeft, kRearRight, kSideLeft, kSideRight}},
};
const Layout& layout(std::string_view name) {
  return *std::ranges::find(kLayouts, name, &Layout::name);
}

/// No one is another's harmonic or alias.
int tone_of(std::size_t channel) {
  constexpr std::array kTones{610, 1010, 1390, 1730, 2130, 2590, 3110, 3710};
  return kTones.at(channel);
}

AudioApp::Options player_of(const Layout& layout) {
  AudioApp::Options options{.name = "Film", .tones = {}, .amplitude = kAmplitude};
  for (const Channel& channel : layout.channels) {
    options.tones.push_back(tone_of(options.tones.size()));
    options.positions.push_back(channel.position);
  }
  return options;
}

/// Two channels of floats, decoded.
class DecodedSurround {
 public:
  /// Of a browser's Opus.
  explicit DecodedSurround(const std::vector<AccessUnit>& packets) { split(test::decode_opus(packets)); }
  /// Of the AAC in MPEG-TS.
  explicit DecodedSurround(const std::vector<Frame>& frames) {
    const test::TemporaryFolder folder;
    const auto file = folder.write("a.ts", test::joined(frames));
    const auto ran =
        test::run("ffmpeg -v error -f mpegts -i " + file + " -map 0:a -f f32le " + folder.file("a.raw"));
    EXPECT_EQ(ran.output, "");
    const Bytes raw = test::read_file(folder.file("a.raw"));
    std::vector<float> all(raw.size() / sizeof(float));
    std::memcpy(all.data(), raw.data(), all.size() * sizeof(float));
    split(all);
  }
  /// Of a tone in the last second but the end, which may lack what was still inside: the middle one of short
  /// windows, in which it does not matter that the timeline plays a little faster or slower after a hiccup.
  [[nodiscard]] double level(int tone, std::size_t side) const {
    const auto all = levels(tone, side);
    return all.empty() ? kNothing : all[all.size() / 2];
  }
  /// The quietest of these: a busy machine's clicks have a bit of every tone, but are not in every window.
  [[nodiscard]] double least_level(int tone, std::size_t side) const {
    const auto all = levels(tone, side);
    return all.empty() ? 0 : all.front();
  }

 private:
  void split(const std::vector<float>& all) {
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
      sides[0].push_back(all[i]);
      sides[1].push_back(all[i + 1]);
    }
  }
  /// Sorted.
  [[nodiscard]] std::vector<double> levels(int tone, std::size_t side) const {
    constexpr std::size_t kEnd = 6000;
    constexpr std::size_t kWindow = capture::kAudioRate / 20;
    std::vector<double> levels;
    auto rest = std::span(sides.at(side));
    if (rest.size() < kEnd + capture::kAudioRate) return {};
    rest = rest.subspan(rest.size() - kEnd - capture::kAudioRate, capture::kAudioRate);
    for (; rest.size() >= kWindow; rest = rest.subspan(kWindow))
      levels.push_back(level_of(rest.first(kWindow), tone));
    std::ranges::sort(levels);
    return levels;
  }

  std::array<std::vector<float>, 2> sides;
};

enum class Viewer : std::uint8_t { kPlayer, kBrowser };

bool is_opus(const AccessUnit& unit) {
  return unit.kind == AccessUnit::Kind::kOpus;
}

/// What a viewer hears once all that is to be heard has come through.
DecodedSurround hear(AudioMode mode, const Layout& layout, Viewer viewer) {
  test::FakeDesk desk((gst::start_gstreamer(), Size{320, 240}));
  Listener ears;
  test::Collector collector({.video = true, .audio = true});
  const auto make_audio = [&](const capture::AudioCallbacks& callbacks) {
    auto both = ears.callbacks();
    both.on_audio = [callbacks, first = both.on_audio](std::span<const float> block, Instant at) {
      first(block, at);
      callbacks.on_audio(block, at);
    };
    capture::AudioSettings settings;
    settings.mode = mode;
    return std::make_unique<capture::AudioRouter>(settings, both, [](pid_t) { return false; });
  };
  const auto source = make_screen_source({}, desk.make_screen(), make_audio, collector.callbacks());
  source->set_opus(viewer == Viewer::kBrowser);
  source->play();
  for (std::size_t i = 0; i < layout.channels.size(); ++i) {
    const auto side = layout.channels[i].left == kNothing ? Listener::kRight : Listener::kLeft;
    EXPECT_TRUE(ears.wait_for_tone(tone_of(i), side)) << tone_of(i) << " Hz\n"
                                                      << PrivatePipeWire::run({"pw-link", "-l"});
  }
  const auto before = collector.frames();
  const auto blocks = static_cast<std::size_t>(std::ranges::count_if(before, is_audio));
  EXPECT_TRUE(collector.wait_for(blocks + 75, is_audio));
  source->pause();
  if (viewer == Viewer::kPlayer) return DecodedSurround(collector.frames());
  auto packets = collector.units();
  std::erase_if(packets, [](const AccessUnit& unit) { return !is_opus(unit); });
  return DecodedSurround(packets);
}

class Surround : public testing::Test {
 protected:
  void SetUp() override {
    PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
    if (const auto missing = PrivatePipeWire::missing(); !missing.empty())
      GTEST_SKIP() << "needs " << missing;
  }
};

void expect_heard(const Layout& layout, AudioMode mode, const std::string& where,
                  Viewer viewer = Viewer::kPlayer) {
  const auto options = player_of(layout);
  const DecodedSurround decoded = hear(mode, layout, viewer);
  const double played = 20 * std::log10(kAmplitude);
  for (std::size_t i = 0; i < options.tones.size(); ++i) {
    const std::array wanted{layout.channels[i].left, layout.channels[i].right};
    for (const std::size_t side : {0U, 1U}) {
      const double level = decoded.level(options.tones[i], side);
      const auto what = layout.name + " " + where + ", channel " + std::to_string(i) +
                        (side == 0 ? " on the left" : " on the right");
      if (wanted[side] == kNothing)
        EXPECT_LT(decoded.least_level(options.tones[i], side),
                  viewer == Viewer::kBrowser ? kAbsentInOpus : kAbsent)
            << what;
      else
        EXPECT_NEAR(level, played + wanted[side], kTolerance) << what;
    }
  }
}

void play_with(const std::string& speakers, const std::string& name) {
  PrivatePipeWire pipewire(speakers);
  pipewire.start();
  const AudioApp film(player_of(layout(name)));
  expect_heard(layout(name), AudioMode::kApps, "with speakers " + speakers);
}

TEST_F(Surround, EachChannelOfAnApplicationIsHeardOnItsSideWithTwoLoudspeakers) {
  for (const Layout& layout : kLayouts) play_with("FL FR", layout.name);
}

/// PipeWire makes a centre and surround sound for these of what has none.
TEST_F(Surround, EachChannelOfAnApplicationIsHeardOnItsSideWithMoreLoudspeakers) {
  for (const char* name : {"mono", "stereo", "quad", "5.0", "5.0 side", "6.0"})
    play_with("FL FR FC LFE SL SR", name);
  for (const char* name : {"stereo", "5.0", "7.0"}) play_with("FL FR FC LFE RL RR SL SR", name);
}

TEST_F(Surround, EachChannelOfAnApplicationIsHeardOnItsSideInABrowser) {
  for (const auto& [name, speakers] :
       {std::pair{"mono", "FL FR"}, std::pair{"5.0 side", "FL FR"},
        std::pair{"5.0 side", "FL FR FC LFE SL SR"}, std::pair{"7.0", "FL FR FC LFE RL RR SL SR"}}) {
    PrivatePipeWire pipewire(speakers);
    pipewire.start();
    const AudioApp film(player_of(layout(name)));
    expect_heard(layout(name), AudioMode::kApps, std::string("in a browser, speakers ") + speakers,
                 Viewer::kBrowser);
  }
}

TEST_F(Surround, EachChannelOfTheSpeakersIsHeardOnItsSide) {
  for (const auto& [name, speakers] :
       {std::pair{"stereo", "FL FR"}, std::pair{"stereo", "FL FR FC LFE SL SR"},
        std::pair{"mono", "FL FR FC LFE SL SR"}, std::pair{"5.0 side", "FL FR FC LFE SL SR"},
        std::pair{"quad", "FL FR RL RR"}, std::pair{"7.0", "FL FR FC LFE RL RR SL SR"}}) {
    PrivatePipeWire pipewire(speakers);
    pipewire.start();
    const AudioApp film(player_of(layout(name)));
    expect_heard(layout(name), AudioMode::kMonitor, std::string("speakers' monitor ") + speakers);
  }
}

TEST_F(Surround, EachChannelOfAMicrophoneIsHeardOnItsSide) {
  for (const char* name : {"mono", "stereo", "quad"}) {
    PrivatePipeWire pipewire;
    pipewire.start();
    auto options = player_of(layout(name));
    options.name = "test_mic";
    options.properties = {{"media.class", "Audio/Source"}, {"priority.session", "2000"}};
    const AudioApp microphone(options);
    expect_heard(layout(name), AudioMode::kMic, "microphone");
  }
}

}  // namespace
}  // namespace pixelpass::encode
