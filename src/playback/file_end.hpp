#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/own_file.hpp"

#include "playback/recording_file.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace pixelpass::playback {

/// The destination of a muxer's bytes: a file, which is emptied when the first bytes come, or a FIFO.
class FileEnd {
 public:
  /// `on_error`: errno, once, on the thread that writes; nothing is written any more. `written` counts bytes,
  /// once where they are written over, and outlives this.
  FileEnd(Descriptor fd, std::atomic<std::uint64_t>& written, std::function<void(int)> on_error);

  /// Whether it can be written to anywhere; else all goes behind what came last.
  [[nodiscard]] bool goes_back() const { return goes_back_; }
  /// Waits until all of it is written, or cannot be; `at`: from the file's beginning, nullopt: behind what
  /// came last. Thread: any, one at a time.
  void write(ByteView bytes, std::optional<std::uint64_t> at);
  /// A FIFO's reader is not waited for any longer. Thread: any.
  void give_up() { given_up_ = true; }
  /// The errno that on_error got; 0: none. Thread: any.
  [[nodiscard]] int error() const { return error_; }

 private:
  void write_some(ByteView& bytes);
  void go_to(std::uint64_t at);
  void fail(int error);

  Descriptor fd_;
  DeletionWatch deletion_;
  std::atomic<std::uint64_t>& written_;
  std::function<void(int)> on_error_;
  std::uint64_t at_ = 0;   ///< where the next byte goes
  std::uint64_t end_ = 0;  ///< behind the last one
  std::atomic<bool> given_up_ = false;
  const bool goes_back_;
  bool to_empty_;
  std::atomic<int> error_ = 0;
};

}  // namespace pixelpass::playback
