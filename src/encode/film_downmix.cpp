#include "encode/film_downmix.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/pipeline.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::encode {
namespace {

struct StereoGain {
  double left = 0;
  double right = 0;
};

constexpr double kThreeDown = 0.70710678;
constexpr double kSixDown = 0.5;
/// The most that one side gets from five channels that are all loud, 3 dB down (front, centre, surround).
constexpr double kMostOfASide = kThreeDown * (1 + 2 * kThreeDown);

/// Gains by channel position, as GStreamer numbers them (GstAudioChannelPosition). A channel above or below
/// has the gain of the surround channel on its side.
constexpr std::array<StereoGain, 28> kPlaceGains{{
    {1, 0},                    // front left
    {0, 1},                    // front right
    {kThreeDown, kThreeDown},  // front centre
    {0, 0},                    // low frequencies
    {kThreeDown, 0},           // rear left
    {0, kThreeDown},           // rear right
    {1, 0},                    // front left of the centre
    {0, 1},                    // front right of it
    {kSixDown, kSixDown},      // rear centre
    {0, 0},                    // low frequencies, the second
    {kThreeDown, 0},           // side left
    {0, kThreeDown},           // side right
    {kThreeDown, 0},           // top front left
    {0, kThreeDown},           // top front right
    {kSixDown, kSixDown},      // top front centre
    {kSixDown, kSixDown},      // top centre
    {kThreeDown, 0},           // top rear left
    {0, kThreeDown},           // top rear right
    {kThreeDown, 0},           // top side left
    {0, kThreeDown},           // top side right
    {kSixDown, kSixDown},      // top rear centre
    {kSixDown, kSixDown},      // bottom front centre
    {kThreeDown, 0},           // bottom front left
    {0, kThreeDown},           // bottom front right
    {1, 0},                    // wide left
    {0, 1},                    // wide right
    {kThreeDown, 0},           // surround left
    {0, kThreeDown},           // surround right
}};

/// Gains for unknown positions: each channel on both sides, all together as loud as one, so that nothing is
/// lost. GStreamer would mix none of them.
std::vector<StereoGain> gains_of_unknown(std::size_t channels) {
  const double each = 1 / static_cast<double>(channels);
  return std::vector<StereoGain>(channels, {each, each});
}

/// Lowers the gains by 3 dB, and by another 3 dB where there are more than five channels, since all of them
/// are seldom loud at once; never more than what five channels add up to.
void turn_down(std::vector<StereoGain>& gains) {
  std::size_t full = 0;
  StereoGain sum;
  for (const auto& gain : gains) {
    if (gain.left + gain.right > 0) ++full;
    sum = {sum.left + gain.left, sum.right + gain.right};
  }
  const double down =
      std::min(full > 5 ? kSixDown : kThreeDown, kMostOfASide / std::max(sum.left, sum.right));
  for (auto& gain : gains) gain = {gain.left * down, gain.right * down};
}

/// The gains in the channels' order.
std::vector<StereoGain> gains_for(GstCaps* caps) {
  const GstStructure* format = gst_caps_get_structure(caps, 0);
  int number = 0;
  guint64 places = 0;
  gst_structure_get_int(format, "channels", &number);
  gst_structure_get(format, "channel-mask", GST_TYPE_BITMASK, &places, nullptr);
  const auto channels = static_cast<std::size_t>(std::max(number, 1));
  if (channels == 1) return {{1, 1}};
  if (channels == 2) return {{1, 0}, {0, 1}};
  std::vector<StereoGain> gains;
  for (std::size_t place = 0; place < kPlaceGains.size(); ++place)
    if ((places >> place & 1) != 0) gains.push_back(kPlaceGains[place]);
  if (gains.size() != channels || (places >> kPlaceGains.size()) != 0) return gains_of_unknown(channels);
  turn_down(gains);
  return gains;
}

/// The number with a decimal point, whatever the locale uses.
std::string number_text(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, 6);
  return {text.data(), end.ptr};
}

std::string row_text(const std::vector<StereoGain>& gains, double StereoGain::*side) {
  std::string text;
  for (const auto& gain : gains) text += (text.empty() ? "<(float)" : ",(float)") + number_text(gain.*side);
  return text + ">";
}

/// Sets the matrix for each format that comes. Up to GStreamer 1.24 the matrix is set before the format; from
/// 1.26 on, whose audioconvert is recognised by another property, it has to match the current format.
class Mixer {
 public:
  explicit Mixer(GstElement* audioconvert)
      : audioconvert_(audioconvert),
        takes_it_later_(g_object_class_find_property(G_OBJECT_GET_CLASS(audioconvert),
                                                     "input-channels-reorder") != nullptr) {}

  static GstPadProbeReturn on_data(GstPad* /*pad*/, GstPadProbeInfo* info, gpointer self) noexcept {
    auto& mixer = *static_cast<Mixer*>(self);
    if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0)
      mixer.set_pending();
    else
      mixer.on_event(GST_PAD_PROBE_INFO_EVENT(info));
    return GST_PAD_PROBE_OK;
  }

 private:
  void on_event(GstEvent* event) {
    if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return;
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    const auto gains = gains_for(caps);
    auto matrix = "<" + row_text(gains, &StereoGain::left) + "," + row_text(gains, &StereoGain::right) + ">";
    // Setting it again would send the format again, and so on without end.
    if (matrix == matrix_) return;
    matrix_ = std::move(matrix);
    is_pending_ = takes_it_later_;
    // An empty matrix in between is needed: the new format does not match the old matrix.
    set(is_pending_ ? "<>" : matrix_);
  }
  void set_pending() {
    if (std::exchange(is_pending_, false)) set(matrix_);
  }
  void set(const std::string& matrix) {
    if (!gst::set_property(audioconvert_, "mix-matrix", matrix))
      gst::fail_pipeline(audioconvert_, "its channels cannot be mixed");
  }

  GstElement* const audioconvert_;
  const bool takes_it_later_;
  std::string matrix_;
  bool is_pending_ = false;  ///< until the format is there
};

}  // namespace

void mix_to_stereo(GstElement* audioconvert) {
  const gst::Owned<GstPad> pad(gst_element_get_static_pad(audioconvert, "sink"));
  constexpr auto kFormatAndBuffers =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_BUFFER);
  if (!pad || gst_pad_add_probe(pad.get(), kFormatAndBuffers, &Mixer::on_data, new Mixer(audioconvert),
                                [](gpointer mixer) { delete static_cast<Mixer*>(mixer); }) == 0)
    throw StartupError("the stream's channels cannot be mixed", gst::gstreamer_hint());
}

}  // namespace pixelpass::encode
