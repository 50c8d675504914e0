#include "stand_in_va.hpp"

#include "pixelpass/gst/gst.hpp"

#include <gst/allocators/gstdmabuf.h>
#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

namespace pixelpass::encode {
namespace {

using gst::Owned;
using Kind = StandInVa::Kind;

constexpr const char* kGpuMemory = "memory:VAMemory";
std::atomic<int> gpu_pictures = 0;
std::atomic<int> made_encoders = 0;
std::atomic<bool> keyframes_refused = false;

// --- The element that only renames the memory: to VAMemory, or to main memory.

struct Relabel {
  GstBaseTransform parent;
  gboolean to_gpu;
};
struct RelabelClass {
  GstBaseTransformClass parent;
};

GstCaps* with_memory(GstCaps* caps, const char* memory) {
  GstCaps* renamed = gst_caps_copy(caps);
  for (guint i = 0; i < gst_caps_get_size(renamed); ++i)
    gst_caps_set_features(renamed, i, gst_caps_features_new(memory, nullptr));
  return renamed;
}

GstCaps* transform_caps(GstBaseTransform* self, GstPadDirection from, GstCaps* caps, GstCaps* filter) {
  const bool to_gpu = reinterpret_cast<Relabel*>(self)->to_gpu != FALSE;
  const bool gpu = to_gpu == (from == GST_PAD_SINK);
  GstCaps* other = with_memory(caps, gpu ? kGpuMemory : GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY);
  // An encoder takes main memory as well.
  if (!to_gpu && from == GST_PAD_SRC)
    other = gst_caps_merge(other, with_memory(caps, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY));
  if (filter == nullptr) return other;
  GstCaps* both = gst_caps_intersect_full(filter, other, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref(other);
  return both;
}

void init_relabel_class(gpointer klass, gpointer /*data*/) {
  for (const auto& [name, direction] : {std::pair{"sink", GST_PAD_SINK}, {"src", GST_PAD_SRC}}) {
    const Owned<GstCaps> caps(gst_caps_from_string("video/x-raw(ANY)"));
    gst_element_class_add_pad_template(GST_ELEMENT_CLASS(klass),
                                       gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
  }
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Relabel", "Filter", "Test", "Test");
  GST_BASE_TRANSFORM_CLASS(klass)->transform_caps = transform_caps;
}

void init_relabel(GTypeInstance* instance, gpointer /*klass*/) {
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(instance), TRUE);
}

GstElement* make_relabel(bool to_gpu) {
  static const GType type =
      g_type_register_static_simple(GST_TYPE_BASE_TRANSFORM, "StandInRelabel", sizeof(RelabelClass),
                                    init_relabel_class, sizeof(Relabel), init_relabel, GTypeFlags{});
  auto* element = GST_ELEMENT(g_object_new(type, nullptr));
  reinterpret_cast<Relabel*>(element)->to_gpu = to_gpu;
  return element;
}

// --- The element that stands for the driver's import: it takes DMA-BUFs for main memory, which a memfd is.

constexpr const char* kDmaBuf = "memory:DMABuf";

/// From this version on formats in DMA-BUFs go by the kernel's names.
bool names_by_drm() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return major > 1 || minor >= 24;
}

/// As gstvacaps.c makes them: in 1.24 the one layout of each format that the driver would choose itself.
std::string import_caps() {
  return names_by_drm() ? "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format={(string)NV12,"
                          "(string)XR24:0x0100000000000002,(string)XR24,(string)AR24:0x0100000000000002}"
                        : "video/x-raw(memory:DMABuf),format={(string)NV12,(string)BGRA,(string)BGRx}";
}

std::mutex import_mutex;  ///< guards the next four
std::condition_variable import_changed;
bool imports_held = false;
std::vector<StandInVa::Import> imported;
std::size_t first_refused = 0;
std::size_t refused_count = 0;

GstCaps* import_transform_caps(GstBaseTransform* /*self*/, GstPadDirection from, GstCaps* caps,
                               GstCaps* filter) {
  GstCaps* other = with_memory(caps, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY);
  for (guint i = 0; i < gst_caps_get_size(other); ++i) {
    GstStructure* fields = gst_caps_get_structure(other, i);
    if (gst_structure_has_field(fields, "drm-format") == FALSE) continue;
    const gchar* drm = gst_structure_get_string(fields, "drm-format");
    const char* name = drm != nullptr && g_str_has_prefix(drm, "AR24") != FALSE ? "BGRA" : "BGRx";
    gst_structure_remove_field(fields, "drm-format");
    gst_structure_set(fields, "format", G_TYPE_STRING, name, nullptr);
  }
  if (from == GST_PAD_SRC) {
    GstCaps* drawn = with_memory(caps, kDmaBuf);
    for (guint i = 0; names_by_drm() && i < gst_caps_get_size(drawn); ++i)
      gst_structure_set(gst_caps_get_structure(drawn, i), "format", G_TYPE_STRING, "DMA_DRM", nullptr);
    other = gst_caps_merge(drawn, other);
  }
  if (filter == nullptr) return other;
  GstCaps* both = gst_caps_intersect_full(filter, other, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref(other);
  return both;
}

StandInVa::Import look_at_import(GstBuffer* buffer, GstCaps* caps) {
  StandInVa::Import import;
  GstMemory* memory = gst_buffer_peek_memory(buffer, 0);
  import.dma_buf = gst_is_dmabuf_memory(memory) != FALSE;
  if (import.dma_buf) import.fd = gst_dmabuf_memory_get_fd(memory);
  import.memories = gst_buffer_n_memory(buffer);
  const Owned<gchar> text(gst_caps_to_string(caps));
  import.caps = text.get();
  if (const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer)) {
    import.planes = meta->n_planes;
    import.offset = meta->offset[0];
    import.stride = meta->stride[0];
  }
  return import;
}

GstFlowReturn import_picture(GstBaseTransform* self, GstBuffer* buffer) {
  const Owned<GstCaps> caps(gst_pad_get_current_caps(self->sinkpad));
  if (!caps || gst_caps_features_contains(gst_caps_get_features(caps.get(), 0), kDmaBuf) == FALSE)
    return GST_FLOW_OK;
  std::unique_lock lock(import_mutex);
  imported.push_back(look_at_import(buffer, caps.get()));
  const std::size_t number = imported.size() - 1;
  import_changed.wait(lock, [] { return !imports_held; });
  return number >= first_refused && number < first_refused + refused_count ? GST_FLOW_ERROR : GST_FLOW_OK;
}

void init_import_class(gpointer klass, gpointer /*data*/) {
  for (const auto& [name, direction] : {std::pair{"sink", GST_PAD_SINK}, {"src", GST_PAD_SRC}}) {
    const Owned<GstCaps> caps(gst_caps_from_string("video/x-raw(ANY)"));
    gst_element_class_add_pad_template(GST_ELEMENT_CLASS(klass),
                                       gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
  }
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "Import", "Filter", "Test", "Test");
  GST_BASE_TRANSFORM_CLASS(klass)->transform_caps = import_transform_caps;
  GST_BASE_TRANSFORM_CLASS(klass)->transform_ip = import_picture;
  GST_BASE_TRANSFORM_CLASS(klass)->transform_ip_on_passthrough = TRUE;
}

GstElement* make_import() {
  static const GType type =
      g_type_register_static_simple(GST_TYPE_BASE_TRANSFORM, "StandInImport", sizeof(GstBaseTransformClass),
                                    init_import_class, sizeof(GstBaseTransform), init_relabel, GTypeFlags{});
  return GST_ELEMENT(g_object_new(type, nullptr));
}

// --- What both have in common: a chain of elements in a bin, with the real element's pads.

void add_template(gpointer klass, const char* name, GstPadDirection direction, const char* caps_text) {
  const Owned<GstCaps> caps(gst_caps_from_string(caps_text));
  gst_element_class_add_pad_template(GST_ELEMENT_CLASS(klass),
                                     gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get()));
}

void add_pad(GstElement* bin, const char* name, GstElement* inner) {
  const Owned<GstPad> target(gst_element_get_static_pad(inner, name));
  GstPadTemplate* pad_template = gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(bin), name);
  gst_element_add_pad(bin, gst_ghost_pad_new_from_template(name, target.get(), pad_template));
}

