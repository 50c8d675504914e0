#pragma once

#include "encode/encoder_choice.hpp"
#include "encode/encoder_trial.hpp"
#include "encode/h264_encoder.hpp"
#include "encode/picture_converter.hpp"
#include "encode/placement.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::encode {

/// The video half of a screen source: pictures are converted, and encoded by the first encoder that works. A
/// better one that has failed is tried again beside it after a while. Keeps the last picture, to encode it
/// again.
/// Thread: the context's, or any while that does not run.
class VideoTrack {
 public:
  struct Settings {
    std::optional<Size> box;
    int fps = 30;
    std::int64_t bitrate_bps = 0;
    int percent = 100;                                                ///< of either side
    Backoff retries{std::chrono::minutes(1), std::chrono::hours(1)};  ///< of an encoder that has failed
  };
  struct Callbacks {
    /// Called on a streaming thread.
    std::function<void(AccessUnit)> on_picture;
    /// The size or the encoder has changed: no unit of the former one follows, and the next one is a
    /// keyframe. May come from within any call of this class.
    std::function<void()> on_changed;
    /// An encoder does not work, and another one takes its place: once, however often it is tried again at
    /// the same size. Or the screen's pictures cannot be read.
    std::function<void(Error)> on_notice;
    /// No encoder works, or too many pictures in a row could not be read. Called once; nothing is encoded
    /// from then on.
    std::function<void(Error)> on_failed;
    /// is_free() may have become true without a picture. As H264Encoder's on_brought_in.
    std::function<void()> on_brought_in{};
  };

  /// `candidates`: at least one, the best first.
  VideoTrack(const Settings& settings, std::vector<const VideoEncoder*> candidates, Instant epoch,
             GMainContext* context, Callbacks callbacks);

  /// Makes an encoder for pictures of this size. The last picture is a dark one: those of a former screen,
  /// and a card, are dropped.
  void begin(Size source);
  /// Makes this picture the last one. False: it cannot be read, or comes in a DMA-BUF that the capture was
  /// told not to give any more; the one before stays.
  bool show(GstSample* picture);
  /// Makes the card the last picture. The screen's last one is kept behind it and restored by uncover():
  /// nothing may be shown between the two. The card has the screen's size. With nothing behind it, it stays
  /// until the screen gives a picture.
  void cover(GstSample* card);
  void uncover();
  /// Drops the screen's picture: a dark one becomes the last, or the card that covers it stays.
  void forget();
  /// Encodes the last picture. Does nothing for a moment after the encoder has refused the screen's picture;
  /// if no other comes by then, a dark one is encoded.
  void encode(Instant at, bool keyframe);
  /// Whether encode() would encode at once. Thread: any, while the context's is not in show() or begin().
  [[nodiscard]] bool is_free() const { return encoder_ && encoder_->is_free(); }
  [[nodiscard]] std::optional<Instant> busy_since() const;
  /// The encoder has stopped giving pictures: the next one takes its place. An encoder that reports an error
  /// is tried again, a few times, when the size changes.
  void give_up(const std::string& why);
  /// Changes the bitrate. If the encoder has to be made anew for that, this is done before the next picture,
  /// once for all changes until then.
  void set_bitrate(std::int64_t bits_per_second);
  /// Makes an encoder for smaller or fewer pictures, with on_changed().
  void set_limits(int percent, int fps);
  /// Stops encoding: no callback comes after this.
  void stop() {
    trial_.reset();
    encoder_.reset();
  }

  [[nodiscard]] Size size() const { return placed_.whole; }
  [[nodiscard]] Size screen_size() const { return source_; }  ///< upright
  /// The DMA-BUFs that the encoder imports as they are; empty: none. A layout that turns out not to be
  /// importable is removed, with on_changed().
  [[nodiscard]] const capture::DmaBufFormats& dma_bufs() const { return importable_; }
  [[nodiscard]] const VideoEncoder& encoder() const { return *candidates_[choice_.current()]; }

 private:
  void build();
  void make_encoder();
  void make_converter();
  void try_better(bool keyframe);
  void begin_trial(std::size_t candidate, Instant now);
  [[nodiscard]] const EncoderInput& choose_input(const VideoEncoder& encoder, const Placement& placed) const;
  [[nodiscard]] Placement placed(const VideoEncoder& encoder) const;
  void take_shape(Size source, bool turned);
  void fail(const std::string& why, bool at_any_size);
  [[nodiscard]] bool takes(GstSample* picture) const;
  [[nodiscard]] capture::DmaBufFormats importable() const;
  bool refuse_layout(const std::string& why);
  void await_picture();
  void keep_last();
  void keep_last_or_end();
  void keep(const gst::Owned<GstBuffer>& converted);
  void on_unreadable(const Error& why);
  void end(Error why);
  bool replace(const std::string& why, bool at_any_size);

  Settings settings_;
  std::int64_t built_bitrate_ = 0;  ///< what the encoder was told last
  bool is_outdated_ = false;        ///< that was too different
  const std::vector<const VideoEncoder*> candidates_;
  const Instant epoch_;
  GMainContext* const context_;  ///< not ours
  const Callbacks callbacks_;
  EncoderChoice choice_;  ///< of candidates_
  const EncoderInput* input_ = nullptr;
  Size source_;                         ///< of the screen
  Placement placed_;                    ///< of it in what is encoded
  capture::Orientation orientation_;    ///< of what was shown last
  gst::Owned<GstSample> last_;          ///< as the encoder takes it
  bool dark_ = true;                    ///< last_ is the blank
  gst::Owned<GstSample> behind_;        ///< what last_ was before it was covered; null: nothing of the screen
  bool covered_ = false;                ///< last_ is a card
  capture::DmaBufFormats importable_;   ///< by the encoder, what was refused left out
  std::vector<std::uint64_t> refused_;  ///< layouts
  /// Since when a picture of the screen is awaited that the encoder takes, after it refused the former one.
  std::optional<Instant> awaits_since_;
  bool refuses_keyframes_ = false;       ///< the encoder does, and is about to be told of as failed
  std::optional<std::uint64_t> pushed_;  ///< the layout of what was encoded last, if it was to be imported
  int unreadable_ = 0;                   ///< pictures since the last one that could be read
  std::unique_ptr<PictureConverter> converter_;
  std::unique_ptr<H264Encoder> encoder_;  ///< null: none works
  std::unique_ptr<EncoderTrial> trial_;   ///< null: none runs
  std::size_t tried_ = 0;                 ///< there, of candidates_
};

}  // namespace pixelpass::encode
