#pragma once

#include "capture/portal/picture_stream.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

// A PictureStream's buffers, and how they come back to it; nobody else's.

namespace pixelpass::capture {

/// One of the source's buffers.
struct PictureStream::Slot : std::enable_shared_from_this<Slot> {
  pw_buffer* buffer = nullptr;  ///< the loop's thread; null: the source has given it up
  std::unique_ptr<StreamMemory> memory;
};

/// Buffers that nobody uses any more, from whichever thread noticed to the loop's.
class PictureStream::Returns {
 public:
  void open(pw_loop* loop, spa_source* event) {
    loop_ = loop;
    event_ = event;
  }
  /// What comes back from now on is not looked at.
  void close() {
    const std::lock_guard lock(mutex_);
    event_ = nullptr;
  }
  void give(std::shared_ptr<Slot> slot) {
    const std::lock_guard lock(mutex_);
    slots_.push_back(std::move(slot));
    if (event_ != nullptr) pw_loop_signal_event(loop_, event_);
  }
  std::vector<std::shared_ptr<Slot>> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(slots_, {});
  }

 private:
  pw_loop* loop_ = nullptr;
  std::mutex mutex_;  ///< guards the rest
  spa_source* event_ = nullptr;
  std::vector<std::shared_ptr<Slot>> slots_;
};

/// Lasts as long as a picture is in use.
struct PictureStream::Lease {
  Lease(std::shared_ptr<Slot> of, std::shared_ptr<Returns> to)
      : slot(std::move(of)), returns(std::move(to)) {}
  ~Lease() { returns->give(std::move(slot)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::shared_ptr<Slot> slot;
  std::shared_ptr<Returns> returns;
};

}  // namespace pixelpass::capture