void chain(GstElement* bin, std::initializer_list<GstElement*> elements) {
  GstElement* last = nullptr;
  for (GstElement* element : elements) {
    gst_bin_add(GST_BIN(bin), element);
    if (last != nullptr) gst_element_link(last, element);
    last = element;
  }
  add_pad(bin, "sink", *elements.begin());
  add_pad(bin, "src", last);
}

// --- vapostproc

struct Postproc {
  GstBin parent;
  GstElement* crop;   ///< the bin's
  GstElement* flip;   ///< the bin's
  GstElement* scale;  ///< the bin's
};
enum PostprocProperty : guint { kVideoDirection = 1, kAddBorders };
struct PostprocClass {
  GstBinClass parent;
};

/// Whose each property is, and its name there.
std::pair<GstElement*, const char*> inner(GObject* postproc, guint id) {
  const auto& self = *reinterpret_cast<Postproc*>(postproc);
  return id == kVideoDirection ? std::pair{self.flip, "video-direction"}
                               : std::pair{self.scale, "add-borders"};
}

void set_postproc(GObject* object, guint id, const GValue* value, GParamSpec* /*spec*/) {
  const auto [element, name] = inner(object, id);
  g_object_set_property(G_OBJECT(element), name, value);
}

void get_postproc(GObject* object, guint id, GValue* value, GParamSpec* /*spec*/) {
  const auto [element, name] = inner(object, id);
  g_object_get_property(G_OBJECT(element), name, value);
}

