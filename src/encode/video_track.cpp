#include "encode/video_track.hpp"

#include "pixelpass/base/error.hpp"

#include "encode/encoder_settings.hpp"
#include "encode/import_formats.hpp"
#include "encode/picture_schedule.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pixelpass::encode {

using gst::Owned;

namespace {

/// After this many layouts that could not be imported, pictures are copied instead.
constexpr std::size_t kMostRefused = 3;
/// How long nothing is shown of a screen that gives no picture which the encoder takes; then a dark one is
/// shown.
constexpr Duration kMostAwaited = PictureSchedule::kDarkAfter;
/// A screen that gives this many unreadable pictures in a row is given up.
constexpr int kMostUnreadable = 60;

bool is_dma_buf(GstSample* picture) {
  GstBuffer* buffer = gst_sample_get_buffer(picture);
  return buffer != nullptr && gst_buffer_n_memory(buffer) > 0 &&
         gst_memory_is_type(gst_buffer_peek_memory(buffer, 0), "dmabuf") != FALSE;
}

/// The DRM name of the picture's pixels, from kDrawnPixels; empty: it is none of those.
std::string_view drawn_as(GstSample* picture) {
  const GstStructure* fields = gst_caps_get_structure(gst_sample_get_caps(picture), 0);
  if (const char* drm = gst_structure_get_string(fields, "drm-format")) {
    const std::string_view with_layout(drm);
    return with_layout.substr(0, with_layout.find(':'));
  }
  const char* name = gst_structure_get_string(fields, "format");
  const auto* pixels = std::ranges::find(capture::kDrawnPixels, std::string_view(name != nullptr ? name : ""),
                                         &capture::DrawnPixels::name);
  return pixels != capture::kDrawnPixels.end() ? pixels->drm : "";
}

/// A restart costs a keyframe and a moment without pictures, so it is not worth it for small changes.
bool is_worth_a_restart(std::int64_t from, std::int64_t to) {
  constexpr std::int64_t kTenth = 10;
  return to * kTenth < from * 9 || to * kTenth > from * 12;
}

/// Whether this is a DMA-BUF for import only, which cannot be mapped. Such pictures may still come for a
/// moment after the capture was told to stop giving them; DMA-BUFs to be mapped do not carry that caps
/// feature.
bool is_for_import(GstSample* picture) {
  const GstCaps* caps = gst_sample_get_caps(picture);
  return caps != nullptr && gst_caps_get_size(caps) > 0 &&
         gst_caps_features_contains(gst_caps_get_features(caps, 0), "memory:DMABuf") != FALSE;
}

}  // namespace

VideoTrack::VideoTrack(const Settings& settings, std::vector<const VideoEncoder*> candidates, Instant epoch,
                       GMainContext* context, Callbacks callbacks)
    : settings_(settings),
      candidates_(std::move(candidates)),
      epoch_(epoch),
      context_(context),
      callbacks_(std::move(callbacks)),
      choice_(candidates_.size(), settings.retries) {}

void VideoTrack::begin(Size source) {
  last_.reset();
  behind_.reset();
  awaits_since_.reset();
  covered_ = false;
  orientation_ = {};
  source_ = source;
  choice_.choose_again(Clock::now());
  build();
}

void VideoTrack::build() {
  for (;;) {
    try {
      make_encoder();
      break;
    } catch (const StartupError& error) {
      if (!replace(error.error().what, false)) return;
    }
  }
  callbacks_.on_changed();
}

void VideoTrack::make_encoder() {
  trial_.reset();
  encoder_.reset();
  pushed_.reset();
  refuses_keyframes_ = false;
  placed_ = placed(encoder());
  input_ = &choose_input(encoder(), placed_);
  importable_ = importable();
  make_converter();
  const auto lies = input_->converter.empty() ? capture::Orientation{} : orientation_;
  built_bitrate_ = settings_.bitrate_bps;
  is_outdated_ = false;
  encoder_ = std::make_unique<H264Encoder>(
      H264Encoder::Settings{&encoder(), input_, placed_.whole, lies, settings_.fps, settings_.bitrate_bps},
      epoch_, context_,
      H264Encoder::Callbacks{callbacks_.on_picture, [this](const std::string& why) { fail(why, false); },
                             callbacks_.on_brought_in});
  // No picture could come while the encoder was made, so the wait begins now.
  if (awaits_since_) awaits_since_ = Clock::now();
}

void VideoTrack::make_converter() {
  converter_ = std::make_unique<PictureConverter>(placed_.whole, format_of(*input_),
                                                  colour_matrix(encoder().tells_colours, placed_.whole),
                                                  placed_.content);
  keep_last();
}

/// The input to use: main memory where borders have to be painted, and, as long as pictures have to be
/// turned, where the driver cannot turn them.
const EncoderInput& VideoTrack::choose_input(const VideoEncoder& encoder, const Placement& placed) const {
  if (placed.has_borders()) return encoder.inputs.back();
  // A pointer, since GCC 13 and later would take a reference for a dangling one to the temporary function.
  const EncoderInput* best = &encoder_input(encoder, gst::has_element);
  const bool fits =
      orientation_.is_upright() || best->converter.empty() || can_turn(best->converter, orientation_);
  return fits ? *best : encoder.inputs.back();
}

