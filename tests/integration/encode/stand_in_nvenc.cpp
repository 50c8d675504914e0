#include "stand_in_nvenc.hpp"

#include "pixelpass/gst/gst.hpp"

#include <gst/gst.h>

#include <array>
#include <string>
#include <vector>

namespace pixelpass::encode {
namespace {

using gst::Owned;
using Generation = StandInNvenc::Generation;

struct Spec {
  const char* name;
  char kind;  ///< b(oolean), i(nt), u(nsigned), d(ouble), e(num)
  double lowest = 0;
  double highest = 1;
  double standard = 0;
  const GEnumValue* words = nullptr;
};

constexpr std::array<GEnumValue, 9> kOldPresets{{{0, "default", "default"},
                                                 {1, "hp", "hp"},
                                                 {2, "hq", "hq"},
                                                 {3, "low-latency", "low-latency"},
                                                 {4, "low-latency-hq", "low-latency-hq"},
                                                 {5, "low-latency-hp", "low-latency-hp"},
                                                 {6, "lossless", "lossless"},
                                                 {7, "lossless-hp", "lossless-hp"},
                                                 {}}};
constexpr std::array<GEnumValue, 8> kNewPresets{{{8, "p1", "p1"},
                                                 {9, "p2", "p2"},
                                                 {10, "p3", "p3"},
                                                 {11, "p4", "p4"},
                                                 {12, "p5", "p5"},
                                                 {13, "p6", "p6"},
                                                 {14, "p7", "p7"},
                                                 {}}};
constexpr std::array<GEnumValue, 4> kModes{
    {{0, "constqp", "constqp"}, {1, "vbr", "vbr"}, {2, "cbr", "cbr"}, {}}};
constexpr std::array<GEnumValue, 6> kTunes{{{0, "default", "default"},
                                            {1, "high-quality", "high-quality"},
                                            {2, "low-latency", "low-latency"},
                                            {3, "ultra-low-latency", "ultra-low-latency"},
                                            {4, "lossless", "lossless"},
                                            {}}};
constexpr std::array<GEnumValue, 5> kPasses{{{0, "default", "default"},
                                             {1, "disabled", "disabled"},
                                             {2, "two-pass-quarter", "two-pass-quarter"},
                                             {3, "two-pass", "two-pass"},
                                             {}}};

constexpr double kMost = 2'147'483'647;
const std::vector<Spec> kCommon{{"gop-size", 'i', -1, kMost, 30},
                                {"bitrate", 'u', 0, 2'048'000, 0},
                                {"max-bitrate", 'u', 0, 2'048'000},
                                {"vbv-buffer-size", 'u', 0, kMost, 0},
                                {"rc-lookahead", 'u', 0, 32},
                                {"i-adapt", 'b'},
                                {"b-adapt", 'b'},
                                {"spatial-aq", 'b'},
                                {"temporal-aq", 'b'},
                                {"nonref-p", 'b'},
                                {"strict-gop", 'b'},
                                {"weighted-pred", 'b'},
                                {"const-quality", 'd', 0, 51},
                                {"aud", 'b', 0, 1, 1}};
const std::vector<Spec> kOld{{"preset", 'e', 0, 0, 0, kOldPresets.data()},
                             {"rc-mode", 'e', 0, 0, 1, kModes.data()},
                             {"zerolatency", 'b'},
                             {"bframes", 'u', 0, 4},
                             {"qp-const", 'i', -1, 51, -1}};
const std::vector<Spec> kNew{{"preset", 'e', 0, 0, 11, kNewPresets.data()},
                             {"tune", 'e', 0, 0, 0, kTunes.data()},
                             {"multi-pass", 'e', 0, 0, 0, kPasses.data()},
                             {"rate-control", 'e', 0, 0, 1, kModes.data()},
                             {"zero-reorder-delay", 'b'},
                             {"b-frames", 'u', 0, 4},
                             {"repeat-sequence-header", 'b'}};

struct NvEncoder {
  GstBin parent;
  GstElement* x264;             ///< the bin's
  std::vector<GValue>* values;  ///< in the order of the properties
};
struct NvEncoderClass {
  GstBinClass parent;
};

void set_nv_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  const auto& encoder = *reinterpret_cast<NvEncoder*>(object);
  GValue& kept = encoder.values->at(id);
  if (G_IS_VALUE(&kept)) g_value_unset(&kept);
  g_value_init(&kept, G_VALUE_TYPE(value));
  g_value_copy(value, &kept);
  const std::string name = spec->name;
  // What shows in the stream; NVENC takes a new bitrate while it runs.
  if (name == "bitrate" && g_value_get_uint(value) > 0)
    g_object_set(encoder.x264, "bitrate", g_value_get_uint(value), nullptr);
  if (name == "aud") g_object_set(encoder.x264, "aud", g_value_get_boolean(value), nullptr);
  if (name == "gop-size") g_object_set(encoder.x264, "key-int-max", g_value_get_int(value), nullptr);
}

void get_nv_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const GValue& kept = reinterpret_cast<NvEncoder*>(object)->values->at(id);
  if (G_IS_VALUE(&kept))
    g_value_copy(&kept, value);
  else
    g_param_value_set_default(spec, value);
}