void init_postproc_class(gpointer klass, gpointer /*data*/) {
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = set_postproc;
  object_class->get_property = get_postproc;
  g_object_class_install_property(
      object_class, kVideoDirection,
      g_param_spec_enum("video-direction", "video-direction", "video-direction",
                        GST_TYPE_VIDEO_ORIENTATION_METHOD, GST_VIDEO_ORIENTATION_IDENTITY,
                        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
  g_object_class_install_property(
      object_class, kAddBorders,
      g_param_spec_boolean("add-borders", "add-borders", "add-borders", FALSE,
                           static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
  add_template(klass, "sink", GST_PAD_SINK,
               ("video/x-raw(memory:VAMemory);" + import_caps() + ";video/x-raw").c_str());
  add_template(klass, "src", GST_PAD_SRC, "video/x-raw(memory:VAMemory)");
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "vapostproc", "Filter", "Test", "Test");
}

/// Of a GstVideoCropMeta, as the real one does (gstvavpp.c).
GstPadProbeReturn take_visible_part(GstPad* pad, GstPadProbeInfo* info, gpointer videocrop) {
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  auto* crop = gst_buffer_get_video_crop_meta(buffer);
  const Owned<GstCaps> caps(gst_pad_get_current_caps(pad));
  GstVideoInfo format;
  if (crop == nullptr || !caps || gst_video_info_from_caps(&format, caps.get()) == FALSE)
    return GST_PAD_PROBE_OK;
  const auto width = static_cast<guint>(GST_VIDEO_INFO_WIDTH(&format));
  const auto height = static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&format));
  g_object_set(videocrop, "left", static_cast<gint>(crop->x), "top", static_cast<gint>(crop->y), "right",
               static_cast<gint>(width - crop->x - crop->width), "bottom",
               static_cast<gint>(height - crop->y - crop->height), nullptr);
  gst_buffer_remove_meta(buffer, &crop->meta);  // or videocrop would do it once more
  return GST_PAD_PROBE_OK;
}

void init_postproc(GTypeInstance* instance, gpointer /*klass*/) {
  auto& self = *reinterpret_cast<Postproc*>(instance);
  self.crop = gst_element_factory_make("videocrop", nullptr);
  self.flip = gst_element_factory_make("videoflip", nullptr);
  self.scale = gst_element_factory_make("videoconvertscale", nullptr);
  chain(GST_ELEMENT(instance), {make_import(), self.crop, self.flip, self.scale, make_relabel(true)});
  const Owned<GstPad> sink(gst_element_get_static_pad(self.crop, "sink"));
  gst_pad_add_probe(sink.get(), GST_PAD_PROBE_TYPE_BUFFER, take_visible_part, self.crop, nullptr);
}

// --- vah264enc: gst-plugins-bad 1.22, sys/va/gstvah264enc.c

enum Property : guint {
  kKeyIntMax = 1,
  kBFrames,
  kIFrames,
  kRefFrames,
  kBPyramid,
  kNumSlices,
  kMinQp,
  kMaxQp,
  kQpI,
  kQpP,
  kQpB,
  kDct8x8,
  kCabac,
  kTrellis,
  kAud,
  kBitrate,
  kTargetPercentage,
  kTargetUsage,
  kCpbSize,
  kRateControl,
  kPropertyCount
};

struct PropertySpec {
  Property id;
  const char* name;
  guint lowest, highest, standard;
  bool boolean = false;
  bool live = false;
};

constexpr std::array<PropertySpec, 19> kProperties{{
    {kKeyIntMax, "key-int-max", 0, 1024, 0},
    {kBFrames, "b-frames", 0, 31, 0},
    {kIFrames, "i-frames", 0, 1023, 0},
    {kRefFrames, "ref-frames", 0, 16, 3},
    {kBPyramid, "b-pyramid", 0, 1, 0, true},
    {kNumSlices, "num-slices", 1, 200, 1},
    {kMinQp, "min-qp", 0, 51, 1},
    {kMaxQp, "max-qp", 0, 51, 51},
    {kQpI, "qpi", 0, 51, 26, false, true},
    {kQpP, "qpp", 0, 51, 26, false, true},
    {kQpB, "qpb", 0, 51, 26, false, true},
    {kDct8x8, "dct8x8", 0, 1, 1, true},
    {kCabac, "cabac", 0, 1, 1, true},
    {kTrellis, "trellis", 0, 1, 0, true},
    {kAud, "aud", 0, 1, 0, true},
    {kBitrate, "bitrate", 0, 2000 * 1024, 0, false, true},
    {kTargetPercentage, "target-percentage", 50, 100, 66, false, true},
    {kTargetUsage, "target-usage", 1, 7, 4, false, true},
    {kCpbSize, "cpb-size", 0, 2000 * 1024, 0, false, true},
}};

// As libva numbers them (VA_RC_CBR, …).
constexpr std::array<GEnumValue, 4> kRateControls{
    {{2, "Constant Bitrate", "cbr"}, {4, "Variable Bitrate", "vbr"}, {16, "Constant Quantizer", "cqp"}, {}}};
constexpr std::array<GEnumValue, 2> kQuantizerOnly{{{16, "Constant Quantizer", "cqp"}, {}}};

struct Encoder {
  GstBin parent;
  GstElement* x264;  ///< the bin's
  std::array<guint, kPropertyCount> values;
  int pictures;
};
struct EncoderClass {
  GstBinClass parent;
  Kind kind;
};

Encoder& encoder_of(gpointer instance) {
  return *static_cast<Encoder*>(instance);
}
Kind kind_of(gpointer instance) {
  return reinterpret_cast<EncoderClass*>(G_OBJECT_GET_CLASS(instance))->kind;
}

/// As the real one computes its buffer: two seconds where it takes what was set for too small.
guint buffer_ms(const Encoder& encoder) {
  const guint rate = encoder.values[kBitrate];
  const guint size = encoder.values[kCpbSize];
  return size == 0 || size < rate / 2 ? 2000 : static_cast<guint>(1000ULL * size / rate);
}

void apply(Encoder& encoder) {
  if (encoder.values[kBitrate] == 0) return;
  g_object_set(encoder.x264, "bitrate", encoder.values[kBitrate], "vbv-buf-capacity", buffer_ms(encoder),
               "bframes", std::min(encoder.values[kBFrames], 16U), "key-int-max", encoder.values[kKeyIntMax],
               "aud", static_cast<gboolean>(encoder.values[kAud]), nullptr);
}

bool is_running(Encoder& encoder) {
  return GST_STATE(&encoder) > GST_STATE_READY;
}

void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  Encoder& encoder = encoder_of(object);
  guint& kept = encoder.values.at(id);
  if (G_IS_PARAM_SPEC_ENUM(spec)) {
    kept = static_cast<guint>(g_value_get_enum(value));
  } else {
    kept = G_IS_PARAM_SPEC_BOOLEAN(spec) ? static_cast<guint>(g_value_get_boolean(value))
                                         : g_value_get_uint(value);
  }
  // While it runs, only what the real one changes live has an effect.
  if (is_running(encoder) && (spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0) {
    g_object_set(encoder.x264, "bitrate", encoder.values[kBitrate], "vbv-buf-capacity", buffer_ms(encoder),
                 nullptr);
  }
}

void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  const guint kept = encoder_of(object).values.at(id);
  if (G_IS_PARAM_SPEC_ENUM(spec)) {
    g_value_set_enum(value, static_cast<gint>(kept));
  } else if (G_IS_PARAM_SPEC_BOOLEAN(spec)) {
    g_value_set_boolean(value, static_cast<gboolean>(kept));
  } else {
    g_value_set_uint(value, kept);
  }
}

