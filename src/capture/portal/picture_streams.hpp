#pragma once

#include "capture/portal/mosaic.hpp"
#include "capture/portal/picture_stream.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::capture {

/// How the pointers of a session's sources look, by their nodes: a source says so once, and whoever listens
/// later has to know it.
using PointerLooks = std::map<std::uint32_t, PointerImage>;

/// All that a session shares, as one stream of pictures: one source's as they come; those of several side by
/// side, in main memory. Of several one may end: the others go on. Pointers that the sources tell of and do
/// not draw are drawn here, for which pictures are copied as well. Thread: as PictureStream's.
class PictureStreams {
 public:
  using State = PictureStream::State;
  struct Callbacks {  ///< see PictureStream
    std::function<void(gst::Owned<GstSample> picture, Instant captured_at)> on_picture;
    std::function<void()> on_change;
  };
  struct Source {
    Descriptor remote;  ///< a connection of its own
    std::uint32_t node = 0;
  };

  /// At least one source. `fps`: several are painted no more often; each gives as few as are offered.
  /// `alone`: see show(). `looks`: the sources do not draw the pointer; those of their
  /// session, which another one of these has left, and the loop's thread alone looks at. Null: they do.
  PictureStreams(ScreenLoop& loop, std::vector<Source> sources, const StreamOffer& offer, int fps,
                 Callbacks callbacks, std::optional<std::size_t> alone = std::nullopt,
                 std::shared_ptr<PointerLooks> looks = nullptr);
  ~PictureStreams();
  PictureStreams(const PictureStreams&) = delete;
  PictureStreams& operator=(const PictureStreams&) = delete;

  /// Of several this one alone from now on; nullopt: all of them; a place beyond them: none.
  void show(std::optional<std::size_t> alone);
  [[nodiscard]] bool has_ended(std::size_t source) const {
    return streams_[source]->state() == State::kStopped;
  }
  /// How many sources have.
  [[nodiscard]] std::size_t ended() const;

  // See PictureStream.
  void offer(const StreamOffer& offer);
  [[nodiscard]] State state();
  [[nodiscard]] PictureMemory memory() const { return streams_.front()->memory(); }
  /// All of them side by side. Nullopt: one has no format yet.
  [[nodiscard]] std::optional<Size> size() const;
  std::optional<std::uint64_t> take_failed_import();
  std::optional<SharedMemory> take_failed_mapping();
  [[nodiscard]] bool is_unchosen_yet() const { return streams_.front()->is_unchosen_yet(); }
  /// All that go on are.
  [[nodiscard]] bool is_settled() const;
  /// Any has.
  [[nodiscard]] bool has_shown() const;
  /// There is one, and it does: of several, one that gives nothing until it changes would be missed.
  [[nodiscard]] bool redraws() const;

 private:
  static void on_timer(void* self, std::uint64_t) noexcept;

  [[nodiscard]] PictureStream::Callbacks callbacks_of(std::size_t source, std::uint32_t node);
  [[nodiscard]] StreamOffer possible(StreamOffer offer) const;

  // The loop's thread, or its lock.
  void make_mosaic(const std::vector<Source>& sources, int fps, std::optional<std::size_t> alone);
  void point(std::size_t source, std::uint32_t node, PointerNote note);
  void put(std::size_t source, gst::Owned<GstSample> picture, Instant captured_at);
  void give();
  void give_when_due();

  ScreenLoop& loop_;
  const Callbacks callbacks_;
  const std::shared_ptr<PointerLooks> looks_;
  std::optional<Mosaic> mosaic_;     ///< of several, or to draw on
  std::optional<LoopSource> timer_;  ///< for the mosaic
  std::vector<std::unique_ptr<PictureStream>> streams_;
};

}  // namespace pixelpass::capture
