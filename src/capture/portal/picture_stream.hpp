#pragma once

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/capture/screen_capture.hpp"

#include "capture/portal/pointer_note.hpp"
#include "capture/portal/screen_loop.hpp"
#include "capture/portal/stream_format.hpp"
#include "capture/portal/stream_memory.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace pixelpass::capture {

/// One stream of pictures from a node, from its connection to its end. A source that changes its format (a
/// window that is resized) is followed within it: where no picture comes at once, the source is started
/// again, since KWin 5.27 with PipeWire 0.3 leaves the link between us paused after a window's resize. So it
/// is, a few times, where the first picture does not come: one that is drawn before we have been started is
/// lost in PipeWire, and a still screen has no other.
/// A source that has had a stream of shared memory before may never be told that its choice of a layout was
/// taken (PipeWire 0.3.65): then it is offered anew, a few times, before the stream stops.
/// Pictures are handed over as the source's memory where that can be, and given back as soon as nobody has
/// them: two may be in use, and a third while it is handed over; a newer one waits until there is room, in
/// place of one that waited. Thread: one, the media thread; nothing waits there for anybody but a callback.
/// None comes after the destructor.
class PictureStream {
 public:
  /// On the loop's thread, with the loop's lock held.
  struct Callbacks {
    std::function<void(gst::Owned<GstSample> picture, Instant captured_at)> on_picture;
    /// What the functions below tell may have changed.
    std::function<void()> on_change;
    /// If there is one: the pointer is told, in the visible part of the picture that follows at once, or else
    /// of the one before. Source and we have to have agreed that it does not draw it.
    std::function<void(PointerNote)> on_pointer{};
    /// If there is one: a format has been agreed on, whose pictures have this size, before they are turned
    /// upright and with what is cut off of them.
    std::function<void(Size)> on_size{};
  };
  enum class State : std::uint8_t {
    kConnecting,
    kStreaming,  ///< has a format, all of it; whether a picture has come depends on the screen
    /// Has another format than it had, and no picture of it, although the source was started again: make
    /// another one of these, and all is well.
    kStuck,
    kStopped,  ///< for good, or its link has gone, which nobody tells but by taking the buffers away
  };

  /// `remote`: a connection to a PipeWire remote.
  PictureStream(ScreenLoop& loop, Descriptor remote, std::uint32_t node, const StreamOffer& offer,
                Callbacks callbacks);
  ~PictureStream();
  PictureStream(const PictureStream&) = delete;
  PictureStream& operator=(const PictureStream&) = delete;

  /// Negotiates anew, unless it is the same offer. The pictures go on meanwhile.
  void offer(const StreamOffer& offer);

  [[nodiscard]] State state() const;
  /// It streams, and has given a picture of its format, or has had it for a while: it is here to stay.
  [[nodiscard]] bool is_settled() const;
  /// The source has yet to choose the layout of its DMA-BUFs; or has stopped without.
  [[nodiscard]] bool is_unchosen_yet() const { return unchosen_; }
  /// Of the format that was agreed on.
  [[nodiscard]] PictureMemory memory() const;
  /// Likewise, with what is cut off of a picture, and before it is turned upright. Nullopt: there is none.
  [[nodiscard]] std::optional<Size> size() const;
  /// Once: the layout of a DMA-BUF that came and could not be taken.
  std::optional<std::uint64_t> take_failed_import();
  /// Once: the kind of shared memory that came and could not be read, and another stream is wanted without
  /// it. That is kNone where none was on offer: it is of an offer before, and nothing is to be done.
  std::optional<SharedMemory> take_failed_mapping();
  /// A picture has been handed over.
  [[nodiscard]] bool has_shown() const { return shown_; }
  /// Its source gives all of its screen to another stream, also while that is still.
  [[nodiscard]] bool redraws() const { return redraws_; }

 private:
  struct Events;
  struct Slot;
  struct Lease;
  class Returns;
  struct Waiting {
    pw_buffer* buffer;
    PictureNotes notes;
  };

  // The loop's thread, or its lock.
  void connect_stream();
  void leave_stream();
  [[nodiscard]] bool is_importing() const { return !offered_.dma_bufs.empty(); }
  void on_state(pw_stream_state state);
  void on_format(const spa_pod* parameter);
  void on_buffer(pw_buffer* buffer);
  void on_buffer_gone(pw_buffer* buffer);
  [[nodiscard]] bool is_of_format(const spa_buffer& buffer) const;
  void take_memory_of(Slot& slot);
  void tell_unreadable(const spa_buffer& buffer);
  void take_pictures();
  void tell_pointer(const spa_buffer& buffer);
  void take_returns();
  void hand_over();
  void queue(pw_buffer* buffer);
  void await_picture();
  void await_first();
  void await_choice(bool anew);
  void be_patient(Duration with);
  [[nodiscard]] bool is_unchosen() const;
  void on_no_choice();
  void on_no_picture();
  void on_no_first_picture();
  void start_source_again();
  void stop();
  [[nodiscard]] Instant captured_at(std::optional<Duration> stamp);

  ScreenLoop& loop_;
  const Callbacks callbacks_;
  const std::uint32_t node_;

  static constexpr Instant kNever{};

  // Of the loop's thread, down to the atomics.
  StreamOffer offered_;
  std::optional<StreamFormat> format_;
  std::vector<std::shared_ptr<Slot>> slots_;
  std::optional<Waiting> waiting_;
  std::optional<Instant> first_at_;  ///< the source's time zero, if it counts from its first picture
  PicturePart visible_;              ///< of the last picture
  int held_ = 0;
  int restarts_ = 0;           ///< for want of the first picture
  bool undecided_ = false;     ///< the format's layout is
  Duration chooses_within_{};  ///< the next time
  int reminders_ = 0;          ///< of the offer whose layout is to be chosen
  bool import_told_ = false;   ///< of this format, that it cannot be taken
  bool falls_asleep_ = false;  ///< the source is such, after another format
  bool asleep_ = false;        ///< has not been started again for this format
  bool pictured_ = false;      ///< a picture has come, of whichever format

  std::atomic<bool> agreed_ = false;
  std::atomic<bool> unchosen_ = false;
  std::atomic<bool> dma_buf_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> redraws_ = true;  ///< the source, all of its screen whenever it is started
  /// Since when there is a format, but no buffer: what is between two formats, or without a link.
  std::atomic<Instant> bare_since_ = kNever;
  std::atomic<Instant> formatted_at_ = kNever;
  /// Since when there is another format than before, and no picture of it.
  std::atomic<Instant> unseen_since_ = kNever;
  std::atomic<bool> import_failed_ = false;
  std::atomic<std::uint64_t> failed_layout_ = 0;
  std::atomic<bool> mapping_failed_ = false;
  std::atomic<SharedMemory> failed_mapping_ = SharedMemory::kNone;
  std::atomic<bool> shown_ = false;

  // Each goes before what it is of.
  std::shared_ptr<Returns> returns_;
  std::optional<LoopSource> returned_;
  std::optional<LoopSource> patience_;  ///< with a new format
  PipeWireOwned<pw_core> core_;
  std::optional<PipeWireListener> core_listener_;
  PipeWireOwned<pw_registry> registry_;
  std::optional<PipeWireListener> registry_listener_;
  PipeWireOwned<pw_stream> stream_;
  std::optional<PipeWireListener> stream_listener_;
};

}  // namespace pixelpass::capture