GstStateChangeReturn change_state(GstElement* element, GstStateChange change) {
  if (change == GST_STATE_CHANGE_NULL_TO_READY && kind_of(element) == Kind::kRefusesToStart) {
    GST_ELEMENT_ERROR(element, LIBRARY, INIT, ("The stand-in's driver refuses."), (nullptr));
    return GST_STATE_CHANGE_FAILURE;
  }
  if (change == GST_STATE_CHANGE_READY_TO_PAUSED) apply(encoder_of(element));
  return GST_ELEMENT_CLASS(g_type_class_peek(GST_TYPE_BIN))->change_state(element, change);
}

bool in_gpu_memory(GstPad* pad) {
  const Owned<GstCaps> caps(gst_pad_get_current_caps(pad));
  return caps && gst_caps_features_contains(gst_caps_get_features(caps.get(), 0), kGpuMemory) != FALSE;
}

GstPadProbeReturn on_picture(GstPad* pad, GstPadProbeInfo* info, gpointer element) {
  const Kind kind = kind_of(element);
  const int number = ++encoder_of(element).pictures;
  if (in_gpu_memory(pad)) ++gpu_pictures;
  if (kind == Kind::kSwallowsPictures) return GST_PAD_PROBE_DROP;
  if (kind != Kind::kFailsAtAPicture && (kind != Kind::kFailsLater || number < 10)) return GST_PAD_PROBE_OK;
  GST_ELEMENT_ERROR(element, STREAM, ENCODE, ("The stand-in cannot encode."), (nullptr));
  gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_PAD_PROBE_INFO_DATA(info) = nullptr;
  GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_ERROR;
  return GST_PAD_PROBE_HANDLED;
}

