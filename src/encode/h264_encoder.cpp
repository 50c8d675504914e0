#include "encode/h264_encoder.hpp"

#include "pixelpass/gst/hand_over.hpp"

#include "encode/encoder_settings.hpp"
#include "encode/picture_converter.hpp"
#include <gst/app/gstappsrc.h>

#include <array>

namespace pixelpass::encode {

using gst::Owned;

namespace {

constexpr auto kConverterName = "converter";
/// The encoder's own longest group is a safety net only: frame_pacer asks for all keyframes, every five
/// minutes at the latest.
constexpr int kMostSecondsPerGroup = 600;
/// How many pictures may be inside a GPU's encoder: it works on one while the next is brought in. A software
/// encoder gains nothing from that, and the second picture would only get older.
constexpr std::size_t kMostInsideGpu = 2;

/// The converter must not choose the place, which is ours to the pixel, nor leave out pictures.
constexpr auto kConverterProperties =
    std::to_array<EncoderProperty>({{"add-borders", "false"}, {"qos", "false"}});

/// The colorimetry that GStreamer's converter is told to use for YUV. By itself it goes by the height only: a
/// wide, low picture would be BT.601, where players assume BT.709.
std::string colorimetry_text(const H264Encoder::Settings& settings) {
  const auto matrix = colour_matrix(settings.encoder->tells_colours, settings.size);
  return std::string(",colorimetry=") +
         (matrix == ColourMatrix::kBt601 ? GST_VIDEO_COLORIMETRY_BT601 : GST_VIDEO_COLORIMETRY_BT709);
}

/// The head of the pipeline brings pictures into the memory and format that the encoder takes, if they are
/// not there already.
std::string launch_text(const H264Encoder::Settings& settings) {
  std::string text = gst::source_text(gst::kSourceName);
  if (!settings.input->converter.empty()) {
    text.append(" ! ").append(settings.input->converter).append(" name=").append(kConverterName);
    text.append(" ! ").append(settings.input->caps);
    text +=
        ",width=" + std::to_string(settings.size.width) + ",height=" + std::to_string(settings.size.height);
    text += colorimetry_text(settings);
  }
  return text.append(" ! ").append(settings.encoder->element).append(" name=").append(gst::kEncoderName) +
         " ! video/x-h264,stream-format=byte-stream,alignment=au" + gst::sink_text(gst::kSinkName);
}

}  // namespace

H264Encoder::H264Encoder(const Settings& settings, Instant epoch, GMainContext* context, Callbacks callbacks)
    : settings_(settings),
      epoch_(epoch),
      most_inside_(settings.encoder->kind == EncoderKind::kSoftware ? 1 : kMostInsideGpu),
      callbacks_(std::move(callbacks)) {
  waker_->wake = callbacks_.on_brought_in;
  build(context);
}

H264Encoder::~H264Encoder() {
  {
    const std::lock_guard lock(waker_->mutex);
    waker_->wake = nullptr;
  }
  bus_watch_.reset();
  gst::stop_pipeline(pipeline_.get());
}

void H264Encoder::build(GMainContext* context) {
  pipeline_ = gst::parse_pipeline(launch_text(settings_), std::string(settings_.encoder->element));
  source_ = gst::element_of(pipeline_.get(), gst::kSourceName);
  encoder_ = gst::element_of(pipeline_.get(), gst::kEncoderName);
  configure_encoder(encoder_.get(), *settings_.encoder, settings_.fps * kMostSecondsPerGroup,
                    settings_.bitrate_bps)
      .value();
  if (!settings_.input->converter.empty())
    gst::set_properties(gst::element_of(pipeline_.get(), kConverterName).get(), kConverterProperties);
  if (!settings_.orientation.is_upright()) turn();
  gst::take_samples(pipeline_.get(), gst::kSinkName, [this](GstSample* sample) { on_sample(sample); });
  bus_watch_.emplace(pipeline_.get(), context, callbacks_.on_failed);
  gst::start_pipeline(pipeline_.get(), settings_.encoder->element,
                      "try another --encoder; pixelpass doctor says what is missing");
}

void H264Encoder::turn() {
  const auto converter = gst::element_of(pipeline_.get(), kConverterName);
  if (gst_element_set_state(converter.get(), GST_STATE_READY) != GST_STATE_CHANGE_FAILURE &&
      set_direction(converter.get(), settings_.orientation))
    return;
  gst::stop_pipeline(pipeline_.get());
  throw StartupError(std::string(settings_.input->converter) + " does not turn pictures",
                     "try another --encoder");
}

bool H264Encoder::is_free() const {
  const std::lock_guard lock(mutex_);
  return inside_.empty() || (inside_.size() < most_inside_ && importing_.expired());
}

std::optional<Instant> H264Encoder::busy_since() const {
  const std::lock_guard lock(mutex_);
  if (inside_.empty()) return std::nullopt;
  return inside_.front().pushed;
}

bool H264Encoder::force_keyframe() {
  if (gst::ask_for_keyframe(encoder_.get())) return true;
  gst::fail_pipeline(pipeline_.get(), "it takes no request for a keyframe");
  return false;
}

void H264Encoder::push(GstBuffer* picture, GstCaps* caps, Instant at) {
  set_caps(caps);
  // The buffer is a new one around the same memory, since a repeated picture has another time stamp.
  GstBuffer* buffer = gst_buffer_copy(picture);
  if (buffer == nullptr) return gst::fail_pipeline(pipeline_.get(), "a picture cannot be passed on");
  gst_buffer_add_parent_buffer_meta(buffer, picture);
  gst::set_times(buffer, at - epoch_, GST_SECOND / static_cast<GstClockTime>(settings_.fps));
  if (!settings_.input->converter.empty()) watch_import(buffer);
  {
    const std::lock_guard lock(mutex_);
    inside_.push_back({at, Clock::now()});
  }
  gst::push_buffer(pipeline_.get(), source_.get(), buffer);
}

/// Kept by each picture that is being brought in. By the time that its destructor wakes somebody, importing_
/// has expired, so that is_free() may be true.
struct H264Encoder::Importing {
  explicit Importing(std::shared_ptr<Waker> of) : waker(std::move(of)) {}
  ~Importing() {
    const std::lock_guard lock(waker->mutex);
    if (waker->wake) waker->wake();
  }
  Importing(const Importing&) = delete;
  Importing& operator=(const Importing&) = delete;

