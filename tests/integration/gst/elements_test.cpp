// What we rely on of other people's elements is set, not assumed; and nothing is set that is not there.
#include "pixelpass/gst/elements.hpp"

#include "pixelpass/gst/pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <string>

namespace pixelpass::gst {
namespace {

/// An element of this machine, made as a pipeline of ours makes it.
struct Made {
  std::string name;
  const ElementSettings& settings;
  Owned<GstElement> pipeline;
  Owned<GstElement> element;
};

std::vector<Made> elements_here() {
  std::vector<Made> found;
  for (const ElementSettings& settings : element_settings()) {
    const std::string name(settings.element);
    if (!has_element(name)) continue;
    // In a bin even where it is alone.
    auto pipeline = parse_pipeline(element_text(name) + " name=it fakesink", "the test");
    auto element = element_of(pipeline.get(), "it");
    found.push_back({name, settings, std::move(pipeline), std::move(element)});
  }
  return found;
}

/// Whether a property has this value, as gst-launch would take it.
bool holds(GstElement* element, const std::string& name, std::string_view wanted) {
  GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name.c_str());
  if (property == nullptr) return false;
  GValue now = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(element), name.c_str(), &now);
  GValue then = G_VALUE_INIT;
  g_value_init(&then, G_VALUE_TYPE(&now));
  const bool same = gst_value_deserialize_with_pspec(&then, std::string(wanted).c_str(), property) != FALSE &&
                    gst_value_compare(&now, &then) == GST_VALUE_EQUAL;
  g_value_unset(&now);
  g_value_unset(&then);
  return same;
}

bool has_property(const Made& made, const std::string& name) {
  return g_object_class_find_property(G_OBJECT_GET_CLASS(made.element.get()), name.c_str()) != nullptr;
}

/// Up to 1.26 all properties were looked at. What later versions have more is not known here, nor what they
/// do not have any more.
bool is_looked_at() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return major == 1 && minor <= 26;
}

class Elements : public testing::Test {
 protected:
  void SetUp() override { start_gstreamer(); }
};

/// What would change the stream, or when it comes, if a version's default were another one.
const std::map<std::string, std::map<std::string, std::string>> kReliedOn{
    {"appsrc",
     {{"format", "time"},
      {"is-live", "true"},
      {"do-timestamp", "false"},
      {"block", "false"},
      {"max-bytes", "0"},
      {"max-buffers", "0"},
      {"max-time", "0"},
      {"leaky-type", "none"}}},
    {"appsink",
     {{"sync", "false"}, {"async", "false"}, {"drop", "false"}, {"max-buffers", "0"}, {"qos", "false"}}},
    {"fakesink", {{"sync", "false"}, {"async", "false"}}},
    {"audioconvert", {{"dithering", "tpdf"}, {"noise-shaping", "none"}, {"qos", "false"}}},
    {"audioresample", {{"quality", "4"}, {"resample-method", "kaiser"}, {"qos", "false"}}},
    {"audiorate", {{"skip-to-first", "true"}, {"tolerance", "40000000"}}},
    {"decodebin", {{"use-buffering", "false"}, {"max-size-time", "0"}, {"force-sw-decoders", "false"}}},
    {"aacparse", {{"disable-passthrough", "false"}}},
    {"mpegaudioparse", {{"disable-passthrough", "false"}}},
    {"ac3parse", {{"disable-passthrough", "false"}}},
    {"h264parse", {{"config-interval", "-1"}, {"update-timecode", "false"}}},
    {"h265parse", {{"config-interval", "-1"}}},
    {"capsfilter", {{"caps-change-mode", "immediate"}}},
    {"matroskamux",
     {{"streamable", "true"},
      {"version", "2"},
      {"timecodescale", "1000000"},
      {"offset-to-zero", "false"},
      {"min-cluster-duration", "500000000"}}},
    {"mp4mux",
     {{"fragment-duration", "1000"},
      {"fragment-mode", "dash-or-mss"},
      {"faststart", "false"},
      {"start-time-selection", "zero"}}},
    {"srtsink",
     {{"mode", "caller"},
      {"wait-for-connection", "true"},
      {"auto-reconnect", "false"},
      {"sync", "false"},
      {"async", "false"}}},
    {"webrtcbin", {{"bundle-policy", "max-bundle"}, {"ice-transport-policy", "all"}}},
    {"rtph264pay",
     {{"aggregate-mode", "none"},
      {"config-interval", "0"},
      {"mtu", "1200"},
      {"pt", "96"},
      {"perfect-rtptime", "false"}}},
    {"rtpopuspay", {{"mtu", "1200"}, {"pt", "111"}, {"dtx", "false"}, {"perfect-rtptime", "false"}}},
    {"capssetter", {{"replace", "true"}, {"join", "false"}}},
    {"tsdemux", {{"program-number", "-1"}, {"ignore-pcr", "false"}}},
    {"avdec_h264",
     {{"qos", "false"},
      {"max-errors", "-1"},
      {"discard-corrupted-frames", "false"},
      {"output-corrupt", "true"},
      {"skip-frame", "0"},
      {"lowres", "full"}}},
    {"openh264dec", {{"qos", "false"}, {"max-errors", "-1"}, {"discard-corrupted-frames", "false"}}},
    {"vah264dec", {{"qos", "false"}, {"max-errors", "-1"}, {"discard-corrupted-frames", "false"}}},
    {"v4l2h264dec", {{"qos", "false"}, {"max-errors", "-1"}, {"discard-corrupted-frames", "false"}}},
};

