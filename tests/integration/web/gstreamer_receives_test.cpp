#include "pixelpass/gst/gst.hpp"

#include "web/media_sender.hpp"
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace pixelpass::web {
namespace {

struct Unref {
  void operator()(GstElement* element) const {
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(element);
  }
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
using Element = std::unique_ptr<GstElement, Unref>;
using Sample = std::unique_ptr<GstSample, Unref>;

constexpr GstClockTime kPatience = 30 * GST_SECOND;
constexpr int kPictures = 30;

Element launch(const std::string& text) {
  GError* error = nullptr;
  Element pipeline(gst_parse_launch(text.c_str(), &error));
  EXPECT_EQ(error, nullptr) << error->message;
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  return pipeline;
}

/// All that a pipeline's appsink "out" gets, up to its end.
std::vector<Sample> samples_of(const Element& pipeline) {
  auto* out = gst_bin_get_by_name(GST_BIN(pipeline.get()), "out");
  std::vector<Sample> samples;
  while (auto* sample = gst_app_sink_try_pull_sample(GST_APP_SINK(out), kPatience))
    samples.emplace_back(sample);
  gst_object_unref(out);
  return samples;
}

Bytes bytes_of(const Sample& sample) {
  auto* buffer = gst_sample_get_buffer(sample.get());
  Bytes bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

/// What an encoder of ours makes: a picture in four slices, or a packet of sound, a unit.
std::vector<AccessUnit> units_of(const std::string& encoder, AccessUnit::Kind kind) {
  std::vector<AccessUnit> units;
  for (const auto& sample : samples_of(launch(encoder + " ! appsink name=out sync=false"))) {
    auto* buffer = gst_sample_get_buffer(sample.get());
    const std::chrono::nanoseconds at(static_cast<std::int64_t>(units.size()) * 33'333'333);
    AccessUnit unit{SharedBytes::adopt(bytes_of(sample)), kind, at, Instant(1s) + at};
    unit.keyframe = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    units.push_back(std::move(unit));
  }
  return units;
}

class Datagrams final : public net::DatagramSink {
 public:
  bool send(const net::Path&, ByteView bytes, std::size_t segment, net::Ecn) override {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment, bytes.size()))) {
      const auto one = bytes.first(std::min(segment, bytes.size()));
      if (one[1] < 192 || one[1] > 223) sent.emplace_back(one.begin(), one.end());  // no RTCP
    }
    return true;
  }
  std::vector<Bytes> sent;
};

SrtpKeys keys_of(SrtpProfile profile) {
  SrtpKeys keys{profile, {}, {}};
  for (std::size_t i = 0; i < kSrtpKeyBytes + salt_bytes(profile); ++i)
    keys.ours.push_back(static_cast<std::uint8_t>(3 * i + 1));
  keys.theirs = keys.ours;
  return keys;
}

std::vector<Bytes> packets_of(const std::vector<AccessUnit>& units, const SrtpKeys& keys) {
  Instant now = Instant(1s);
  MediaSender sender({96, 97, 111, 6, false}, keys, seeded_random(5), now);
  Datagrams line;
  for (const auto& unit : units) {
    now = unit.captured_at;
    sender.on_unit(unit, now);
    sender.flush({}, line, now);
    for (; sender.status().line.waiting_bytes > 0; sender.flush({}, line, now)) now += 1ms;
  }
  return line.sent;
}

std::string srtp_caps(const SrtpKeys& keys, std::uint32_t ssrc, const std::string& media) {
  std::ostringstream text;
  const bool gcm = keys.profile == SrtpProfile::kAeadAes128Gcm;
  text << "application/x-srtp," << media << ",ssrc=(uint)" << ssrc << ",roc=(uint)0"
       << ",srtp-cipher=" << (gcm ? "aes-128-gcm" : "aes-128-icm")
       << ",srtcp-cipher=" << (gcm ? "aes-128-gcm" : "aes-128-icm")
       << ",srtp-auth=" << (gcm ? "null" : "hmac-sha1-80")
       << ",srtcp-auth=" << (gcm ? "null" : "hmac-sha1-80") << ",srtp-key=(buffer)" << std::hex
       << std::setfill('0');
  for (const auto byte : keys.ours) text << std::setw(2) << unsigned{byte};
  return text.str();
}

/// What comes out where GStreamer's own SRTP and depayloader take the packets.
std::vector<Sample> received(const std::vector<Bytes>& packets, const std::string& caps,
                             const std::string& behind) {
  const auto pipeline = launch("appsrc name=in format=time caps=\"" + caps + "\" ! srtpdec ! " + behind +
                               " ! appsink name=out sync=false");
  auto* in = gst_bin_get_by_name(GST_BIN(pipeline.get()), "in");
  for (const auto& packet : packets)
    gst_app_src_push_buffer(GST_APP_SRC(in), gst_buffer_new_memdup(packet.data(), packet.size()));
  gst_app_src_end_of_stream(GST_APP_SRC(in));
  gst_object_unref(in);
  return samples_of(pipeline);
}

/// The checksum of each picture of an H.264 stream. Decoded by a process of its own: ThreadSanitizer stops
/// libavcodec's threads for good.
std::vector<std::string> pictures_of(const Bytes& stream) {
  const std::string file = testing::TempDir() + "received-" + std::to_string(::getpid()) + ".h264";
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(stream.data()), static_cast<std::streamsize>(stream.size()));
  std::FILE* const said = ::popen(("ffmpeg -v error -i '" + file + "' -f framemd5 -").c_str(), "r");
  std::vector<std::string> sums;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), said) != nullptr) {
    const std::string text = line.data();
    if (!text.starts_with('#')) sums.push_back(text.substr(text.rfind(',') + 1));
  }
  EXPECT_EQ(::pclose(said), 0);
  std::filesystem::remove(file);
  return sums;
}