void install(GObjectClass* klass, const PropertySpec& spec, Kind kind) {
  auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_CONSTRUCT);
  if (spec.live && kind != Kind::kNoLiveRate)
    flags = static_cast<GParamFlags>(flags | GST_PARAM_MUTABLE_PLAYING);
  g_object_class_install_property(
      klass, spec.id,
      spec.boolean
          ? g_param_spec_boolean(spec.name, spec.name, spec.name, static_cast<gboolean>(spec.standard), flags)
          : g_param_spec_uint(spec.name, spec.name, spec.name, spec.lowest, spec.highest, spec.standard,
                              flags));
}

void init_encoder_class(gpointer klass, gpointer data) {
  const auto kind = static_cast<Kind>(GPOINTER_TO_UINT(data));
  static_cast<EncoderClass*>(klass)->kind = kind;
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  for (const PropertySpec& spec : kProperties) install(object_class, spec, kind);
  const bool quantizer_only = kind == Kind::kNoConstantRate;
  const std::string name = "StandInVaRateControl" + std::to_string(GPOINTER_TO_UINT(data));
  const GType modes =
      g_enum_register_static(name.c_str(), quantizer_only ? kQuantizerOnly.data() : kRateControls.data());
  g_object_class_install_property(
      object_class, kRateControl,
      g_param_spec_enum("rate-control", "rate-control", "rate-control", modes, quantizer_only ? 16 : 2,
                        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_CONSTRUCT)));
  GST_ELEMENT_CLASS(klass)->change_state = change_state;
  add_template(klass, "sink", GST_PAD_SINK,
               "video/x-raw(memory:VAMemory),format=NV12;video/x-raw,format=NV12");
  add_template(klass, "src", GST_PAD_SRC, "video/x-h264,alignment=au,stream-format=byte-stream");
  gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(klass), "vah264enc", "Codec/Encoder/Video/Hardware",
                                        "Test", "Test");
}

