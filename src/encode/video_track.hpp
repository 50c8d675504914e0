#pragma once

#include "encode/h264_encoder.hpp"
#include "encode/picture_converter.hpp"
#include "encode/placement.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::encode {

/// The picture's way of a screen source: converted, and encoded by the first encoder that works. Holds the
/// last picture, to be encoded again.
/// Thread: the context's, or any while that does not run.
class VideoTrack {
 public:
  struct Settings {
    std::optional<Size> box;
    int fps = 30;
    std::int64_t bitrate_bps = 0;
    int percent = 100;  ///< of either side
  };
  struct Callbacks {
    /// On a streaming thread.
    std::function<void(AccessUnit)> on_picture;
    /// Another size or encoder: nothing of the one before follows, and what comes next is a keyframe. It may
    /// come out of any call here.
    std::function<void()> on_changed;
    /// An encoder does not work, and another one takes its place. Or the screen's pictures cannot be read.
    std::function<void(Error)> on_notice;
    /// None of them works, or no picture of many in a row could be read. Once; nothing is encoded from then
    /// on.
    std::function<void(Error)> on_failed;
    /// is_free() may have become true without a picture. As H264Encoder's on_brought_in.
    std::function<void()> on_brought_in{};
  };

  /// `candidates`: at least one, the better first.
  VideoTrack(const Settings& settings, std::vector<const VideoEncoder*> candidates, Instant epoch,
             GMainContext* context, Callbacks callbacks);

  /// Makes an encoder for pictures of this size; a dark one is the last. Of a screen before nothing is left,
  /// nor of a card.
  void begin(Size source);
  /// The picture becomes the last one. False: it cannot be read, or comes in a DMA-BUF that was told not to
  /// be taken any more; the one before stays.
  bool show(GstSample* picture);
  /// The card becomes the last one, and the screen's last one is kept behind it, to be the last one again
  /// once it is uncovered: nothing is to be shown between the two. It is of the screen's size. With nothing
  /// behind it, it stays the last one until the screen shows something.
  void cover(GstSample* card);
  void uncover();
  /// Of what the screen showed nothing is left: a dark one is the last, or the card that covers it.
  void forget();
  /// Encodes the last one. Nothing for a moment after what it had has turned out to be nothing for the
  /// encoder: a dark one if none has come by then.
  void encode(Instant at, bool keyframe);
  /// Whether it would be encoded now. Thread: any, while the context's is not in show() or begin().
  [[nodiscard]] bool is_free() const { return encoder_ && encoder_->is_free(); }
  [[nodiscard]] std::optional<Instant> busy_since() const;
  /// The encoder has stopped giving pictures: the next one takes its place, for good. One that tells of an
  /// error is tried again, a few times, when the size changes.
  void give_up(const std::string& why);
  /// An encoder that has to be made anew for it is made for the next picture, once for all that changes until
  /// then.
  void set_bitrate(std::int64_t bits_per_second);
  /// Smaller, or fewer pictures: another encoder, and on_changed().
  void set_limits(int percent, int fps);
  /// No callback comes after this, and nothing is encoded.
  void stop() { encoder_.reset(); }

  [[nodiscard]] Size size() const { return placed_.whole; }
  [[nodiscard]] Size screen_size() const { return source_; }  ///< upright
  /// Those that the encoder imports, as they are; empty: none. A layout that it turns out not to import is
  /// left out from then on, with on_changed().
  [[nodiscard]] const capture::DmaBufFormats& dma_bufs() const { return importable_; }
  [[nodiscard]] const VideoEncoder& encoder() const { return *candidates_[current_]; }

 private:
  void build();
  void make_encoder();
  void make_converter();
  void choose_again();
  [[nodiscard]] const EncoderInput& choose_input() const;
  [[nodiscard]] Placement placed(Size source) const;
  void take_shape(Size source, bool turned);
  void fail(const std::string& why, bool for_good);
  [[nodiscard]] bool takes(GstSample* picture) const;
  [[nodiscard]] capture::DmaBufFormats importable() const;
  bool refuse_layout(const std::string& why);
  void await_picture();
  void keep_last();
  void keep_last_or_end();
  void keep(const gst::Owned<GstBuffer>& converted);
  void on_unreadable(const Error& why);
  void end(Error why);
  bool replace(const std::string& why);
  [[nodiscard]] bool is_worth_trying(std::size_t candidate) const;

  Settings settings_;
  std::int64_t built_bitrate_ = 0;  ///< what the encoder was told last
  bool is_outdated_ = false;        ///< that was too different
  const std::vector<const VideoEncoder*> candidates_;
  const Instant epoch_;
  GMainContext* const context_;  ///< not ours
  const Callbacks callbacks_;
  std::size_t current_ = 0;  ///< of candidates_
  const EncoderInput* input_ = nullptr;
  std::vector<int> failures_;           ///< of candidates_
  Size source_;                         ///< of the screen
  Placement placed_;                    ///< of it in what is encoded
  capture::Orientation orientation_;    ///< of what was shown last
  gst::Owned<GstSample> last_;          ///< as the encoder takes it
  bool dark_ = true;                    ///< last_ is the blank
  gst::Owned<GstSample> behind_;        ///< what last_ was before it was covered; null: nothing of the screen
  bool covered_ = false;                ///< last_ is a card
  capture::DmaBufFormats importable_;   ///< by the encoder, what was refused left out
  std::vector<std::uint64_t> refused_;  ///< layouts
  /// There is no picture of the screen that it takes: what it had was refused.
  std::optional<Instant> awaits_since_;
  bool refuses_keyframes_ = false;       ///< the encoder does, and is about to be told of as failed
  std::optional<std::uint64_t> pushed_;  ///< the layout of what was encoded last, if it was to be imported
  int unreadable_ = 0;                   ///< pictures since the last one that could be read
  std::unique_ptr<PictureConverter> converter_;
  std::unique_ptr<H264Encoder> encoder_;  ///< null: none works
};

}  // namespace pixelpass::encode
