#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/own_file.hpp"

#include "playback/recording_file.hpp"

#include <atomic>
#include <cstdint>
#include <functional>

namespace pixelpass::playback {

/// Where a muxer's bytes go: a file, which is emptied when the first of them come, or a FIFO.
class FileEnd {
 public:
  /// `on_error`: errno, once, on the thread that writes; nothing is written any more. `written` counts bytes
  /// and outlives this.
  FileEnd(Descriptor fd, std::atomic<std::uint64_t>& written, std::function<void(int)> on_error);

  /// Waits until all of it is written, or cannot be. Thread: any, one at a time.
  void write(ByteView bytes);
  /// A FIFO's reader is not waited for any longer. Thread: any.
  void give_up() { given_up_ = true; }
  /// What on_error was told; 0: nothing. Thread: any.
  [[nodiscard]] int error() const { return error_; }

 private:
  void write_some(ByteView& bytes);
  void fail(int error);

  Descriptor fd_;
  DeletionWatch deletion_;
  std::atomic<std::uint64_t>& written_;
  std::function<void(int)> on_error_;
  std::atomic<bool> given_up_ = false;
  bool to_empty_;
  std::atomic<int> error_ = 0;
};

}  // namespace pixelpass::playback