TEST_F(Elements, WhatOneDoesIsSetAndNotItsDefault) {
  for (const auto& made : elements_here()) {
    const auto wanted = kReliedOn.find(made.name);
    ASSERT_NE(wanted, kReliedOn.end()) << made.name << " has no list of what is relied on";
    for (const auto& [property, value] : wanted->second) {
      EXPECT_TRUE(holds(made.element.get(), property, value)) << made.name << ' ' << property;
      EXPECT_NE(std::ranges::find(made.settings.properties, property, &ElementProperty::name),
                made.settings.properties.end())
          << made.name << ' ' << property << " is left to chance";
    }
  }
}

TEST_F(Elements, AllOfWhichSomethingIsReliedOnHaveATable) {
  for (const auto& [name, wanted] : kReliedOn)
    EXPECT_EQ(std::ranges::count(element_settings(), name, &ElementSettings::element), 1) << name;
}

TEST_F(Elements, EachHasAllThatItsTableSays) {
  for (const auto& made : elements_here())
    for (const auto& property : made.settings.properties)
      if (has_property(made, std::string(property.name))) {
        EXPECT_TRUE(holds(made.element.get(), std::string(property.name), property.value))
            << made.name << ' ' << property.name;
      }
}

TEST_F(Elements, WhatOnePlaceWantsOtherwiseStandsInPlaceOfTheTables) {
  const auto text = element_text("appsrc", {{"is-live", "false"}, {"format", "bytes"}});
  const auto pipeline = parse_pipeline(text + " name=it ! fakesink", "the test");
  const auto element = element_of(pipeline.get(), "it");
  EXPECT_TRUE(holds(element.get(), "is-live", "false"));
  EXPECT_TRUE(holds(element.get(), "format", "bytes"));
  EXPECT_TRUE(holds(element.get(), "max-bytes", "0"));
  EXPECT_EQ(text.find(" is-live="), text.rfind(" is-live="));
  EXPECT_EQ(text.find(" format="), text.rfind(" format="));
}

/// Of a version that was not looked at: what it cannot do without is there.
TEST_F(Elements, NothingIsSetThatNoVersionHas) {
  const std::map<std::string, std::set<std::string>> since_later{
      {"appsink", {"max-bytes", "max-time", "leaky-type"}},  // 1.24 and 1.28
      // 1.26
      {"appsrc", {"automatic-eos"}},
      {"audioconvert", {"input-channels-reorder", "input-channels-reorder-mode"}},
      {"matroskamux", {"emit-signals", "latency", "min-upstream-latency", "start-time-selection"}}};
  for (const auto& made : elements_here())
    for (const auto& property : made.settings.properties) {
      const std::string name(property.name);
      const auto later = since_later.find(made.name);
      const bool may_lack = (later != since_later.end() && later->second.contains(name)) ||
                            (!is_looked_at() && !property.required);
      EXPECT_TRUE(has_property(made, name) || may_lack) << made.name << " has no " << name;
    }
}