/// Makes the last picture fit a new size or encoder. A converter element takes only pictures in the
/// orientation that it was set up for. If the screen's last picture cannot be kept, the next one is awaited.
void VideoTrack::keep_last() {
  // The dark picture is made even where it is not shown, to test the converter.
  auto kept = converter_->blank();
  if (!kept) throw StartupError(kept.error());
  const bool lies = last_ && capture::orientation_of(last_.get()) == orientation_;
  if (lies && !input_->converter.empty() && takes(last_.get()) &&
      (!importable_.empty() || !is_dma_buf(last_.get())))
    return;
  // A picture that is upright already would be turned a second time.
  const bool fits = last_ && (input_->converter.empty() || orientation_.is_upright());
  const bool was_dark = std::exchange(dark_, true);
  const bool had_screen = last_ && !was_dark;
  if (fits) {
    if (auto again = converter_->convert(last_.get())) {
      kept = std::move(again);
      dark_ = was_dark;
    }
  }
  if (had_screen && dark_) await_picture();
  keep(*kept);
}

void VideoTrack::keep(const Owned<GstBuffer>& converted) {
  const Owned<GstCaps> caps(gst_video_info_to_caps(&converter_->output()));
  last_.reset(gst_sample_new(converted.get(), caps.get(), nullptr, nullptr));
}

Placement VideoTrack::placed(const VideoEncoder& encoder) const {
  return place(source_, settings_.box, size_limits(encoder), settings_.percent);
}

void VideoTrack::take_shape(Size source, bool turned) {
  const Placement before = placed_;
  source_ = source;
  placed_ = placed(encoder());
  if (placed_ == before && !turned) return;
  if (!turned && placed_.whole == before.whole && placed_.has_borders() == before.has_borders()) {
    try {
      return make_converter();
    } catch (const StartupError& error) {
      return end(error.error());
    }
  }
  choice_.choose_again(Clock::now());
  build();
}

/// Whether the encoder takes this picture: those already on their way may not match what the capture was told
/// last.
bool VideoTrack::takes(GstSample* picture) const {
  if (!is_for_import(picture)) return true;
  const auto format = std::ranges::find(importable_, drawn_as(picture), &capture::DmaBufFormat::drm);
  const auto layout = capture::layout_of(picture);
  return format != importable_.end() && layout &&
         std::ranges::find(format->layouts, *layout) != format->layouts.end();
}

bool VideoTrack::show(GstSample* picture) {
  const Size source = visible_size(picture);
  if (source == Size{} || !takes(picture)) return false;
  const auto before = std::exchange(orientation_, capture::orientation_of(picture));
  // In main memory each picture is turned separately, so a turn changes nothing there.
  const bool turned = before != orientation_ && !encoder_input(encoder(), gst::has_element).converter.empty();
  if (encoder_ && (source != source_ || turned)) take_shape(source, turned);
  // The encoder, or its input, may have changed.
  if (!takes(picture)) {
    if (dark_) await_picture();
    return false;
  }
  awaits_since_.reset();
  if (!input_->converter.empty()) {
    last_.reset(gst_sample_ref(picture));
    dark_ = false;
    return true;
  }
  const auto converted = converter_->convert(picture);
  if (!converted) {
    on_unreadable(converted.error());
    return false;
  }
  unreadable_ = 0;
  keep(*converted);
  dark_ = false;
  return true;
}

void VideoTrack::cover(GstSample* card) {
  if (!covered_ && !dark_ && last_) behind_.reset(gst_sample_ref(last_.get()));
  if (show(card)) covered_ = true;
}

/// Shows the screen's picture again, or keeps the card if the present encoder does not take that picture.
void VideoTrack::uncover() {
  covered_ = false;
  auto screen = std::exchange(behind_, nullptr);
  if (!screen || !encoder_) return;
  if (!input_->converter.empty()) {
    show(screen.get());
    return;
  }
  if (gst_caps_is_equal(gst_sample_get_caps(screen.get()), gst_sample_get_caps(last_.get())) != FALSE) {
    last_ = std::move(screen);
  } else if (const auto converted = converter_->convert(screen.get())) {
    keep(*converted);
    dark_ = false;
  }
}

void VideoTrack::forget() {
  behind_.reset();
  if (covered_) return;
  awaits_since_.reset();
  last_.reset();
  if (encoder_) keep_last_or_end();
}

void VideoTrack::keep_last_or_end() {
  try {
    keep_last();
  } catch (const StartupError& error) {
    end(error.error());
  }
}

void VideoTrack::on_unreadable(const Error& why) {
  ++unreadable_;
  if (unreadable_ == 1) callbacks_.on_notice(why);
  if (unreadable_ == kMostUnreadable) end(why);
}

void VideoTrack::end(Error why) {
  trial_.reset();
  encoder_.reset();
  callbacks_.on_failed(std::move(why));
}