class GstreamerReceives : public testing::TestWithParam<SrtpProfile> {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    for (const auto* element : {"srtpdec", "rtph264depay", "rtpopusdepay", "opusenc", "opusdec", "x264enc"})
      if (!gst::has_element(element))
        GTEST_SKIP() << element << " is missing: install gstreamer1.0-plugins-{base,good,bad,ugly}";
    if (std::system("ffmpeg -version > /dev/null 2>&1") != 0) GTEST_SKIP() << "ffmpeg is missing: install it";
  }
};

TEST_P(GstreamerReceives, EachPictureAsItWasEncoded) {
  const auto units =
      units_of("videotestsrc pattern=ball num-buffers=" + std::to_string(kPictures) +
                   " ! video/x-raw,format=I420,width=640,height=360,framerate=30/1"
                   " ! x264enc tune=zerolatency speed-preset=superfast bitrate=4000 option-string=slices=4"
                   " ! video/x-h264,stream-format=byte-stream,alignment=au,profile=high",
               AccessUnit::Kind::kVideo);
  ASSERT_EQ(units.size(), static_cast<std::size_t>(kPictures));
  const auto keys = keys_of(GetParam());
  const auto packets = packets_of(units, keys);
  ASSERT_GT(packets.size(), units.size());
  Bytes stream;
  for (const auto& part : received(
           packets, srtp_caps(keys, kVideoSsrc, "media=video,payload=96,clock-rate=90000,encoding-name=H264"),
           "rtph264depay ! video/x-h264,stream-format=byte-stream,alignment=au"))
    std::ranges::copy(bytes_of(part), std::back_inserter(stream));
  // The same units, with nothing of ours in between.
  Bytes direct;
  for (const auto& unit : units) std::ranges::copy(unit.bytes.view(), std::back_inserter(direct));
  const auto shown = pictures_of(direct);
  EXPECT_EQ(shown.size(), units.size());
  EXPECT_EQ(pictures_of(stream), shown);
}

TEST_P(GstreamerReceives, EachPacketOfSound) {
  const auto units = units_of(
      "audiotestsrc num-buffers=20 samplesperbuffer=480 ! audio/x-raw,rate=48000,channels=2"
      " ! opusenc frame-size=10 bitrate=128000",
      AccessUnit::Kind::kOpus);
  ASSERT_GE(units.size(), 20U);
  const auto keys = keys_of(GetParam());
  const auto packets = packets_of(units, keys);
  const auto caps =
      srtp_caps(keys, kAudioSsrc, "media=audio,payload=111,clock-rate=48000,encoding-name=OPUS");
  const auto audio_packets = received(packets, caps, "rtpopusdepay");
  ASSERT_EQ(audio_packets.size(), units.size());
  for (std::size_t i = 0; i < units.size(); ++i)
    EXPECT_TRUE(std::ranges::equal(bytes_of(audio_packets[i]), units[i].bytes.view())) << i;
  EXPECT_GE(received(packets, caps, "rtpopusdepay ! opusdec").size(), 19U);
}

INSTANTIATE_TEST_SUITE_P(Profiles, GstreamerReceives,
                         testing::Values(SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAes128CmSha1_80));

}  // namespace
}  // namespace pixelpass::web