GParamSpec* param_of(const Spec& spec, const std::string& generation) {
  const auto flags =
      static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  const char* name = spec.name;
  if (spec.kind == 'b') return g_param_spec_boolean(name, name, name, spec.standard > 0, flags);
  if (spec.kind == 'd')
    return g_param_spec_double(name, name, name, spec.lowest, spec.highest, spec.standard, flags);
  const auto standard = static_cast<gint>(spec.standard);
  if (spec.kind == 'e') {
    const GType words = g_enum_register_static(("StandInNvenc" + generation + name).c_str(), spec.words);
    return g_param_spec_enum(name, name, name, words, standard, flags);
  }
  const auto lowest = static_cast<gint>(spec.lowest);
  const auto highest = static_cast<gint>(spec.highest);
  if (spec.kind == 'i') return g_param_spec_int(name, name, name, lowest, highest, standard, flags);
  return g_param_spec_uint(name, name, name, static_cast<guint>(lowest), static_cast<guint>(highest),
                           static_cast<guint>(standard), flags);
}

void add_nv_template(gpointer klass, const char* name, GstPadDirection direction, const char* caps_text) {
  const Owned<GstCaps> caps(gst_caps_from_string(caps_text));
  gst_element_class_add_pad_template(GST_ELEMENT_CLASS(klass),
                                     gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
}

void finalize(GObject* object) {
  auto& encoder = *reinterpret_cast<NvEncoder*>(object);
  for (GValue& value : *encoder.values)
    if (G_IS_VALUE(&value)) g_value_unset(&value);
  delete encoder.values;
  G_OBJECT_CLASS(g_type_class_peek(GST_TYPE_BIN))->finalize(object);
}

void init_class(gpointer klass, gpointer data) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = set_nv_property;
  object_class->get_property = get_nv_property;
  object_class->finalize = finalize;
  guint id = 0;
  const bool old = GPOINTER_TO_UINT(data) == static_cast<guint>(Generation::kOld);
  for (const auto* specs : {&kCommon, old ? &kOld : &kNew})
    for (const Spec& spec : *specs)
      g_object_class_install_property(object_class, ++id, param_of(spec, old ? "Old" : "New"));
  add_nv_template(klass, "sink", GST_PAD_SINK,
                  "video/x-raw,format=NV12,width=[160,4096],height=[64,4096],interlace-mode=progressive");
  add_nv_template(klass, "src", GST_PAD_SRC, "video/x-h264,alignment=au,stream-format=byte-stream");
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "nvh264enc", "Codec/Encoder/Video/Hardware",
                                        "Test", "Test");
}

void init(GTypeInstance* instance, gpointer klass) {
  auto& encoder = *reinterpret_cast<NvEncoder*>(instance);
  encoder.values = new std::vector<GValue>(kCommon.size() + std::max(kOld.size(), kNew.size()) + 1);
  encoder.x264 = gst_element_factory_make("x264enc", nullptr);
  gst_util_set_object_arg(G_OBJECT(encoder.x264), "tune", "zerolatency");
  gst_util_set_object_arg(G_OBJECT(encoder.x264), "speed-preset", "ultrafast");
  gst_bin_add(GST_BIN(instance), encoder.x264);
  for (const char* name : {"sink", "src"}) {
    const Owned<GstPad> target(gst_element_get_static_pad(encoder.x264, name));
    GstPadTemplate* pad_template = gst_element_class_get_pad_template(GST_ELEMENT_CLASS(klass), name);
    gst_element_add_pad(GST_ELEMENT(instance),
                        gst_ghost_pad_new_from_template(name, target.get(), pad_template));
  }
}

/// GObject types live for ever: one a generation.
GType type_of(Generation generation) {
  const auto number = static_cast<guint>(generation);
  const std::string name = "StandInNvH264Enc" + std::to_string(number);
  if (const GType known = g_type_from_name(name.c_str()); known != 0) return known;
  GTypeInfo info{};
  info.class_size = sizeof(NvEncoderClass);
  info.class_init = init_class;
  info.class_data = GUINT_TO_POINTER(number);
  info.instance_size = sizeof(NvEncoder);
  info.instance_init = init;
  return g_type_register_static(GST_TYPE_BIN, name.c_str(), &info, GTypeFlags{});
}

}  // namespace

StandInNvenc::StandInNvenc(Generation generation) {
  gst::start_gstreamer();
  gst_element_register(nullptr, "nvh264enc", GST_RANK_NONE, type_of(generation));
}

StandInNvenc::~StandInNvenc() {
  GstPluginFeature* feature = gst_registry_lookup_feature(gst_registry_get(), "nvh264enc");
  if (feature == nullptr) return;
  gst_registry_remove_feature(gst_registry_get(), feature);
  gst_object_unref(feature);
}

}  // namespace pixelpass::encode