void VideoTrack::encode(Instant at, bool keyframe) {
  if (encoder_) try_better(keyframe);
  if (encoder_ && is_outdated_) build();
  if (!encoder_ || (awaits_since_ && Clock::now() < *awaits_since_ + kMostAwaited)) return;
  if (keyframe && !encoder_->force_keyframe()) {
    refuses_keyframes_ = true;
    pushed_.reset();  // no layout is to blame
  }
  if (refuses_keyframes_) return;
  pushed_ = is_for_import(last_.get()) ? capture::layout_of(last_.get()) : std::nullopt;
  encoder_->push(gst_sample_get_buffer(last_.get()), gst_sample_get_caps(last_.get()), at);
}

std::optional<Instant> VideoTrack::busy_since() const {
  return encoder_ ? encoder_->busy_since() : std::nullopt;
}

void VideoTrack::give_up(const std::string& why) {
  fail(why, true);
}

/// The switch comes with a keyframe that is due anyway. What was made for pictures in main memory may not be
/// turned once more (keep_last): while they have to be, a better encoder waits for another size.
void VideoTrack::try_better(bool keyframe) {
  const Instant now = Clock::now();
  if (!trial_) {
    if (const auto due = choice_.due(now); due && orientation_.is_upright()) begin_trial(*due, now);
    return;
  }
  const auto state = trial_->state(now);
  if (state == EncoderTrial::State::kRuns || (state == EncoderTrial::State::kWorks && !keyframe)) return;
  trial_.reset();
  choice_.on_tried(tried_, now, state == EncoderTrial::State::kWorks);
  if (state == EncoderTrial::State::kWorks) build();
}

void VideoTrack::begin_trial(std::size_t candidate, Instant now) {
  const VideoEncoder& better = *candidates_[candidate];
  const Placement whole = placed(better);
  tried_ = candidate;
  try {
    trial_ = std::make_unique<EncoderTrial>(
        H264Encoder::Settings{
            &better, &choose_input(better, whole), whole.whole, {}, settings_.fps, settings_.bitrate_bps},
        whole, epoch_, context_);
  } catch (const StartupError&) {
    choice_.on_tried(candidate, now, false);
  }
}

void VideoTrack::fail(const std::string& why, bool at_any_size) {
  if (!encoder_) return;
  if ((!at_any_size && refuse_layout(why)) || replace(why, at_any_size)) build();
}

capture::DmaBufFormats VideoTrack::importable() const {
  if (input_->memory != capture::PictureMemory::kDmaBuf || refused_.size() >= kMostRefused) return {};
  auto formats = import_formats(input_->converter);
  for (const auto layout : refused_) capture::leave_out(formats, layout);
  return formats;
}

/// Whether an encoder that failed at a DMA-BUF picture did so because its driver does not import the layout,
/// which shows only then. True: the layout is refused from now on, and the same encoder is to be tried again.
bool VideoTrack::refuse_layout(const std::string& why) {
  const auto layout = std::exchange(pushed_, std::nullopt);
  if (!layout) return false;
  refused_.push_back(*layout);
  const auto is_refused = [&](const Owned<GstSample>& kept) {
    return kept && is_for_import(kept.get()) && capture::layout_of(kept.get()) == layout;
  };
  if (is_refused(behind_)) behind_.reset();
  if (is_refused(last_)) {
    last_.reset();
    await_picture();
  }
  if (importable().empty())
    callbacks_.on_notice({std::string(encoder().element) +
                              " does not take the screen's pictures from the GPU's memory (" + why +
                              "): they are copied",
                          "nothing has to be done; it costs a part of a processor"});
  return true;
}

/// Begins to await a picture; pictures that are refused meanwhile do not prolong the wait.
void VideoTrack::await_picture() {
  if (!awaits_since_) awaits_since_ = Clock::now();
}

bool VideoTrack::replace(const std::string& why, bool at_any_size) {
  encoder_.reset();
  const std::string failed = std::string(encoder().element) + " at " + std::to_string(placed_.whole.width) +
                             "x" + std::to_string(placed_.whole.height);
  const auto failure = choice_.on_failed(Clock::now(), at_any_size);
  if (!failure.has_next) {
    callbacks_.on_failed({"the encoder " + failed + " has failed: " + why,
                          "start again; if it happens again, try another --encoder"});
    return false;
  }
  if (!failure.is_news) return true;
  callbacks_.on_notice(
      {failed + " does not work here (" + why + "): encoding with " + std::string(encoder().element),
       "to leave it out from the start: --encoder " + std::string(encoder().option)});
  return true;
}

void VideoTrack::set_bitrate(std::int64_t bits_per_second) {
  settings_.bitrate_bps = bits_per_second;
  if (!encoder_) return;
  if (encoder_->set_bitrate(bits_per_second)) {
    built_bitrate_ = bits_per_second;
    return;
  }
  is_outdated_ = is_worth_a_restart(built_bitrate_, bits_per_second);
}

void VideoTrack::set_limits(int percent, int fps) {
  if (settings_.percent == percent && settings_.fps == fps) return;
  const bool resized = std::exchange(settings_.percent, percent) != percent;
  settings_.fps = fps;
  if (!encoder_) return;
  if (resized) choice_.choose_again(Clock::now());
  build();
}

}  // namespace pixelpass::encode
