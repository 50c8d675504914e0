#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pixelpass::capture {

/// A part of another process's file, mapped for reading as long as this lives. That process may truncate the
/// file meanwhile: reads beyond its end then give zeros, instead of a SIGBUS that would kill us. A file that
/// is sealed against truncation, as mutter's and KWin's are, is simply mapped; the wlroots portal's comes
/// from shm_open() and cannot be sealed. The first such file installs our handler of SIGBUS for the process;
/// a SIGBUS elsewhere goes to the former handler. Thread: any.
class MappedFile {
 public:
  /// Maps `bytes` from `offset` on.
  MappedFile(int fd, std::size_t offset, std::size_t bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// The mapped bytes; empty: the file is too short, or cannot be mapped.
  [[nodiscard]] std::span<std::uint8_t> bytes() const { return bytes_; }
  /// Whether a read went beyond the file's end: bytes() does not have its contents now.
  [[nodiscard]] bool has_shrunk() const;

 private:
  struct Guard;
  struct Guards;

  void* mapped_ = nullptr;
  std::size_t length_ = 0;
  Guard* guard_ = nullptr;  ///< null: the file cannot shrink
  std::span<std::uint8_t> bytes_;
};

/// Whether the file is in memory and cannot be truncated: it is sealed, by us if it was not.
bool cannot_shrink(int fd);

}  // namespace pixelpass::capture
