#pragma once

#include "pixelpass/capture/audio/pipewire.hpp"
#include "pixelpass/media/size.hpp"

#include <spa/buffer/meta.h>
#include <spa/pod/pod.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pixelpass::capture::test {

/// A screen in PipeWire, as a compositor shares it: whatever it draws is of one colour. Thread: one.
class ScreenProducer {
 public:
  struct Nature {
    Size size{64, 48};
    const char* name = "test-screen";        ///< of its node
    bool any_size = false;                   ///< as it is asked for; `size` is its own choice
    bool shared = true;                      ///< offers shared memory
    std::vector<std::uint64_t> modifiers{};  ///< offers DMA-BUFs of these layouts (memfds, to us)
    bool chooses_last = false;               ///< of these, else the first that both know
    bool never_chooses = false;              ///< of these
    std::set<std::uint64_t> unusable{};      ///< of these, such as nobody can take
    bool unmappable = false;                 ///< they cannot be read by a processor
    int planes = 1;                          ///< of each, all in one file
    bool lent = false;                       ///< PipeWire makes the memory
    bool empty = false;                      ///< its files in memory have nothing in them
    bool sealed = true;                      ///< and stay as they are, as mutter's and KWin's
    std::size_t padding = 0;                 ///< bytes at the end of a row
    std::size_t before = 0;                  ///< bytes in front of the picture
    int buffers = 4;                         ///< at least
    bool pointer = false;                    ///< tells of it, and does not draw it
    std::uint32_t range = 0;                 ///< of its colours (spa_video_color_range)
  };
  /// Its looks are told once: of one colour, opaque.
  struct Pointer {
    spa_point at{};
    spa_point hot{};
    std::uint32_t side = 0;  ///< 0: it looks as before
    std::uint32_t pixel = 0;
  };
  /// What goes with one picture.
  struct Notes {
    std::optional<spa_region> crop{};
    std::uint32_t transform = SPA_META_TRANSFORMATION_None;
    std::uint32_t flags = 0;  ///< of its header
    std::int32_t chunk_flags = 0;
    std::optional<std::uint32_t> chunk_size{};
    std::optional<std::uint32_t> chunk_offset{};
    std::optional<std::int32_t> stride{};
    std::optional<Pointer> pointer{};  ///< nullopt: there is none to be seen
    bool draws = true;                 ///< false: what is in the buffer stays
  };

  explicit ScreenProducer(Nature nature);
  ~ScreenProducer();
  ScreenProducer(const ScreenProducer&) = delete;
  ScreenProducer& operator=(const ScreenProducer&) = delete;

  /// Its number in PipeWire, once it has one.
  std::uint32_t node();
  /// Fills the next buffer with these pixels (blue first). False: it has none, or nobody looks.
  bool draw(std::uint32_t pixel, const Notes& notes);
  bool draw(std::uint32_t pixel) { return draw(pixel, Notes{}); }
  /// All that was drawn is on its way. What met the picture before it there stays with PipeWire until it is
  /// given on once more, as a compositor does with its next picture: that is done here.
  bool has_sent_all();
  /// One more round of PipeWire's, without a new picture.
  void tick();
  /// Cuts its files off. Nothing can be drawn any more.
  void shrink();
  /// Nobody can take that layout any more, of the next buffers on.
  void spoil(std::uint64_t modifier);
  /// Offers another size; the buffers are made anew.
  void resize(Size size);
  /// Offers another range of colours, likewise.
  void recolour(std::uint32_t range);
  /// How many buffers it could fill now.
  std::size_t free_buffers();
  std::size_t buffers();
  std::uint64_t drawn();
  /// How often it was told that somebody looks, from now on.
  std::uint64_t starts();
  /// Of the format that it was given; 0: no limit.
  std::uint32_t most_fps();
  /// The layout that was agreed on; nullopt: shared memory.
  std::optional<std::uint64_t> modifier();

 private:
  struct Memory;
  struct Events;

  void on_format(const spa_pod* format);
  void on_buffer(pw_buffer* buffer);
  void on_buffer_gone(pw_buffer* buffer);
  void offer(std::optional<std::uint64_t> fixed);
  bool fill(pw_buffer* buffer, std::uint32_t pixel, const Notes& notes);
  /// What is not to be seen, and what lies between rows, has another colour.
  void paint(const spa_data& data, std::uint32_t pixel, const std::optional<spa_region>& crop);
  [[nodiscard]] std::uint32_t stride() const;

  Nature nature_;
  Size agreed_{};
  bool has_format_ = false;
  bool streaming_ = false;
  std::uint64_t starts_ = 0;
  std::uint32_t most_fps_ = 0;
  std::optional<std::uint64_t> modifier_;
  std::map<pw_buffer*, std::unique_ptr<Memory>> memories_;
  std::set<pw_buffer*> taken_;  ///< dequeued, not filled yet
  std::uint64_t drawn_ = 0;

  PipeWireOwned<pw_thread_loop> loop_;
  PipeWireOwned<pw_context> context_;
  PipeWireOwned<pw_core> core_;
  PipeWireOwned<pw_stream> stream_;
  std::optional<PipeWireListener> listener_;
};

}  // namespace pixelpass::capture::test