/// Properties that are left as they are, and why.
const std::map<std::string, std::set<std::string>> kLeftAlone{
    // What is pushed has them, or they are asked for by nobody: sizes and lengths of files, how full it is.
    {"appsrc", {"blocksize", "caps", "duration", "max-latency", "min-latency", "min-percent", "size"}},
    // They count where a sink follows a clock.
    {"appsink",
     {"blocksize", "caps", "max-lateness", "processing-deadline", "render-delay", "ts-offset",
      "wait-on-eos"}},
    {"fakesink",
     {"blocksize", "max-lateness", "processing-deadline", "render-delay", "ts-offset",
      // Of a test's.
      "can-activate-pull", "can-activate-push", "dump", "signal-handoffs", "silent", "state-error"}},
    {"audioconvert", {"mix-matrix"}},  // set by what comes (encode/film_downmix)
    {"decodebin", {"caps", "high-percent", "low-percent", "sink-caps", "subtitle-encoding"}},
    {"capsfilter", {"caps"}},
    // A name and a date; a time that start-time-selection does not ask for.
    {"matroskamux", {"creation-time", "start-time", "writing-app"}},
    {"mp4mux",
     {// Of other kinds of files: with room for an index, with raw sound, gone back in.
      "dts-method", "faststart-file", "max-raw-audio-drift", "moov-recovery-file", "reserved-bytes-per-sec",
      "reserved-max-duration", "reserved-moov-update-period", "reserved-prefill", "start-time",
      // Without effect on it (gstqtmux.c: of ISML alone).
      "streamable"}},
    // The target's, by its URI; the rest counts where a sink follows a clock. What sets authentication,
    // which is for listeners, sets auto-reconnect to the same in 1.22.
    {"srtsink",
     {"authentication", "blocksize", "latency", "localaddress", "localport", "max-lateness", "passphrase",
      "pbkeylen", "poll-timeout", "processing-deadline", "render-delay", "streamid", "ts-offset", "uri"}},
    // The engine's servers; what is received, and when.
    {"webrtcbin", {"http-proxy", "ice-agent", "latency", "reuse-source-pads", "stun-server", "turn-server"}},
    // Random, as RFC 3550 wants them, or ours for each connection.
    {"rtph264pay", {"seqnum-offset", "sprop-parameter-sets", "ssrc", "timestamp-offset"}},
    {"rtpopuspay", {"seqnum-offset", "ssrc", "timestamp-offset"}},
    {"capssetter", {"caps"}},
    {"tsdemux", {"latency"}},  // it counts where a sink follows a clock
    // What is asked of an encoder, which is not there to be asked.
    {"avdec_h264",
     {"automatic-request-sync-point-flags", "debug-mv", "direct-rendering", "min-force-key-unit-interval"}},
    {"openh264dec", {"automatic-request-sync-point-flags", "min-force-key-unit-interval"}},
    {"vah264dec", {"automatic-request-sync-point-flags", "compliance", "min-force-key-unit-interval"}},
    // Of its device's.
    {"v4l2h264dec",
     {"automatic-request-sync-point-flags", "capture-io-mode", "extra-controls",
      "min-force-key-unit-interval", "output-io-mode"}},
};

bool is_writable(const GParamSpec* property) {
  return (property->flags & G_PARAM_WRITABLE) != 0 && property->owner_type != GST_TYPE_OBJECT;
}

/// A property that nobody has thought about is the next fault of this kind. Later versions' are listed, for
/// who looks at them next.
TEST_F(Elements, EachPropertyThatAVersionUpTo126HasIsSetOrLeftAloneOnPurpose) {
  for (const auto& made : elements_here()) {
    const auto alone = kLeftAlone.find(made.name);
    guint count = 0;
    GParamSpec** all = g_object_class_list_properties(G_OBJECT_GET_CLASS(made.element.get()), &count);
    for (guint i = 0; i < count; ++i) {
      const std::string property = all[i]->name;
      if (!is_writable(all[i])) continue;
      const bool is_known = std::ranges::find(made.settings.properties, property, &ElementProperty::name) !=
                                made.settings.properties.end() ||
                            (alone != kLeftAlone.end() && alone->second.contains(property));
      const auto what = made.name + " " + property + " is neither set nor left alone on purpose";
      EXPECT_TRUE(is_known || !is_looked_at()) << what;
      if (!is_known) std::cout << what << '\n';
    }
    g_free(all);
  }
}

}  // namespace
}  // namespace pixelpass::gst