  std::shared_ptr<Waker> waker;
};

void H264Encoder::watch_import(GstBuffer* picture) {
  using Token = std::shared_ptr<void>;
  const Token token = std::make_shared<Importing>(waker_);
  const auto let_go = [](gpointer kept) {
    gst::take_over(kept);
    delete static_cast<Token*>(kept);
  };
  auto* const handed = new Token(token);
  gst::hand_over(handed);
  gst_mini_object_set_qdata(GST_MINI_OBJECT_CAST(picture), g_quark_from_static_string("pixelpass-import"),
                            handed, let_go);
  const std::lock_guard lock(mutex_);
  importing_ = token;
}

void H264Encoder::set_caps(GstCaps* caps) {
  if (caps_ && gst_caps_is_strictly_equal(caps, caps_.get()) != FALSE) return;
  caps_.reset(gst_caps_ref(caps));
  // The rate control counts pictures, and a screen's own caps name no frame rate.
  const Owned<GstCaps> steady(gst_caps_copy(caps));
  gst_caps_set_simple(steady.get(), "framerate", GST_TYPE_FRACTION, settings_.fps, 1, nullptr);
  gst_app_src_set_caps(GST_APP_SRC(source_.get()), steady.get());
}

bool H264Encoder::set_bitrate(std::int64_t bits_per_second) {
  return set_encoder_bitrate(encoder_.get(), *settings_.encoder, bits_per_second);
}

void H264Encoder::on_sample(GstSample* sample) {
  AccessUnit picture;
  picture.bytes = gst::shared_bytes(gst_sample_get_buffer(sample));
  if (picture.bytes.empty()) return gst::fail_pipeline(pipeline_.get(), "its picture cannot be read");
  picture.pts = gst::running_time(sample);
  picture.captured_at = epoch_ + picture.pts;
  picture.duration = std::chrono::nanoseconds(std::chrono::seconds(1)) / settings_.fps;
  picture.keyframe = gst::is_keyframe(sample);
  {
    // An encoder that leaves out a picture has output all pictures before it.
    const std::lock_guard lock(mutex_);
    while (!inside_.empty() && inside_.front().at <= picture.captured_at) inside_.pop_front();
  }
  callbacks_.on_picture(std::move(picture));
}

}  // namespace pixelpass::encode
