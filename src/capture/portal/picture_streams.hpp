#pragma once

#include "capture/portal/mosaic.hpp"
#include "capture/portal/picture_stream.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::capture {

/// All that a session shares, as one stream of pictures: one source's as they come; those of several side by
/// side, in main memory. Of several one may end: the others go on. Thread: as PictureStream's.
class PictureStreams {
 public:
  using State = PictureStream::State;
  using Callbacks = PictureStream::Callbacks;
  struct Source {
    Descriptor remote;  ///< a connection of its own
    std::uint32_t node = 0;
  };

  /// At least one source. `alone`: see show().
  PictureStreams(ScreenLoop& loop, std::vector<Source> sources, const StreamOffer& offer, Callbacks callbacks,
                 std::optional<std::size_t> alone = std::nullopt);
  ~PictureStreams();
  PictureStreams(const PictureStreams&) = delete;
  PictureStreams& operator=(const PictureStreams&) = delete;

  /// Of several this one alone from now on; nullopt: all of them.
  void show(std::optional<std::size_t> alone);
  [[nodiscard]] bool has_ended(std::size_t source) const {
    return streams_[source]->state() == State::kStopped;
  }

  // See PictureStream.
  void offer(const StreamOffer& offer);
  [[nodiscard]] State state();
  [[nodiscard]] PictureMemory memory() const { return streams_.front()->memory(); }
  std::optional<std::uint64_t> take_failed_import() { return streams_.front()->take_failed_import(); }
  std::optional<SharedMemory> take_failed_mapping();
  /// All that go on are.
  [[nodiscard]] bool is_settled() const;
  /// Any has.
  [[nodiscard]] bool has_shown() const;

 private:
  static void on_timer(void* self, std::uint64_t) noexcept;

  [[nodiscard]] PictureStream::Callbacks callbacks_of(std::size_t source);
  [[nodiscard]] StreamOffer possible(StreamOffer offer) const;

  // The loop's thread, or its lock.
  void put(std::size_t source, gst::Owned<GstSample> picture, Instant captured_at);
  void give();

  ScreenLoop& loop_;
  const Callbacks callbacks_;
  std::optional<Mosaic> mosaic_;     ///< of several
  std::optional<LoopSource> timer_;  ///< for the mosaic
  std::vector<std::unique_ptr<PictureStream>> streams_;
};

}  // namespace pixelpass::capture