gboolean on_request(GstPad* pad, GstObject* parent, GstEvent* event) {
  const bool refuses = keyframes_refused || kind_of(parent) == Kind::kNoKeyframes;
  if (!refuses || gst_video_event_is_force_key_unit(event) == FALSE)
    return gst_pad_event_default(pad, parent, event);
  gst_event_unref(event);
  return FALSE;
}

void init_encoder(GTypeInstance* instance, gpointer /*klass*/) {
  Encoder& encoder = encoder_of(instance);
  ++made_encoders;
  encoder.values = {};
  encoder.x264 = gst_element_factory_make("x264enc", nullptr);
  gst_util_set_object_arg(G_OBJECT(encoder.x264), "tune", "zerolatency");
  gst_util_set_object_arg(G_OBJECT(encoder.x264), "speed-preset", "ultrafast");
  // The real one's stream does not tell its colours.
  gst_util_set_object_arg(G_OBJECT(encoder.x264), "insert-vui", "false");
  chain(GST_ELEMENT(instance), {make_relabel(false), encoder.x264});
  const Owned<GstPad> sink(gst_element_get_static_pad(GST_ELEMENT(instance), "sink"));
  gst_pad_add_probe(sink.get(), GST_PAD_PROBE_TYPE_BUFFER, on_picture, instance, nullptr);
  const Owned<GstPad> source(gst_element_get_static_pad(GST_ELEMENT(instance), "src"));
  gst_pad_set_event_function(source.get(), on_request);
}

/// GObject types live for ever: one a kind.
GType encoder_type(Kind kind) {
  const auto number = static_cast<guint>(kind);
  const std::string name = "StandInVaH264Enc" + std::to_string(number);
  if (const GType known = g_type_from_name(name.c_str()); known != 0) return known;
  GTypeInfo info{};
  info.class_size = sizeof(EncoderClass);
  info.class_init = init_encoder_class;
  info.class_data = GUINT_TO_POINTER(number);
  info.instance_size = sizeof(Encoder);
  info.instance_init = init_encoder;
  return g_type_register_static(GST_TYPE_BIN, name.c_str(), &info, GTypeFlags{});
}

GType postproc_type() {
  static const GType type =
      g_type_register_static_simple(GST_TYPE_BIN, "StandInVaPostProc", sizeof(PostprocClass),
                                    init_postproc_class, sizeof(Postproc), init_postproc, GTypeFlags{});
  return type;
}

void remove_element(const char* name) {
  GstPluginFeature* feature = gst_registry_lookup_feature(gst_registry_get(), name);
  if (feature == nullptr) return;
  gst_registry_remove_feature(gst_registry_get(), feature);
  gst_object_unref(feature);
}

}  // namespace

StandInVa::StandInVa(Kind kind) {
  gst::start_gstreamer();
  refuse_imports(0, 0);
  keyframes_refused = false;
  {
    const std::lock_guard lock(import_mutex);
    imported.clear();
  }
  gst_element_register(nullptr, "vah264enc", GST_RANK_NONE, encoder_type(kind));
  gst_element_register(nullptr, "vapostproc", GST_RANK_NONE, postproc_type());
}

StandInVa::~StandInVa() {
  remove_element("vah264enc");
  remove_element("vapostproc");
}

void StandInVa::remove_postproc() {
  remove_element("vapostproc");
}

std::vector<StandInVa::Import> StandInVa::imports() {
  const std::lock_guard lock(import_mutex);
  return imported;
}

void StandInVa::refuse_imports(std::size_t first, std::size_t count) {
  const std::lock_guard lock(import_mutex);
  first_refused = first;
  refused_count = count;
}

void StandInVa::refuse_next(std::size_t count) {
  const std::lock_guard lock(import_mutex);
  first_refused = imported.size();
  refused_count = count;
}

void StandInVa::hold_imports(bool held) {
  {
    const std::lock_guard lock(import_mutex);
    imports_held = held;
  }
  import_changed.notify_all();
}

void StandInVa::refuse_keyframes() {
  keyframes_refused = true;
}

int StandInVa::encoders_made() {
  return made_encoders;
}

int StandInVa::pictures_from_gpu_memory() {
  return gpu_pictures;
}

}  // namespace pixelpass::encode
